"""`sn.benchmark_rulesets`: rulesets and engines against each other on the pieces of a corpus."""

import math
import time
from collections.abc import Iterable, Sequence
from typing import Any

from codegen.repeated import RepeatedKernel
from rewriters.egraph.costs import CostModel, get_cost_model
from rewriters.pattern_text import SOUNDNESS
from rewriters.rewrite import engines as known_engines
from rewriters.rewrite import rewrite
from rewriters.ruleset import Ruleset
from rewriters.rulesets import get_ruleset
from symnum.errors import InputError, SymnumError, UnknownNameError, suggest
from symnum.laboratory.corpora import pieces_of
from symnum.laboratory.piece import Piece
from symnum.laboratory.progress import Progress
from symnum.laboratory.results import RulesetBenchmark, machine
from symnum.laboratory.statistics import median
from symnum.laboratory.timing import Timing, time_interleaved
from symnum.laboratory.variant import Settings, Specimen, Variant, make_variant, specimen_of
from symnum.terms import term_types

__all__ = ["benchmark_rulesets"]


def benchmark_rulesets(
    corpus: Any = "kinetic_laws",
    rulesets: str | Ruleset | Iterable[str | Ruleset] = ("none", "factor"),
    engines: str | Iterable[str] = ("classical", "egraph"),
    *,
    terms: str | Iterable[str] = ("canonical",),
    repeats: int = 15,
    seed: int = 0,
    count: int | None = None,
    cost: str | CostModel = "cycles",
    extractor: str = "best",
    soundness: str = "real",
    domain: str | None = None,
    staged: bool = True,
    timeout_s: float | None = None,
    timeout_each_s: float = 5.0,
    progress: bool | None = None,
) -> RulesetBenchmark:
    """Rewrite each piece of a corpus by each ruleset on each engine, and measure what the compiled code gains.

    Every answer is compared with the input, as terms at random, zero, negative and complex points and as machine code
    at the points of the measurement. What fails is a record too: a wrong value, a timeout, an exception. Run times
    are measured interleaved with the unrewritten piece's.

    Parameters
    ----------
    corpus : str, Path, model, term, list of terms, or Corpus
        A name of `sn.corpora()`; a file of expressions (one on each line, ``name = expression`` if wanted) or a model
        of any format that is read; a model; or expressions.
    rulesets : str, Ruleset, or several of them
        Names, or rules of your own (`sn.ruleset`).
    engines : str or several
        Of "classical", "egraph", "none".
    terms : str or several
        Structures of terms on which the rules run, such as "canonical", "tree".
    repeats : int
        Rounds of the measurement; 0 measures nothing.
    seed : int
        Of what is random in the corpus and of the points. The same seed gives the same expressions.
    count : int, optional
        Greatest number of pieces; the corpus's own number by default.
    cost, extractor, soundness
        As for `sn.rewrite`.
    domain : str, optional
        What is known of all symbols, such as "positive"; by default what the corpus says, which for models is nothing.
    staged : bool
        Whether what depends on a model's parameters alone is computed once, as in a simulator, and is free to the cost
        model; otherwise parameters are symbols like all others.
    timeout_s : float, optional
        Seconds after which what is done by then is returned.
    timeout_each_s : float
        Seconds for one rewriting.
    progress : bool, optional
        Whether to show a bar on standard error; by default at a terminal when it takes long.

    Returns
    -------
    RulesetBenchmark
        Also after Ctrl-C or the timeout, with what is done by then.

    Raises
    ------
    UnknownNameError
        For a corpus, ruleset, engine or structure that does not exist.
    InputError
        For arguments that are no numbers in their range, or a corpus without an expression.
    MissingDependencyError
        If a package is missing that an engine needs.

    Examples
    --------
    >>> import symnum as sn
    >>> x, y, z = sn.symbols("x y z")
    >>> done = sn.benchmark_rulesets([x*y + x*z + x], "factor", "classical", repeats=3)
    >>> record = done.records()[0]
    >>> record["ruleset"], record["operations_before"]["multiply"], record["operations_after"]["multiply"]
    ('factor', 2, 1)
    """
    rules = [_ruleset(r) for r in _several(rulesets)]
    chosen = [_named(e, known_engines(), "engine") for e in _several(engines)]
    structures = [_named(t, term_types(), "term structure") for t in _several(terms)]
    _check_numbers(repeats, seed, count, timeout_s, timeout_each_s)
    if soundness not in SOUNDNESS:
        raise InputError(f'soundness "{soundness}" is none of {", ".join(SOUNDNESS)}.')
    settings = Settings(get_cost_model(cost), extractor, soundness, timeout_each_s, seed, staged)
    name, pieces = pieces_of(corpus, seed, count)
    for engine in chosen:  # started, and missed if missing, before anything is timed
        rewrite(pieces[0].expressions[0], Ruleset(()), engine)
    if domain is not None:
        pieces = [_in_domain(piece, domain) for piece in pieces]
    plan = [(r, e, s) for r in rules for e in chosen for s in structures]
    run = _Run(plan, settings, repeats, math.inf if timeout_s is None else time.monotonic() + timeout_s)
    stopped = run.all(pieces, Progress(len(pieces), progress))
    facts = {
        "corpus": name,
        "pieces": len(pieces),
        "pieces_done": run.done,
        "stopped": stopped,
        "seed": seed,
        "repeats": repeats,
        "cost_model": settings.cost.name,
        "soundness": soundness,
        "resolution": median(run.noise),
        "seconds": time.monotonic() - run.began,
        "machine": machine(),
    }
    return RulesetBenchmark(run.records, facts)


