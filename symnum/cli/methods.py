"""``symnum methods``: the integration methods, what they suit, and where they come from."""

import argparse
import json


def add_methods(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``symnum methods``."""
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.set_defaults(run=_methods)


def _methods(options: argparse.Namespace) -> int:
    from symnum.integrators.registry import METHODS

    if options.json:
        facts = {
            m.name: {
                "title": m.title,
                "family": m.family,
                "orders": m.orders,
                "stages": m.stages,
                "interpolant_order": m.interpolant_order,
                "implicit": m.implicit,
                "suits": m.suits,
                "properties": m.properties,
                "reference": m.reference,
            }
            for m in METHODS.values()
        }
        print(json.dumps(facts, indent=2))
        return 0
    from symnum.display import plain_table

    rows = [("method", "order", "dense", "suits", "")]
    for m in METHODS.values():
        order = f"{m.orders[0]}-{m.order}" if len(m.orders) > 1 else str(m.order)
        rows.append((m.name, order, str(m.interpolant_order), ", ".join(m.suits), m.title))
    print(plain_table(rows))
    return 0
