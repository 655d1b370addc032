"""What is done to equations before they are compiled: a plan, which is part of a kernel's key."""

import hashlib
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # a plan without rulesets loads none of the rewriters
    from rewriters.egraph.costs import CostModel
    from rewriters.ruleset import Ruleset

__all__ = ["CLASSICAL", "FLAT", "Rewriting"]

TIMEOUT_S = 5.0
MARGIN = 1 / 6
"""Gains that are predicted to be smaller were losses where something else used the other half of a processor's core."""


@dataclass(frozen=True)
class Rewriting:
    """A plan of rewriting.

    Parameters
    ----------
    level : str
        What the user asked for, for reports.
    factoring : bool
        Whether sums of monomials are factored and sums, reciprocals and roots shared; without it, everything is
        compiled as it was written, equal parts once.
    steps : tuple of (Ruleset, str)
        Rulesets, each with its engine ("egraph" or "classical"), for what is left after factoring.
    cost : CostModel
        What the extraction and the choice of forms go by.
    extractor : str
        As for `sn.rewrite`.
    timeout_s : float
        Seconds for all of it.
    node_limit : int, optional
        E-nodes of one e-graph.
    margin : float
        Least predicted gain that is taken, as a fraction of the cost.
    measure : bool
        Whether the new kernel is timed against the one without `steps` and kept only if it is not slower.
    given : object
        What the user wrote, from which the plan can be made again.
    """

    level: str = "classical"
    factoring: bool = True
    steps: "tuple[tuple[Ruleset, str], ...]" = ()
    cost: "str | CostModel" = "cycles"
    extractor: str = "best"
    timeout_s: float = TIMEOUT_S
    node_limit: int | None = None
    margin: float = MARGIN
    measure: bool = False
    given: Any = field(default="classical", compare=False)

    @cached_property
    def cost_model(self) -> "CostModel":
        """The cost model itself."""
        from rewriters.egraph.costs import get_cost_model

        return get_cost_model(self.cost)

    @property
    def without_steps(self) -> "Rewriting":
        """The same without rulesets."""
        return replace(self, steps=(), level="classical") if self.steps else self

    @cached_property
    def identity(self) -> str:
        """What the result depends on: rules, engine, prices, limits, and the code that does it."""
        if not self.steps:
            return f"factoring {self.factoring}"
        parts = [repr((self.factoring, self.extractor, self.timeout_s, self.node_limit, self.margin, self.measure))]
        model = self.cost_model
        parts.append(f"{type(model).__module__} {type(model).__qualname__} {getattr(model, 'prices', '')}")
        for rules, engine in self.steps:
            parts.append(f"{engine} {rules.tentative}")
            parts += [_rule_text(rule) for rule in rules]
        parts.append(_sources())
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _rule_text(rule: Any) -> str:
    sides = [_side_text(side) for side in (rule.lhs, rule.rhs, rule.where)]
    return repr((rule.name, *sides, rule.soundness, sorted(rule.domain.items()), rule.both))


def _side_text(side: Any) -> str:
    code = getattr(side, "__code__", None)
    if code is None:
        return f"{type(side).__name__} {side}"
    return f"{side.__module__}.{side.__qualname__} {code.co_code.hex()} {code.co_consts!r} {code.co_names!r}"


@lru_cache(maxsize=1)
def _sources() -> str:
    import rewriters

    digest = hashlib.sha256()
    for path in sorted(Path(rewriters.__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


CLASSICAL = Rewriting()
FLAT = Rewriting("none", factoring=False, given="none")