def _several(given: Any) -> list[Any]:
    if isinstance(given, str | Ruleset):
        return [given]
    try:
        made = list(dict.fromkeys(given))
    except TypeError:
        raise InputError(f"{given!r} is neither a name nor a list of names.") from None
    if not made:
        raise InputError("give at least one ruleset, one engine and one term structure: one of them is empty.")
    return made


def _ruleset(given: Any) -> Ruleset:
    rules = get_ruleset(given) if isinstance(given, str) else given
    if not isinstance(rules, Ruleset):
        raise InputError(f"{rules!r} is no ruleset: give a name, or make one with sn.ruleset([...]).")
    return rules


def _named(given: Any, known: Sequence[str], what: str) -> str:
    known = tuple(known)
    if given not in known:
        raise UnknownNameError(
            f'there is no {what} "{given}".{suggest(str(given), known)} Choose from {", ".join(known)}.'
        )
    return str(given)


def _check_numbers(
    repeats: int, seed: int, count: int | None, timeout_s: float | None, timeout_each_s: float
) -> None:
    if repeats.__class__ is not int or repeats < 0:
        raise InputError(f"repeats={repeats!r} is no number of rounds: give 15, or 0 to measure no run times.")
    if seed.__class__ is not int or seed < 0:
        raise InputError(f"seed={seed!r} is no seed: give a whole number such as 0.")
    if count is not None and (count.__class__ is not int or count < 1):
        raise InputError(f"count={count!r} is no number of pieces: give a whole number above zero, or leave it out.")
    for name, value in (("timeout_s", timeout_s), ("timeout_each_s", timeout_each_s)):
        if value is not None and not (isinstance(value, int | float) and value > 0):
            raise InputError(f"{name}={value!r} is no number of seconds above zero.")


def _in_domain(piece: Piece, domain: str) -> Piece:
    from symnum.laboratory.corpora.expressions import with_domain

    made = with_domain([*piece.expressions, *piece.parameters], domain)
    return piece._replace(
        expressions=tuple(made[: len(piece.expressions)]), parameters=tuple(made[len(piece.expressions) :])
    )


_TOLERATED = 0.05
"""Difference between two copies of the same machine code from which on a piece is measured again."""
_ATTEMPTS = 3


