"""The command line: ``symnum info``, ``symnum simulate``, ``symnum generate``, ``symnum rulesets``, ...

Data goes to standard output, notes and progress to standard error. Exit codes: 0 all is well, 1 the run
failed, 2 the command or its input cannot be taken as it is.
"""

import argparse
import csv
import json
import math
import os
import shlex
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import symnum
from symnum.cli.calibrate import add_calibrate
from symnum.cli.methods import add_methods
from symnum.cli.rulesets import add_rulesets
from symnum.errors import (
    InputError,
    MissingValueError,
    SymnumError,
    UnknownNameError,
    UnsupportedError,
    needs,
    suggest,
)

if TYPE_CHECKING:
    import numpy as np

    from symnum.models.model import Model
    from symnum.simulators.solution import Solution

SUCCESS, FAILED, BAD_INPUT = 0, 1, 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments without the program's name; those of the process by default.

    Returns
    -------
    int
        Exit code: 0, 1 (the run failed) or 2 (the command or its input cannot be taken).
    """
    options = _parser().parse_args(argv)
    try:
        code = int(options.run(options))
        sys.stdout.flush()  # so that a reader who has gone is noticed here
        return code
    except SymnumError as error:
        _note(f"symnum: {type(error).__name__}: {error}")
        return BAD_INPUT if isinstance(error, InputError | UnsupportedError) else FAILED
    except BrokenPipeError:
        # The reader has gone. What is still buffered would fail again when Python ends, so it goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as error:
        _note(f"symnum: {error.filename or 'input or output'}: {error.strerror or error}")
        return BAD_INPUT
    except KeyboardInterrupt:
        _note("symnum: stopped")
        return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="symnum", description="Simulate models and generate simulators.")
    parser.add_argument("--version", action="version", version=f"symnum {symnum.__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    info = commands.add_parser("info", help="versions, processor, caches and extras")
    info.add_argument("--json", action="store_true", help="one JSON object on standard output")
    info.set_defaults(run=_info)
    _add_simulate(commands.add_parser("simulate", help="integrate a model and write its trajectory"))
    _add_generate(commands.add_parser("generate", help="write a self-contained simulator"))
    add_methods(commands.add_parser("methods", help="list the integration methods"))
    add_rulesets(commands.add_parser("rulesets", help="list, show and check rewrite rulesets, and measure them"))
    add_calibrate(commands.add_parser("calibrate", help="measure what operations cost on this machine"))
    return parser


def _add_simulate(parser: argparse.ArgumentParser) -> None:
    _add_file(parser)
    parser.add_argument("--t-end", type=float, required=True, metavar="T", help="final time")
    parser.add_argument("--t-start", type=float, default=0.0, metavar="T", help="initial time (0)")
    parser.add_argument("--points", type=_count, default=101, metavar="N", help="equally spaced times (101)")
    parser.add_argument("--rtol", type=float, default=1e-6, help="relative tolerance (1e-6)")
    parser.add_argument("--atol", type=float, default=None, help="absolute tolerance (scaled per state)")
    parser.add_argument("--method", default="auto", help="solver (auto)")
    _add_rewrite(parser)
    parser.add_argument(
        "--set",
        dest="settings",
        action="append",
        default=[],
        type=_setting,
        metavar="NAME=VALUE",
        help="value of a parameter or initial value of a state; may be repeated",
    )
    parser.add_argument(
        "--output", type=Path, metavar="FILE.csv", help="table of states and observables; - is standard output"
    )
    parser.add_argument("--plot", type=Path, metavar="FILE.png", help="picture of observables or first states")
    parser.add_argument("--json", action="store_true", help="a report as one JSON object on standard output")
    parser.add_argument("--timeout", type=_seconds, metavar="SECONDS", help="stop then, with what was reached")
    parser.set_defaults(run=_simulate)


def _add_generate(parser: argparse.ArgumentParser) -> None:
    _add_file(parser)
    targets = ("c", "object", "shared", "python")
    parser.add_argument("--target", choices=targets, default="c", help="what to write (c)")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="where to")
    _add_rewrite(parser)
    parser.set_defaults(run=_generate)


def _add_rewrite(parser: argparse.ArgumentParser) -> None:
    text = "auto, none, classical, egraph, or the name of a ruleset"
    parser.add_argument("--rewrite", default="auto", metavar="LEVEL", help=text)


def _add_file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file",
        metavar="FILE",
        type=Path,
        help="a model: BioNetGen network (.net), reactions (.rn) or equations (.ode)",
    )


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 2:
        raise argparse.ArgumentTypeError(f'"{text}" is not a number of points: a trajectory has at least 2')
    return int(text)


def _seconds(text: str) -> float:
    try:
        value = float(text)
        if not value > 0:
            raise ValueError
    except ValueError:
        raise argparse.ArgumentTypeError(f'"{text}" is not a number of seconds above zero') from None
    return value


def _setting(text: str) -> tuple[str, float]:
    """Read ``name=value``; the last ``=`` divides, because names of species may contain others."""
    name, equals, value = text.rpartition("=")
    try:
        if not (name and equals):
            raise ValueError
        return name.strip(), float(value)
    except ValueError:
        reason = f'"{text}" is not NAME=VALUE with a number, such as k1=0.5'
        raise argparse.ArgumentTypeError(reason) from None


def _note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _info(options: argparse.Namespace) -> int:
    from symnum.simulators.information import information

    facts = information()
    if options.json:
        print(json.dumps(facts, indent=2))
        return SUCCESS
    from symnum.display import plain_table

    for heading, entries in facts.items():
        print(f"{heading}:")
        print(plain_table([(name, str(value)) for name, value in entries.items()], indent="  "))
    return SUCCESS


def _simulate(options: argparse.Namespace) -> int:
    import numpy as np

    from symnum.models.read_model import read_model
    from symnum.simulators.build import build_simulator

    if not options.t_end > options.t_start:
        raise InputError(f"--t-end {options.t_end:g} has to be later than the start, {options.t_start:g}.")
    if options.output is not None and str(options.output) == "-":
        if options.json:
            raise InputError("--output - and --json both write to standard output. Give --output a file.")
        options.output = None  # where the table goes then anyway
    if options.plot is not None:
        _check_plot(options.plot)
    clock = [time.perf_counter()]
    model = read_model(options.file)
    if not model.states:
        raise InputError(f"{options.file} has no reactions and no equations: there is nothing to simulate.")
    clock.append(time.perf_counter())
    simulator = build_simulator(model, rewrite=options.rewrite)
    clock.append(time.perf_counter())
    params, y0 = _divide_settings(model, options.settings)
    try:
        solution = simulator.solve(
            (options.t_start, options.t_end),
            y0=y0,
            params=params,
            t_eval=np.linspace(options.t_start, options.t_end, options.points),
            rtol=options.rtol,
            atol=options.atol,
            method=options.method,
            timeout_s=options.timeout,
        )
    except MissingValueError as error:
        raise _with_advice(error) from error
    clock.append(time.perf_counter())
    seconds = dict(zip(("read", "build", "solve"), np.diff(clock).tolist(), strict=True))
    return _report_simulation(options, model, solution, seconds)


def _with_advice(error: MissingValueError) -> MissingValueError:
    """Say on the command line how values are given there."""
    settings = " ".join(f"--set {shlex.quote(name + '=…')}" for name in error.names[:3])
    if not settings:
        return error
    more = " …" if len(error.names) > 3 else ""
    return MissingValueError(f"{str(error).partition(' Pass ')[0]} Give {settings}{more}")


def _divide_settings(model: "Model", settings: list[tuple[str, float]]) -> tuple[dict[str, float], dict[str, float]]:
    """Tell values of parameters from initial values of states by the names that the model has."""
    parameters = {symbol.name for symbol in model.parameters}
    states = {symbol.name for symbol in model.states}
    params: dict[str, float] = {}
    y0: dict[str, float] = {}
    for name, value in settings:
        if name in parameters:
            params[name] = value
        elif name in states:
            y0[name] = value
        else:
            hint = suggest(name, sorted(parameters | states))
            raise UnknownNameError(f'--set {name}=...: the model has no parameter or state "{name}".{hint}')
    return params, y0


def _report_simulation(
    options: argparse.Namespace, model: "Model", solution: "Solution", seconds: dict[str, float]
) -> int:
    from symnum.display import format_seconds

    report = {
        "file": str(options.file),
        "states": len(model.states),
        "parameters": len(model.parameters),
        "status": solution.status.name.lower(),
        "message": solution.message,
        "t_reached": float(solution.stats["t_reached"]),
        "seconds": seconds,
        "statistics": _plain(solution.stats),
    }
    columns = _columns(model, solution)
    if options.output is not None:
        with options.output.open("w", newline="", encoding="utf-8") as file:
            _write_table(file, columns)
        report["output"] = str(options.output)
    if options.plot is not None:
        _write_plot(options.plot, solution)
        report["plot"] = str(options.plot)
    if options.json:
        print(json.dumps(report, indent=2))
    elif options.output is None:
        _write_table(sys.stdout, columns)
    spent = ", ".join(f"{stage} {format_seconds(value)}" for stage, value in seconds.items())
    reached = f"{report['status']} at t = {report['t_reached']:g}"
    _note(f"{options.file}: {report['states']} states, {reached}; {spent}")
    if solution.success:
        return SUCCESS
    _note(f"symnum: {solution.message}")
    return FAILED


def _plain(value: Any) -> Any:
    """Turn statistics into what JSON can say."""
    if hasattr(value, "_asdict"):
        value = value._asdict()
    if hasattr(value, "items"):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if hasattr(value, "item") and getattr(value, "ndim", 1) == 0:
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # JSON has no word for it
    return value if isinstance(value, bool | int | float | str | None) else str(value)


def _columns(model: "Model", solution: "Solution") -> "dict[str, np.ndarray]":
    """Return the table's columns by name: time, states in declaration order, observables."""
    columns = {"time": solution.t}
    for i, symbol in enumerate(model.states):
        columns[symbol.name] = solution.y[i]
    for name in model.observables:
        columns.setdefault(name, solution[name])
    return columns


def _write_table(file: TextIO, columns: "dict[str, np.ndarray]") -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    for row in zip(*columns.values(), strict=True):
        writer.writerow([repr(float(value)) for value in row])


def _check_plot(path: Path) -> None:
    """Refuse a picture that could not be written, before anything is computed for it."""
    with needs('--plot needs matplotlib; install the extra "plot".'):
        from matplotlib.backend_bases import FigureCanvasBase
    formats = FigureCanvasBase.get_supported_filetypes()
    if path.suffix[1:].lower() not in formats:
        raise InputError(
            f"--plot {path}: a picture cannot be written in this format. "
            f"Give the file one of the extensions {', '.join('.' + name for name in sorted(formats))}."
        )


def _write_plot(path: Path, solution: "Solution") -> None:
    import matplotlib as mpl

    mpl.use("Agg")  # a picture in a file needs no display
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7.0, 4.3), layout="constrained")
    solution.plot(ax=axes)
    figure.savefig(path, dpi=150)
    plt.close(figure)


def _generate(options: argparse.Namespace) -> int:
    from symnum.models.read_model import read_model
    from symnum.simulators.generate import generate

    for path in generate(read_model(options.file), options.target, options.output, rewrite=options.rewrite):
        print(path)
    return SUCCESS
