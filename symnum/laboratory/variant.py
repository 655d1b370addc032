"""One piece under one ruleset and one engine: rewritten, compared with the input, compiled."""

import time
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from codegen.repeated import RepeatedKernel, repeated_tape, tape_identity
from codegen.tape import Tape
from codegen.tape_cost import tape_cost
from rewriters.egraph.check import check, high_precision
from rewriters.egraph.costs import CostModel, cost_models
from rewriters.egraph.costs.staged import Staged
from rewriters.rewrite import RewriteReport, rewrite
from rewriters.ruleset import Ruleset
from symnum.errors import MissingDependencyError, SymnumError
from symnum.laboratory.piece import Piece
from symnum.laboratory.points import draw_points
from symnum.terms import convert, free_symbols

__all__ = ["Settings", "Specimen", "Variant", "make_variant", "specimen_of"]

TAPE = "tape"
"""Name of the prediction that is made from the compiled tape, priced as in `cycles`."""
CHECKED_POINTS = 48
_CLOSE = 1e-9
_SAME = 1e-20
_OPERATIONS_PER_KERNEL = 240
_MOST_COPIES = 32
_TABLE = 1_500
"""Numbers in the table of points: it stays in the fastest cache."""
_MOST_POINTS = 128
_LONGEST_MESSAGE = 300


class Settings(NamedTuple):
    """How rewriting is done."""

    cost: CostModel
    extractor: str
    soundness: str
    limit_s: float
    seed: int
    staged: bool


class Specimen(NamedTuple):
    """A piece, compiled as it is, and the points at which its variants are compared and timed."""

    piece: Piece
    states: tuple[Any, ...]
    parameters: tuple[Any, ...]
    copies: int
    kernel: RepeatedKernel
    twin: RepeatedKernel
    identity: bytes
    points: NDArray[np.float64]
    values: NDArray[np.float64]
    table: NDArray[np.float64]
    predicted: float

    def kernel_of(self, tape: Tape) -> RepeatedKernel:
        """Compile a tape of this piece, with parameters set as they are timed."""
        return RepeatedKernel(
            tape, self.copies, len(self.states), len(self.parameters), len(self.piece.expressions)
        )


class Variant(NamedTuple):
    """What became of a piece.

    Attributes
    ----------
    failures : tuple of str
        What went wrong, in words that begin with the kind: "exception", "timeout", "wrong value", "rejected",
        "not compiled".
    kernel : RepeatedKernel or None
        None where a wrong value, or nothing at all, came out.
    identity : bytes
        What variants of the same machine code have in common.
    report : RewriteReport or None
    seconds : float
        Time of rewriting, conversions included.
    ulp : float
        Largest difference from the input's compiled values, in units in the last place of those.
    points : int
        At how many points the answer was compared with the input.
    predictions : dict of str to float
        Gain that each cost model predicts.
    changed : bool
        Whether the terms are others than the input's.
    """

    failures: tuple[str, ...]
    kernel: RepeatedKernel | None
    identity: bytes
    report: RewriteReport | None
    seconds: float
    ulp: float = float("nan")
    points: int = 0
    predictions: dict[str, float] = {}  # noqa: RUF012 - a default that nothing writes to
    changed: bool = False


