"""``symnum rulesets``: what there is, what is in it, whether it is right, and what it gains.

Each sub-command is a parser added by one function here, with the function that runs it as its default ``run``.
"""

import argparse
import json
import sys
from collections import Counter
from typing import Any

from symnum.cli.bench import add_bench, add_corpora
from symnum.cli.ruleset_sources import ruleset_from
from symnum.display import plain_table

_SOURCE = "name of a ruleset, text file of rules, or module:object of your own Python (which is imported)"


def add_rulesets(parser: argparse.ArgumentParser) -> None:
    """Add the sub-commands of ``symnum rulesets``."""
    commands = parser.add_subparsers(metavar="SUBCOMMAND", required=True)
    _add_list(commands.add_parser("list", help="the rulesets that there are"))
    _add_show(commands.add_parser("show", help="the rules of one"))
    _add_check(commands.add_parser("check", help="does every rule hold where it states that it does?"))
    add_bench(commands.add_parser("bench", help="rulesets against each other on a corpus"))
    add_corpora(commands.add_parser("corpora", help="the corpora to measure rulesets on"))


def _add_list(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="a JSON list on standard output")
    parser.set_defaults(run=_list)


def _add_show(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("ruleset", metavar="NAME|FILE", help=_SOURCE)
    parser.add_argument("--json", action="store_true", help="a JSON list on standard output")
    parser.set_defaults(run=_show)


def _add_check(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("rulesets", nargs="*", metavar="NAME|FILE", help=f"{_SOURCE}; all that come with symnum")
    parser.add_argument("--json", action="store_true", help="a JSON list of records on standard output")
    parser.add_argument("--points", type=_count, default=40, metavar="N", help="points of each kind for a rule (40)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the points (0)")
    parser.add_argument("--no-sympy", action="store_true", help="do not ask SymPy for its opinion")
    parser.add_argument(
        "--sympy-timeout", type=_seconds, default=2.0, metavar="SECONDS", help="for its opinion on one rule (2)"
    )
    parser.set_defaults(run=_check)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f'"{text}" is no whole number above zero')
    return int(text)


def _seconds(text: str) -> float:
    try:
        value = float(text)
        if not value > 0:
            raise ValueError
    except ValueError:
        raise argparse.ArgumentTypeError(f'"{text}" is not a number of seconds above zero') from None
    return value


def _list(options: argparse.Namespace) -> int:
    from rewriters.rulesets import about, get_ruleset, rulesets

    found = [get_ruleset(name) for name in rulesets()]
    counts = [Counter(rule.soundness for rule in one) for one in found]
    if options.json:
        pairs = zip(found, counts)
        records = [{"name": r.name, "rules": len(r), "soundness": dict(c), "about": about(r.name)} for r, c in pairs]
        print(json.dumps(records, indent=2))
        return 0
    rows = []
    for r, c in zip(found, counts):
        kinds = ", ".join(f"{n} {word}" for word, n in c.items())
        rows.append((r.name, f"{len(r)} rule{'s' * (len(r) != 1)}", kinds, about(r.name)))
    print(plain_table(rows))
    return 0


def _show(options: argparse.Namespace) -> int:
    found = ruleset_from(options.ruleset)
    if options.json:
        records = [
            {"name": r.name, "rule": str(r), "soundness": r.soundness, "domain": r.domain, "both": r.both}
            for r in found
        ]
        print(json.dumps(records, indent=2))
    else:
        print(f"# {found.name}")
        for rule in found:
            print(f"{rule}{_comment(rule, rule.name in found.tentative)}")
    return 0


def _comment(rule: Any, tentative: bool) -> str:
    """Return what text cannot say of a rule: what its function does, and that it is applied only where it pays."""
    function = rule.rhs if callable(rule.rhs) and hasattr(rule.rhs, "__name__") else None
    said = [" ".join((function.__doc__ or "").partition("\n\n")[0].split())] if function is not None else []
    if tentative:
        said.append("Kept only where nothing gets dearer.")
    return f"    # {' '.join(said)}" if any(said) else ""


def _check(options: argparse.Namespace) -> int:
    from rewriters.ruleset_check.check import Checker
    from rewriters.rulesets import shipped

    found = []
    rulesets = [ruleset_from(word) for word in options.rulesets or shipped()]  # all are read before any is checked
    timeout = None if options.no_sympy else options.sympy_timeout
    with Checker(options.points, 1e-6, options.seed, timeout) as checker:
        for one in rulesets:
            found.append(checker.check(one))
            if not options.json:
                print(found[-1], flush=True)
    if options.json:
        print(json.dumps([record for result in found for record in result.records()], indent=2))
    bad = [f"{result.ruleset}: {check.name}" for result in found for check in result.failures]
    if bad:
        print(f"symnum: rules that do not hold: {', '.join(bad)}", file=sys.stderr)
    return 1 if bad else 0