class _Run:
    """The benchmark as it goes on: what is done stays done when it is stopped."""

    def __init__(
        self, plan: list[tuple[Ruleset, str, str]], settings: Settings, repeats: int, end: float
    ) -> None:
        self.plan, self.settings, self.repeats, self.end = plan, settings, repeats, end
        self.records: list[dict[str, Any]] = []
        self.noise: list[float] = []
        self.done = 0
        self.began = time.monotonic()

    def all(self, pieces: list[Piece], progress: Progress) -> str:
        """Go through the pieces; return why it ended: "complete", "timeout" or "interrupted"."""
        try:
            for number, piece in enumerate(pieces):
                progress(number, piece.name)
                if time.monotonic() >= self.end:
                    return "timeout"
                self._one(piece)
        except KeyboardInterrupt:
            return "interrupted"
        finally:
            progress.close()
        return "complete" if self.done == len(pieces) else "timeout"

    def _one(self, piece: Piece) -> None:
        try:
            specimen = specimen_of(piece, self.settings.seed, self.settings.staged)
        except SymnumError as error:
            reason = f"not compiled: {type(error).__name__}: {error}"
            self.records += [empty_record(piece, *which) | {"failures": [reason]} for which in self.plan]
            self.done += 1
            return
        known: dict[bytes, RepeatedKernel] = {specimen.identity: specimen.kernel}
        variants: list[tuple[tuple[Ruleset, str, str], Variant]] = []
        for which in self.plan:
            left = self.end - time.monotonic()
            if left <= 0:
                break
            settings = self.settings._replace(limit_s=min(self.settings.limit_s, max(left, 0.01)))
            variants.append((which, make_variant(specimen, *which, settings, known)))
        timings = self._timed(specimen, [v for _, v in variants])
        for which, variant in variants:
            record = empty_record(piece, *which)
            fill_record(record, specimen, variant, timings.get(variant.identity), timings.get(specimen.identity))
            self.records.append(record)
        self.done += len(variants) == len(self.plan)

    def _timed(self, specimen: Specimen, variants: list[Variant]) -> dict[bytes, Timing]:
        """Return the timing of each machine code that computes the right values."""
        if not self.repeats:
            return {}
        kernels = {v.identity: v.kernel for v in variants if v.kernel is not None}
        kernels.pop(specimen.identity, None)
        compared = [specimen.kernel, specimen.twin, *[k for k in kernels.values() if k is not None]]
        found, noise = [], math.inf
        for _ in range(_ATTEMPTS):
            again = time_interleaved(compared, specimen.table, self.repeats)
            difference = abs(math.log(max(again[1].gain, 1e-3)))
            if difference < noise:
                found, noise = again, difference
            if noise <= _TOLERATED:
                break
        self.noise.append(noise)
        return {specimen.identity: found[0], **dict(zip(kernels, found[2:]))}


def empty_record(piece: Piece, rules: Ruleset, engine: str, structure: str) -> dict[str, Any]:
    """Return a record in which only what was to be done is filled in."""
    unknown = ("time", "cost_before", "cost_after", "predicted_gain", "measured_gain", "gain_low", "gain_high")
    record: dict[str, Any] = {"model": piece.name, "ruleset": rules.name, "engine": engine, "terms": structure}
    record |= dict.fromkeys(unknown) | {"changed": False, "predictions": {}}
    record |= dict.fromkeys(("run_time_before", "run_time", "iterations", "e_nodes", "e_classes"))
    record |= {"operations_before": {}, "operations_after": {}, "fired": {}}
    record |= dict.fromkeys(("code_bytes_before", "code_bytes", "compile_time_before", "compile_time", "ulp"))
    return record | {"points": 0, "stop_reason": None, "failures": []}


def fill_record(
    record: dict[str, Any], specimen: Specimen, variant: Variant, timing: Timing | None, base: Timing | None
) -> None:
    """Write what is known of a variant into its record."""
    copies = specimen.copies
    record["time"], record["failures"] = variant.seconds, list(variant.failures)
    record["operations_before"] = dict(specimen.kernel.operations)
    record["code_bytes_before"] = specimen.kernel.code_bytes / copies
    record["compile_time_before"] = specimen.kernel.compile_seconds / copies
    record["run_time_before"] = base.seconds if base is not None else None
    report = variant.report
    if report is not None:
        record |= {"cost_before": report.cost_before, "cost_after": report.cost_after, "fired": dict(report.fired)}
        record |= {"iterations": report.passes, "e_nodes": report.e_nodes, "e_classes": report.e_classes}
        record |= {"stop_reason": report.stop, "changed": variant.changed, "predictions": variant.predictions}
        record["predicted_gain"] = variant.predictions.get(report.cost_model)
    if variant.kernel is None:
        return
    record["operations_after"] = dict(variant.kernel.operations)
    record["code_bytes"] = variant.kernel.code_bytes / copies
    record["compile_time"] = variant.kernel.compile_seconds / copies
    record |= {"ulp": variant.ulp, "points": variant.points}
    if timing is not None:
        record["run_time"], record["measured_gain"] = timing.seconds, timing.gain
        record["gain_low"], record["gain_high"] = timing.low, timing.high
