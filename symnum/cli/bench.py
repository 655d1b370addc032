"""``symnum rulesets bench`` and ``symnum rulesets corpora``: the laboratory from the command line."""

import argparse
import json
import sys
from pathlib import Path

from symnum.cli.ruleset_sources import ruleset_from
from symnum.display import plain_table
from symnum.errors import InputError


def add_corpora(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``symnum rulesets corpora``."""
    parser.add_argument("--json", action="store_true", help="a JSON list on standard output")
    parser.set_defaults(run=_corpora)


def add_bench(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``symnum rulesets bench``."""
    add = parser.add_argument
    add("--corpus", default="kinetic_laws", metavar="NAME|FILE", help="a corpus, a file of expressions, or a model")
    add("--rulesets", default="none,factor", metavar="A,B", help="names, files, module:object (none,factor)")
    add("--engines", default="classical,egraph", metavar="A,B", help="classical, egraph, none (the first two)")
    add("--terms", default="canonical", metavar="A,B", help="term structures that the rules run on (canonical)")
    add("--cost", default="cycles", metavar="MODEL", help="cost model (cycles)")
    add("--repeats", type=_whole, default=15, metavar="N", help="rounds of the measurement; 0 measures nothing (15)")
    add("--count", type=_whole, default=None, metavar="N", help="greatest number of pieces (the corpus's own)")
    add("--seed", type=_whole, default=0, metavar="N", help="of random expressions and points (0)")
    add("--domain", default=None, metavar="D", help="what is known of all symbols, such as positive (nothing)")
    add("--soundness", default="real", metavar="S", help="exact, real or approximate: which rules may be used (real)")
    add("--timeout", type=float, default=None, metavar="SECONDS", help="stop then, with what is done")
    add("--timeout-each", type=float, default=5.0, metavar="SECONDS", help="for one rewriting (5)")
    add("--json", type=Path, default=None, metavar="FILE.json", help="where the records go; - is standard output")
    add("--html", type=Path, default=None, metavar="FILE.html", help="where the report goes")
    parser.set_defaults(run=_bench)


def _whole(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f'"{text}" is no whole number')
    return int(text)


def _corpora(options: argparse.Namespace) -> int:
    from symnum.laboratory import corpora, get_corpus

    found = [get_corpus(name) for name in corpora()]
    if options.json:
        rows = [{"name": c.name, "description": c.description, "pieces": c.size} for c in found]
        print(json.dumps(rows, indent=2))
    else:
        print(plain_table([(c.name, c.description) for c in found]))
    return 0


def _bench(options: argparse.Namespace) -> int:
    from symnum.laboratory import benchmark_rulesets

    for path in (options.json, options.html):  # what cannot be written is said before the work, not after it
        if path is not None and str(path) != "-" and not path.absolute().parent.is_dir():
            raise InputError(f"{path} cannot be written: there is no folder {path.absolute().parent}.")
    result = benchmark_rulesets(
        options.corpus,
        [ruleset_from(word) for word in _names(options.rulesets)],
        _names(options.engines),
        terms=_names(options.terms),
        repeats=options.repeats,
        seed=options.seed,
        count=options.count,
        cost=options.cost,
        soundness=options.soundness,
        domain=options.domain,
        timeout_s=options.timeout,
        timeout_each_s=options.timeout_each,
    )
    if options.html is not None:
        result.to_html(options.html)
    if options.json is not None and str(options.json) != "-":
        result.to_json(options.json)
    print(result.to_json() if str(options.json) == "-" else result)
    written = [str(path) for path in (options.json, options.html) if path is not None and str(path) != "-"]
    if written:
        print(f"symnum: written: {', '.join(written)}", file=sys.stderr)
    failed = result.failures()
    for record in failed[:10]:
        print(f"{record['model']}, {record['ruleset']}, {record['engine']}: {record['failures'][0]}", file=sys.stderr)
    if len(failed) > 10:
        print(f"and {len(failed) - 10} more records with a failure", file=sys.stderr)
    return 0 if result.facts["stopped"] != "interrupted" else 1


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]