def specimen_of(piece: Piece, seed: int, staged: bool = True) -> Specimen:
    """Compile a piece as it is, twice: the second copy of the code shows what two equal kernels differ by.

    Raises
    ------
    SymnumError
        If it cannot be compiled, or has no finite value anywhere.
    """
    found = free_symbols(list(piece.expressions))
    constant = set(piece.parameters) if staged else set()
    states = tuple([s for s in found if s not in constant])
    if not states:  # nothing would be left to time
        states, constant = tuple(found), set()
    parameters = tuple([s for s in found if s in constant])
    single = repeated_tape(piece.expressions, states, parameters, 1)
    operations = max(int(np.diff(single.offset)[single.stage == 2].sum()), 1)
    copies = max(1, min(_MOST_COPIES, _OPERATIONS_PER_KERNEL // operations))
    tape = repeated_tape(piece.expressions, states, parameters, copies)
    shape = (copies, len(states), len(parameters), len(piece.expressions))
    kernel, twin = (RepeatedKernel(tape, *shape) for _ in range(2))
    count = max(4, min(_MOST_POINTS, _TABLE // (copies * len(states))))
    points = draw_points(piece, (*states, *parameters), max(count * copies, CHECKED_POINTS), seed)
    values = kernel.values(points[:CHECKED_POINTS])
    table = np.ascontiguousarray(points[: count * copies, : len(states)].reshape(count, copies * len(states)))
    for each in (kernel, twin):
        each.set_parameters(np.ascontiguousarray(points[:copies, len(states) :]).ravel())
    return Specimen(
        piece, states, parameters, copies, kernel, twin, tape_identity(tape), points, values, table, tape_cost(single)
    )


def make_variant(
    specimen: Specimen,
    rules: Ruleset,
    engine: str,
    structure: str,
    settings: Settings,
    known: dict[bytes, RepeatedKernel],
) -> Variant:
    """Rewrite a piece and compare the answer with the input; whatever goes wrong is in `failures`.

    Parameters
    ----------
    specimen : Specimen
    rules, engine, structure
        Ruleset, engine, and the term structure on which the rules run.
    settings : Settings
    known : dict
        Machine code of variants that exist already, by identity; added to.

    Raises
    ------
    MissingDependencyError
        If a package is missing, which no other piece would change.
    """
    before = list(specimen.piece.expressions)
    begin = time.perf_counter()
    cost = Staged(settings.cost, specimen.parameters) if specimen.parameters else settings.cost
    try:
        given = [convert(e, structure) for e in before] if structure != "canonical" else before
        done = rewrite(
            given,
            rules,
            engine,
            cost=cost,
            extractor=settings.extractor,
            timeout_s=settings.limit_s,
            soundness=settings.soundness,
        )
        after = [convert(e, "canonical") for e in done.result]
    except MissingDependencyError:
        raise
    except Exception as error:  # noqa: BLE001 - a user's rule may raise anything, and the other pieces go on
        seconds = time.perf_counter() - begin
        return Variant((_described("exception", error),), None, b"", None, seconds)
    seconds = time.perf_counter() - begin
    failures = _failures_of(done.report)
    try:
        return _compared(specimen, before, after, done.report, seconds, failures, known)
    except SymnumError as error:
        failures.append(_described("not compiled", error))
        return Variant(tuple(failures), None, b"", done.report, seconds)


def _described(kind: str, error: Exception) -> str:
    return f"{kind}: {type(error).__name__}: {error}"[:_LONGEST_MESSAGE]


def _failures_of(report: RewriteReport) -> list[str]:
    failures = []
    if report.stop == "timeout":
        failures.append("timeout: the best found by then was taken")
    elif report.engine == "egraph" and report.stop not in _ENDS:
        failures.append(f"exception: the engine stopped by {report.stop}")
    if report.rejected:
        failures.append(
            f"rejected: the engine found {report.rejected} answer{'s' * (report.rejected != 1)} of another value "
            "and kept the input there"
        )
    return failures


_ENDS = ("saturated", "node limit", "iteration limit", "nothing to do")


def _compared(
    specimen: Specimen,
    before: list[Any],
    after: list[Any],
    report: RewriteReport,
    seconds: float,
    failures: list[str],
    known: dict[bytes, RepeatedKernel],
) -> Variant:
    changed = any(a is not b and a != b for a, b in zip(before, after))
    if not changed:
        ones = dict.fromkeys((*cost_models(), TAPE), 1.0)
        return Variant(tuple(failures), specimen.kernel, specimen.identity, report, seconds, 0.0, 0, ones)
    predictions = _predictions(specimen, before, after, report)
    checked = check(before, after)
    tape = repeated_tape(after, specimen.states, specimen.parameters, specimen.copies)
    identity = tape_identity(tape)
    kernel = known.get(identity)
    if kernel is None:
        kernel = known[identity] = specimen.kernel_of(tape)
    values = kernel.values(specimen.points[:CHECKED_POINTS])
    kernel.set_parameters(np.ascontiguousarray(specimen.points[: specimen.copies, len(specimen.states) :]).ravel())
    where = _difference(specimen, before, after, values)
    if checked.wrong:
        names = ", ".join(str(i + 1) for i in checked.wrong[:5])
        failures.append(f"wrong value: expression {names} of the answer differs from the input")
    elif where is not None:
        failures.append(f"wrong value: {where}")
    count = checked.points + len(values)
    usable = None if checked.wrong or where is not None else kernel
    ulp = _ulps(specimen.values, values)
    return Variant(tuple(failures), usable, identity, report, seconds, ulp, count, predictions, True)


def _predictions(
    specimen: Specimen, before: list[Any], after: list[Any], report: RewriteReport
) -> dict[str, float]:
    """Return the gains that the cost models promise, and the one that the compiled tape does."""
    made = {report.cost_model: _gain(report.cost_before, report.cost_after)}
    for name in cost_models():
        if name not in made:
            model = Staged(name, specimen.parameters)
            made[name] = _gain(model.total(before), model.total(after))
    tape = repeated_tape(after, specimen.states, specimen.parameters, 1)
    return made | {TAPE: _gain(specimen.predicted, tape_cost(tape))}


def _gain(before: float, after: float) -> float:
    return before / after if after > 0 else float("inf") if before > 0 else 1.0


def _ulps(before: NDArray[np.float64], after: NDArray[np.float64]) -> float:
    with np.errstate(all="ignore"):
        units = np.abs(before - after) / np.spacing(np.abs(before))
    units = units[np.isfinite(before)]
    return float(np.max(np.where(np.isnan(units), np.inf, units), initial=0.0))


def _difference(
    specimen: Specimen, before: Sequence[Any], after: Sequence[Any], values: NDArray[np.float64]
) -> str | None:
    """Say where compiled values differ by more than rounding explains; None if nowhere."""
    expected = specimen.values
    with np.errstate(all="ignore"):
        suspect = np.isfinite(expected) & ~(np.abs(values - expected) <= _CLOSE * np.abs(expected))
    for row, column in np.argwhere(suspect).tolist():
        point = {s.name: float(v) for s, v in zip((*specimen.states, *specimen.parameters), specimen.points[row])}
        left, right = (high_precision(terms[column], point) for terms in (before, after))
        same = left is not None and right is not None and abs(left - right) <= _SAME * max(abs(left), 1e-300)
        if not same or not np.isfinite(values[row, column]):
            at = ", ".join(f"{name} = {value:.6g}" for name, value in list(point.items())[:6])
            return f"{expected[row, column]:.17g} became {values[row, column]:.17g} at {at}"
    return None
