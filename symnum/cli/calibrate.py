"""``symnum calibrate``: measure what operations cost on this machine, for the cost models."""

import argparse
import json


def add_calibrate(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``symnum calibrate``."""
    parser.add_argument("--repeats", type=_count, default=25, metavar="N", help="timings of each kernel (25)")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--dry-run", action="store_true", help="measure and show, keep the prices in force as they are")
    choice.add_argument("--show", action="store_true", help="only show the prices in force, and where they come from")
    choice.add_argument("--reset", action="store_true", help="go back to the prices that come with symnum")
    parser.set_defaults(run=_calibrate)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f'"{text}" is no whole number above zero')
    return int(text)


def _calibrate(options: argparse.Namespace) -> int:
    from rewriters.egraph.costs.table import calibrated_file

    if options.reset:
        from symnum.laboratory.calibrate import forget_calibration

        had = forget_calibration()
        said = {"file": str(calibrated_file()), "removed": had}
        print(json.dumps(said) if options.json else f"{calibrated_file()}: {'removed' if had else 'there was none'}")
        return 0
    if options.show:
        return _show(options)
    from symnum.laboratory.calibrate import calibrate

    found = calibrate(repeats=options.repeats, store=not options.dry_run)
    print(json.dumps(found._asdict(), indent=2) if options.json else found)
    return 0


def _show(options: argparse.Namespace) -> int:
    from rewriters.egraph.costs.table import calibrated_file, prices
    from symnum.display import plain_table

    file = calibrated_file()
    source = str(file) if file.exists() else "the table that comes with symnum"
    if options.json:
        print(json.dumps({"source": source, "prices": prices()}, indent=2))
    else:
        print(f"{source}, cycles:")
        print(plain_table([(name, f"{price:.2f}") for name, price in prices().items()], indent="  "))
    return 0
