"""What a benchmark of rulesets found: records, summary, tables, files and plots."""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from symnum.display import format_seconds, html_table, plain_table
from symnum.errors import InputError, needs
from symnum.laboratory.statistics import finite, median, spearman

__all__ = ["RulesetBenchmark", "Table", "machine"]


class Table(list[dict[str, Any]]):
    """A list of dictionaries that shows itself as a table."""

    def _cells(self) -> tuple[list[str], list[list[str]]]:
        names = [n for n, v in self[0].items() if not isinstance(v, dict)] if self else []
        return names, [[cell(name, row.get(name)) for name in names] for row in self]

    def __str__(self) -> str:
        names, rows = self._cells()
        return plain_table([names, *rows]) if rows else "nothing"

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return html_table(*self._cells())


def cell(name: str, value: Any) -> str:
    """Write one value of a table for people."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    if isinstance(value, list | tuple):
        return "; ".join(str(v) for v in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name.endswith("time") or name.startswith(("run_time", "compile_time")):
        return format_seconds(value)
    if isinstance(value, float):
        is_ratio = "gain" in name or name in ("median_changed", "spearman")
        return f"{value:.3f}" if is_ratio else f"{value:,.4g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


class RulesetBenchmark:
    """Records of a benchmark of rulesets; made by `sn.benchmark_rulesets`.

    Attributes
    ----------
    facts : dict
        The corpus, number of pieces and of those done, why it stopped ("complete", "timeout", "interrupted"), seed,
        repeats, cost model, the measurement's resolution, seconds, and the machine.

    Notes
    -----
    ``facts["resolution"]`` is the median, over the pieces, of the difference in run time between two copies of the same
    machine code: a gain nearer to 1 than that is none.
    """

    def __init__(self, records: Sequence[dict[str, Any]], facts: dict[str, Any]) -> None:
        self._records = list(records)
        self.facts = dict(facts)

    def records(self) -> list[dict[str, Any]]:
        """Return one dictionary for each piece, ruleset, engine and term structure.

        Returns
        -------
        list of dict
            ``model`` (the piece's name), ``ruleset``, ``engine``, ``terms``; ``time`` (of rewriting, s),
            ``iterations``, ``e_nodes``, ``e_classes``, ``fired``, ``stop_reason``; ``cost_before``, ``cost_after``,
            ``predicted_gain`` and ``predictions`` (by cost model); ``operations_before`` and ``operations_after`` by
            kind; ``code_bytes`` and ``code_bytes_before``, ``compile_time``, ``run_time`` and ``run_time_before`` (s,
            of one evaluation), ``measured_gain`` with its quartiles ``gain_low`` and ``gain_high``; ``ulp`` (largest
            difference from the input's values in units of the last place), ``points`` (at how many it was compared),
            ``changed``, and ``failures``, a list of what went wrong. None where there is no such number.
        """
        return Table(dict(record) for record in self._records)

    def summary(self) -> list[dict[str, Any]]:
        """Return one dictionary for each ruleset, engine and term structure.

        Returns
        -------
        list of dict
            ``pieces``, ``changed`` (of how many the terms changed), ``median_gain``, ``median_changed`` (over the
            changed ones), ``worst_gain``, ``best_gain``, ``predicted_gain`` (median over the changed ones), ``time``
            (of all rewritings), ``ulp`` (the largest), ``failures`` (records with one), ``spearman`` (rank
            correlation of predicted and measured gains over the changed pieces) and ``spearman_n``, how many those
            are.
        """
        groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
        for record in self._records:
            groups.setdefault((record["ruleset"], record["engine"], record["terms"]), []).append(record)
        return Table(_summarised(group) for group in groups.values())

    def rank_correlation(self, cost: str | None = None) -> tuple[float, int]:
        """Return Spearman's rank correlation of predicted and measured gains over all changed pieces, and their number.

        What rulesets made of one piece alike counts once.

        Parameters
        ----------
        cost : str, optional
            Whose predictions: a name of `sn.cost_models()`; by default the model that was asked for.
        """
        return _correlation(self._records, cost)

    def failures(self) -> list[dict[str, Any]]:
        """Return the records with a failure."""
        return Table(dict(r) for r in self._records if r["failures"])

    def to_pandas(self) -> Any:
        """Return the records as a pandas DataFrame; numbers of operations have columns of their own.

        Raises
        ------
        MissingDependencyError
            If pandas is not installed.
        """
        with needs('to_pandas needs pandas; install the extra "dataframe".'):
            import pandas as pd
        return pd.DataFrame([_flat(record) for record in self._records])

    def to_json(self, path: str | Path | None = None) -> str:
        """Return facts, summary and records as JSON; written to a file if one is given. No value is "null"."""
        content = {
            "facts": self.facts,
            "rank_correlation": dict(zip(("spearman", "n"), self.rank_correlation())),
            "summary": self.summary(),
            "records": self.records(),
        }
        text = json.dumps(plain(content), indent=1, allow_nan=False) + "\n"
        if path is not None:
            write_text(path, text)
        return text

    def to_html(self, path: str | Path | None = None, title: str | None = None) -> str:
        """Return a report as one HTML page with plots and sortable tables; written to a file if one is given.

        The page needs nothing else: no network, no other file.
        """
        from symnum.laboratory.report import report_page

        text = report_page(self, title)
        if path is not None:
            write_text(path, text)
        return text

    def plot(self, ax: Any = None) -> Any:
        """Draw predicted against measured gains with matplotlib; return the axes.

        Raises
        ------
        MissingDependencyError
            If matplotlib is not installed.
        """
        from symnum.laboratory.plotting import plot_gains

        return plot_gains(self, ax)

    def __len__(self) -> int:
        return len(self._records)

    def __str__(self) -> str:
        return f"{self._headline()}\n\n{self.summary()}"

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        from html import escape

        return f"<p>{escape(self._headline())}</p>" + Table(self.summary())._repr_html_()

    def _headline(self) -> str:
        facts = self.facts
        rho, n = self.rank_correlation()
        ranks = f"predicted and measured gains: Spearman {rho:.2f} over {n} changed pieces" if n > 2 else ""
        ended = "" if facts["stopped"] == "complete" else f", stopped by {_STOPPED[facts['stopped']]}"
        failed = sum(bool(r["failures"]) for r in self._records)
        parts = [
            f"{facts['corpus']}: {facts['pieces_done']} of {facts['pieces']} pieces{ended}",
            f"{failed} of {len(self)} records with a failure",
            ranks,
            f"resolution {100 * facts['resolution']:.1f} %" if facts["resolution"] == facts["resolution"] else "",
        ]
        return "; ".join(p for p in parts if p)


_STOPPED = {"timeout": "the timeout", "interrupted": "Ctrl-C"}


def _summarised(group: list[dict[str, Any]]) -> dict[str, Any]:
    gains = finite([r["measured_gain"] for r in group])
    changed = [r for r in group if r["changed"]]
    rho, n = _correlation(group, None)
    return {
        **{name: group[0][name] for name in ("ruleset", "engine", "terms")},
        "pieces": len(group),
        "changed": len(changed),
        "median_gain": median(gains),
        "median_changed": median(finite([r["measured_gain"] for r in changed])),
        "worst_gain": min(gains, default=math.nan),
        "best_gain": max(gains, default=math.nan),
        "predicted_gain": median(finite([r["predicted_gain"] for r in changed])),
        "time": sum(finite([r["time"] for r in group])),
        "ulp": max(finite([r["ulp"] for r in group]), default=math.nan),
        "failures": sum(bool(r["failures"]) for r in group),
        "spearman": rho,
        "spearman_n": n,
    }


def _correlation(records: Sequence[dict[str, Any]], cost: str | None) -> tuple[float, int]:
    found = dict.fromkeys(
        (r["model"], r["predicted_gain"] if cost is None else r["predictions"].get(cost), r["measured_gain"])
        for r in records
        if r["changed"]
    )
    known = [(p, m) for _, p, m in found if p is not None and m is not None and math.isfinite(p + m)]
    return spearman([p for p, _ in known], [m for _, m in known]), len(known)


def _flat(record: dict[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name, value in record.items():
        if isinstance(value, dict):
            row |= {f"{name}_{kind}": v for kind, v in value.items()} if name != "fired" else {}
        else:
            row[name] = "; ".join(value) if isinstance(value, list) else value
    return row


def plain(value: Any) -> Any:
    """Return what JSON can say: None for numbers that are none or not finite."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def write_text(path: str | Path, text: str) -> None:
    """Write a file.

    Raises
    ------
    InputError
        If that cannot be done.
    """
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror or error}.") from None


def machine() -> dict[str, Any]:
    """Return what measurements depend on."""
    from symnum.simulators.information import information

    facts = information()
    return {**facts["processor"], **facts["versions"]}
