"""``symnum rulesets``: what there is, what is in it, and whether it is right.

Each sub-command is a parser added by one function here, with the function that runs it as its default ``run``.
"""

import argparse
import json

from symnum.cli.bench import add_bench, add_corpora
from symnum.display import plain_table


def add_rulesets(parser: argparse.ArgumentParser) -> None:
    """Add the sub-commands of ``symnum rulesets``."""
    commands = parser.add_subparsers(metavar="SUBCOMMAND", required=True)
    _add_list(commands.add_parser("list", help="the rulesets that there are"))
    add_bench(commands.add_parser("bench", help="rulesets against each other on a corpus"))
    add_corpora(commands.add_parser("corpora", help="the corpora to measure rulesets on"))


def _add_list(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="a JSON list on standard output")
    parser.set_defaults(run=_list)


def _list(options: argparse.Namespace) -> int:
    from rewriters.rulesets import get_ruleset, rulesets

    found = [get_ruleset(name) for name in rulesets()]
    if options.json:
        print(json.dumps([{"name": r.name, "rules": len(r)} for r in found], indent=2))
    else:
        print(plain_table([(r.name, f"{len(r)} rule{'s' * (len(r) != 1)}") for r in found]))
    return 0
