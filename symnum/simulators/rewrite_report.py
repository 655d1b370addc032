"""What rewriting did to a model's right-hand side before it was compiled, and what that is worth."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from codegen.rewriting import CLASSICAL, FLAT, Rewriting
from symnum.display import format_seconds, html_table, plain_table
from symnum.errors import UnknownNameError, suggest
from symnum.systems.ode import ODESystem

__all__ = ["SimulatorRewriting"]

_ULP = 2.0**-52


class SimulatorRewriting(Mapping[str, Any]):
    """The report on rewriting of a simulator's right-hand side: `sim.rewrite_report`.

    A mapping with, among others, `level`, `rulesets`, `engines`, `laws` (expressions that rulesets were applied to),
    `templates` (how many are distinct up to names), `improved`, `iterations`, `e_nodes`, `e_classes`, `matches` and
    `seconds_per_rule` by rule, `stop` (reasons with counts), `seconds` (that it took), `cached` (whether the kernel
    was there already), `cost_before` and `cost_after` (predicted cycles of the laws), `kernel_cost_before` and
    `kernel_cost_after` (of the whole right-hand side), `predicted_gain`, `points`, `largest_difference`, and
    `ulp`. `measure()` compiles and times.
    """

    def __init__(self, system: ODESystem, rewriting: Rewriting, facts: Mapping[str, Any], cached: bool) -> None:
        self._system, self._rewriting = system, rewriting
        done = dict(facts)
        before, after = done.get("kernel_cost_before", 0.0), done.get("kernel_cost_after", 0.0)
        self._facts: dict[str, Any] = {
            "factoring": rewriting.factoring,
            "rulesets": [],
            "engines": [],
            "laws": done.pop("groups", 0),
            "templates": 0,
            "improved": 0,
            "remembered": 0,
            "iterations": 0,
            "e_nodes": 0,
            "e_classes": 0,
            "matches": {},
            "seconds_per_rule": {},
            "stop": {},
            "points": 0,
            "largest_difference": 0.0,
            "rejected": 0,
            "seconds": 0.0,
            **done,
            "level": rewriting.level,
            "cached": cached,
            "predicted_gain": before / after if after else 1.0,
            "ulp": done.get("largest_difference", 0.0) / _ULP,
        }

    def __getitem__(self, key: str) -> Any:
        return self._facts[key]

    def __iter__(self) -> Any:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)

    def __getattr__(self, name: str) -> Any:
        """Return a fact by its name."""
        facts = self.__dict__.get("_facts", {})
        if name in facts:
            return facts[name]
        raise AttributeError(f"the report on rewriting has no {name!r}.{suggest(name, tuple(facts))}")

    def measure(self, against: str = "classical", rounds: int = 9) -> dict[str, float]:
        """Time the right-hand side against another level: same emitter, interleaved, at random points.

        Parameters
        ----------
        against : {"classical", "none"}
            "none" of a large network compiles for a while.
        rounds : int

        Returns
        -------
        dict
            "seconds" and "seconds_against" of one evaluation (medians), "measured_gain" (median of the ratios) and
            "predicted_gain"; they are shown with the report from then on.

        Examples
        --------
        >>> import symnum as sn
        >>> model = sn.ode_system({"x": "-v*x/(k + x)"}, parameters={"v": 1.0, "k": 2.0}, initial={"x": 1.0})
        >>> found = sn.build_simulator(model).rewrite_report.measure(against="none", rounds=3)
        >>> found["seconds"] > 0
        True
        """
        plans = {"classical": CLASSICAL, "none": FLAT}
        if against not in plans:
            raise UnknownNameError(f'"{against}" cannot be measured against; choose one of {", ".join(plans)}.')
        from codegen.system_tape import planned_tape
        from codegen.tape_cost import tape_cost
        from codegen.time_tapes import time_tapes

        tapes = [planned_tape(self._system, "rhs", plan).tape for plan in (plans[against], self._rewriting)]
        costs = [tape_cost(tape, self._rewriting.cost_model) for tape in tapes]
        other, own = time_tapes(tapes, len(self._system.states), len(self._system.parameters), rounds)
        found = {
            "seconds": float(np.median(own)),
            "seconds_against": float(np.median(other)),
            "measured_gain": float(np.median(other / own)),
            "predicted_gain": costs[0] / costs[1] if costs[1] else 1.0,
        }
        self._facts["measured"] = {"against": against, **found}
        return found

    def _rows(self) -> list[tuple[str, str]]:
        f = self._facts
        rows = [("level", f["level"]), ("factoring and sharing", "yes" if f["factoring"] else "no")]
        if f["rulesets"]:
            rows += self._steps_rows()
        if "measured" in f:
            m = f["measured"]
            pair = f"{format_seconds(m['seconds_against'])} ({m['against']}) -> {format_seconds(m['seconds'])}"
            gains = f"{m['measured_gain']:.2f} times, {m['predicted_gain']:.2f} predicted"
            rows += [("measured run time", pair), ("measured gain", gains)]
        return rows

    def _steps_rows(self) -> list[tuple[str, str]]:
        f = self._facts
        rules = ", ".join(f"{n} ({e})" for n, e in zip(f["rulesets"], f["engines"]))
        known = f", {f['remembered']:,} known from before" if f["remembered"] else ""
        slowest = sorted(f["seconds_per_rule"].items(), key=lambda item: -item[1])[:5]
        stop = ", ".join(f"{reason} ({count})" for reason, count in f["stop"].items()) or "nothing to do"
        gain = f"{f['predicted_gain']:.2f} times" if f["predicted_gain"] > 1 else "1.00 times: nothing was gained"
        rows = [
            ("rulesets", rules),
            ("laws", f"{f['laws']:,}, {f['templates']:,} distinct, {f['improved']:,} improved{known}"),
            ("e-graph", f"{f['iterations']:,} iterations, {f['e_nodes']:,} e-nodes, {f['e_classes']:,} e-classes"),
            ("stopped", stop),
            ("time", format_seconds(f["seconds"]) + (", once: now the kernel comes from the cache" * f["cached"])),
            ("cost of the laws", f"{f['cost_before']:,g} -> {f['cost_after']:,g} ({f['cost_model']})"),
            ("cost of the kernel", f"{f['kernel_cost_before']:,g} -> {f['kernel_cost_after']:,g}"),
            ("predicted gain", gain),
            ("checked", f"{f['points']:,} points a law, largest difference {f['ulp']:.1f} ulp"),
        ]
        if slowest:
            rows.insert(5, ("slowest rules", ", ".join(f"{n} {format_seconds(s)}" for n, s in slowest)))
        if f.get("measured_gain"):
            kept = "kept" if f["kept"] else "not kept"
            rows.append(("measured when compiled", f"{f['measured_gain']:.2f} times, {kept}"))
        if f["rejected"]:
            rows.append(("rejected", f"{f['rejected']} of another value at some point"))
        return rows

    def __repr__(self) -> str:
        return plain_table(self._rows())

    def _repr_html_(self) -> str:
        return html_table(["", ""], [list(row) for row in self._rows()])
