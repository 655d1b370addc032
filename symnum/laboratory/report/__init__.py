"""The report of a benchmark of rulesets: one HTML page with plots and sortable tables that needs nothing else.

The tables are HTML from the start; the page's own script draws the plots and sorts. Names come from users' files: all
of them are escaped here, and the script only ever sets text.
"""

import json
from collections.abc import Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

from symnum.laboratory.results import cell, plain

if TYPE_CHECKING:
    from symnum.laboratory.results import RulesetBenchmark

__all__ = ["report_page"]

_FOLDER = Path(__file__).parent
_SUMMARY = {
    "ruleset": "ruleset",
    "engine": "engine",
    "terms": "terms",
    "pieces": "pieces",
    "changed": "changed",
    "median_gain": "gain",
    "median_changed": "if changed",
    "worst_gain": "worst",
    "best_gain": "best",
    "predicted_gain": "predicted",
    "spearman": "Spearman",
    "time": "time",
    "ulp": "ulp",
    "failures": "failures",
}
_RECORDS = {
    "model": "piece",
    "ruleset": "ruleset",
    "engine": "engine",
    "terms": "terms",
    "measured_gain": "gain",
    "predicted_gain": "predicted",
    "run_time_before": "run time before",
    "run_time": "run time",
    "operations_before": "operations before",
    "operations_after": "operations",
    "code_bytes": "code bytes",
    "compile_time": "compile time",
    "time": "rewriting",
    "iterations": "passes",
    "e_nodes": "e-nodes",
    "ulp": "ulp",
    "stop_reason": "stopped by",
    "failures": "failures",
}
_TEXTS = frozenset({"ruleset", "engine", "terms", "model", "stop_reason"})
_PLOTTED = "model ruleset engine terms time predicted_gain measured_gain gain_low gain_high changed ulp".split()


def report_page(result: "RulesetBenchmark", title: str | None = None) -> str:
    """Return the page.

    Parameters
    ----------
    result : RulesetBenchmark
    title : str, optional
        Heading; says the corpus by default.
    """
    facts = result.facts
    records, summary = result.records(), result.summary()
    heading = title if title is not None else f"Rulesets on the corpus “{facts['corpus']}”"
    plotted = [{name: record[name] for name in _PLOTTED} for record in records]
    data = {"records": plotted, "cost_model": facts["cost_model"], "resolution": facts["resolution"]}
    return Template(_part("page.html.in")).substitute(
        title=escape(heading),
        style=_part("page.css"),
        script=_part("page.js"),
        data=embedded(data),
        facts=_facts(result),
        summary=_table("summary", "One row for each ruleset and engine", _needed(_SUMMARY, records), summary),
        models=_models(result),
        failures=_failures(records),
        records=_table("records", "One row for each piece, ruleset and engine", _needed(_RECORDS, records), records),
        machine=_definitions(facts["machine"].items()),
    )


def _part(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


def embedded(data: Any) -> str:
    """Return JSON that may stand inside a script element: nothing in it ends the element or begins a comment."""
    text = json.dumps(plain(data), allow_nan=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _facts(result: "RulesetBenchmark") -> str:
    facts = result.facts
    rho, n = result.rank_correlation()
    failed = sum(bool(r["failures"]) for r in result.records())
    resolution = facts["resolution"]
    shown = [
        ("Pieces", f"{facts['pieces_done']:,} of {facts['pieces']:,}", facts["stopped"]),
        ("Failures", f"{failed:,}", f"of {len(result):,} records"),
        ("Spearman", f"{rho:.2f}" if n > 2 else "–", f"predicted and measured, {n:,} pairs"),
        (
            "Resolution",
            f"{100 * resolution:.1f} %" if resolution == resolution else "–",
            "difference of equal machine code",
        ),
        ("Cost model", str(facts["cost_model"]), f"rules sound as “{facts['soundness']}”"),
        ("Took", cell("time", facts["seconds"]), f"seed {facts['seed']}, {facts['repeats']} rounds"),
    ]
    return "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}<small>{escape(note)}</small></dd></div>"
        for name, value, note in shown
    )


def _models(result: "RulesetBenchmark") -> str:
    """Return a sentence on how well each cost model predicts."""
    names = dict.fromkeys(name for r in result.records() for name in r["predictions"])
    parts = []
    for name in names:
        rho, n = result.rank_correlation(name)
        if n > 2 and rho == rho:
            parts.append(f"{escape(name)} {rho:.2f}")
    return f"Rank correlation with the measured gains, by cost model: {', '.join(parts)}." if parts else ""


def _failures(records: Sequence[dict[str, Any]]) -> str:
    failed = [record for record in records if record["failures"]]
    if not failed:
        return "<p>None: every answer has the input's values, and came in time.</p>"
    shown = [{**r, "failures": "; ".join(r["failures"])} for r in failed]
    names = {"model": "piece", "ruleset": "ruleset", "engine": "engine", "terms": "terms", "failures": "what failed"}
    return _table("failed", "Records with a failure", _needed(names, records), shown)


def _needed(columns: dict[str, str], records: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Leave out the column of term structures where all records have the same."""
    several = len({record["terms"] for record in records}) > 1
    return {name: label for name, label in columns.items() if several or name != "terms"}


def _table(name: str, caption: str, columns: dict[str, str], rows: Sequence[dict[str, Any]]) -> str:
    texts = {c for c in columns if c in _TEXTS or (rows and all(isinstance(row.get(c), str) for row in rows))}
    head = "".join(
        f'<th scope="col"{"" if c in texts else " class=n"}><button type="button">{escape(label)}</button></th>'
        for c, label in columns.items()
    )
    body = "".join(f"<tr>{''.join(_cell(c, row.get(c)) for c in columns)}</tr>" for row in rows)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}"><table id="{name}">'
        f"<caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cell(column: str, value: Any) -> str:
    if column == "failures" and isinstance(value, list):
        value = len(value)
    title = ""
    if isinstance(value, dict):
        title = f' title="{escape(", ".join(f"{n} {kind}" for kind, n in value.items() if n))}"'
        value = sum(value.values()) if value else None
    text = escape(cell(column, value))
    if column in _TEXTS or isinstance(value, str):
        return f"<td>{text}</td>"
    key = f' data-v="{_number(value)}"' if isinstance(value, int | float) and value == value else ""
    mark = ' class="n bad"' if column == "failures" and value else " class=n"
    return f"<td{mark}{key}{title}>{text}</td>"


def _number(value: float) -> str:
    """Return a number as the page's script reads it."""
    return repr(float(value)).replace("inf", "Infinity")


def _definitions(items: Any) -> str:
    return "".join(f"<div><dt>{escape(str(k))}</dt><dd>{escape(str(v))}</dd></div>" for k, v in items)
