"""`sn.benchmark_rulesets`: what it records, that failures are caught and kept, and that it ends when told to."""

import json
import math
import os
import signal
import threading
import time

import numpy as np
import pytest
from scipy import stats

import symnum as sn
from codegen.repeated import RepeatedKernel, function_bytes, repeated_tape
from symnum.laboratory.points import draw_points
from symnum.laboratory.statistics import quantile, spearman
from symnum.laboratory.timing import time_interleaved

X, Y, Z = sn.symbols("x y z", domain="positive")
FACTORABLE = X * Y + X * Z + X


def test_a_record_holds_what_was_measured():
    done = sn.benchmark_rulesets([FACTORABLE], ["none", "factor"], ["classical", "egraph"], repeats=5)
    none, other = done.records()[0], done.records()[-1]
    assert (none["ruleset"], none["engine"]) == ("none", "classical")
    assert (none["measured_gain"], none["changed"]) == (1.0, False)
    assert (other["ruleset"], other["engine"], other["terms"]) == ("factor", "egraph", "canonical")
    assert other["failures"] == []
    assert other["changed"]
    assert other["operations_before"] == {"add": 2, "multiply": 2, "divide": 0}
    assert other["operations_after"] == {"add": 2, "multiply": 1, "divide": 0}
    assert other["e_nodes"] > 0
    assert other["e_classes"] > 0
    assert other["cost_after"] < other["cost_before"]
    assert other["predicted_gain"] == pytest.approx(other["cost_before"] / other["cost_after"])
    assert set(other["predictions"]) >= {*sn.cost_models(), "tape"}
    for name in ("time", "run_time", "run_time_before", "compile_time", "code_bytes", "measured_gain"):
        assert 0 < other[name] < math.inf
    assert other["gain_low"] <= other["measured_gain"] <= other["gain_high"]
    assert 0 <= other["ulp"] < 100
    assert other["points"] > 48
    summary = {(s["ruleset"], s["engine"]): s for s in done.summary()}
    assert len(summary) == 4
    assert summary["factor", "egraph"]["changed"] == 1
    assert summary["none", "egraph"]["changed"] == 0


def test_fewer_functions_are_measured_to_be_faster():
    """Three exponentials become one: no machine computes that as slowly."""
    term = sn.exp(X) * sn.exp(Y) * sn.exp(Z)
    rules = sn.ruleset("exp(~a)*exp(~b) => exp(~a + ~b)", name="together")
    record = sn.benchmark_rulesets([term], rules, "classical").records()[0]
    assert record["operations_before"]["exp"] == 3
    assert record["operations_after"]["exp"] == 1
    assert record["measured_gain"] > 1.5
    assert record["run_time_before"] > 1.5 * record["run_time"]


@pytest.mark.parametrize("engine", ["classical", "egraph"])
def test_a_wrong_value_is_a_failure_and_has_no_run_time(engine):
    rules = sn.ruleset("~a*~b + ~a*~c => ~a*~b", name="wrong")
    record = sn.benchmark_rulesets([X * Y + X * Z], rules, engine, repeats=3).records()[0]
    assert len(record["failures"]) == 1
    assert record["failures"][0].startswith("wrong value" if engine == "classical" else "rejected")
    if engine == "classical":
        assert record["measured_gain"] is None
        assert record["run_time"] is None
    else:  # the engine's own check kept the input
        assert not record["changed"]


def test_a_value_wrong_at_rare_points_alone_is_noticed():
    """Right for positive numbers, which is where run times are measured; the symbols may be any number."""
    x, y = sn.symbols("x y")
    rules = sn.ruleset("sqrt(~a^2) => ~a", name="roots")
    record = sn.benchmark_rulesets([sn.sqrt(x**2) * y], rules, "classical", repeats=3).records()[0]
    assert record["failures"]
    assert record["failures"][0].startswith("wrong value")


def test_an_exception_is_recorded_and_the_rest_goes_on():
    def broken(a):
        raise RuntimeError("no such luck")

    rules = sn.Ruleset([sn.Rule("sin(~a)", broken)], "broken")
    pieces = [sn.sin(X) + 1, FACTORABLE]
    done = sn.benchmark_rulesets(pieces, [rules, "factor"], "classical", repeats=3)
    first = done.records()[0]
    assert first["failures"]
    assert "no such luck" in first["failures"][0]
    assert first["failures"][0].startswith("exception")
    assert done.records()[-1]["measured_gain"] is not None
    assert [r["model"] for r in done.failures()] == ["expression 1"]
    assert done.summary()[0]["failures"] == 1
    assert "1 of 4 records with a failure" in str(done)


def test_what_cannot_be_compiled_is_recorded():
    term = sn.airyai(X) * Y + Y
    done = sn.benchmark_rulesets([term, FACTORABLE], "factor", "classical", repeats=0)
    assert done.records()[0]["failures"][0].startswith("not compiled")
    assert done.records()[1]["failures"] == []
    assert done.facts["stopped"] == "complete"


def test_a_timeout_of_one_rewriting_is_recorded():
    slow = sn.Ruleset([sn.Rule("sin(~a)", lambda a: time.sleep(0.3) or sn.cos(a - sn.pi / 2))], "slow")
    term = sum((sn.sin(i * X) for i in range(1, 8)), 0)
    done = sn.benchmark_rulesets([term], slow, "classical", repeats=0, timeout_each_s=0.2)
    assert done.records()[0]["stop_reason"] == "timeout"
    assert done.records()[0]["failures"][0].startswith("timeout")


def test_the_whole_timeout_keeps_what_is_done():
    slow = sn.Ruleset([sn.Rule("sin(~a)", lambda a: time.sleep(0.1) or sn.sin(a))], "slow")
    done = sn.benchmark_rulesets([sn.sin(i * X) for i in range(1, 50)], slow, "classical", repeats=0, timeout_s=0.6)
    assert done.facts["stopped"] == "timeout"
    assert 1 <= done.facts["pieces_done"] < 40
    assert len(done) >= done.facts["pieces_done"]
    assert "stopped by the timeout" in str(done)


@pytest.mark.skipif(threading.current_thread() is not threading.main_thread(), reason="signals need the main thread")
def test_ctrl_c_keeps_what_is_done():
    calls = []

    def interrupting(a):
        calls.append(a)
        if len(calls) == 3:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.5)  # the interrupt arrives here
        return sn.cos(a)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        rules = sn.Ruleset([sn.Rule("sin(~a)", interrupting)], "interrupting")
        done = sn.benchmark_rulesets([sn.sin(i * X) for i in range(1, 9)], rules, "classical", repeats=0)
    finally:
        signal.signal(signal.SIGINT, before)
    assert done.facts["stopped"] == "interrupted"
    assert done.facts["pieces_done"] == len(done.records()) == 2


def test_results_depend_on_the_seed_alone():
    first, second = (
        sn.benchmark_rulesets("polynomials", "factor", ["classical", "egraph"], repeats=0, count=2, seed=8).records()
        for _ in range(2)
    )
    changing = ("time", "compile_time", "compile_time_before")
    assert [{k: v for k, v in r.items() if k not in changing} for r in first] == [
        {k: v for k, v in r.items() if k not in changing} for r in second
    ]
    other = sn.benchmark_rulesets("polynomials", "factor", "classical", repeats=0, count=2, seed=9).records()
    assert [r["cost_before"] for r in other] != [r["cost_before"] for r in first[::2]]


def test_rules_run_on_other_structures():
    done = sn.benchmark_rulesets([FACTORABLE], "factor", "classical", terms=["canonical", "tree"], repeats=0)
    assert [r["terms"] for r in done.records()] == ["canonical", "tree"]
    assert all(r["changed"] and not r["failures"] for r in done.records())


def test_parameters_are_computed_once_unless_told_otherwise():
    k, m = sn.symbols("k m")
    piece = sn.laboratory.Piece("law", (k**2 * X / (m * k + X),), parameters=(k, m))
    staged = sn.benchmark_rulesets(piece, "none", "classical", repeats=0).records()[0]
    plain = sn.benchmark_rulesets(piece, "none", "classical", repeats=0, staged=False).records()[0]
    assert staged["operations_before"]["multiply"] == 1
    assert plain["operations_before"]["multiply"] == 4 - 1
    assert staged["cost_before"] < plain["cost_before"]


def test_files_and_tables(tmp_path):
    import pandas as pd

    done = sn.benchmark_rulesets([FACTORABLE, X + Y], ["none", "factor"], "classical", repeats=3)
    content = json.loads(done.to_json(tmp_path / "out.json"))
    assert json.loads((tmp_path / "out.json").read_text()) == content
    assert content["records"][1]["model"] == "expression 1"
    assert content["facts"]["corpus"] == "expressions"
    table = done.to_pandas()
    assert isinstance(table, pd.DataFrame)
    assert table["operations_after_multiply"].tolist() == [2, 1, 0, 0]
    assert "<table>" in done._repr_html_()
    assert "factor" in repr(done.summary())
    with pytest.raises(sn.errors.InputError, match="cannot be written"):
        done.to_json(tmp_path / "absent" / "out.json")


def test_plot_has_a_point_for_each_changed_piece():
    import matplotlib

    matplotlib.use("Agg")
    done = sn.benchmark_rulesets([FACTORABLE, X + Y], ["none", "factor"], "classical", repeats=3)
    axes = done.plot()
    assert [len(c.get_offsets()) for c in axes.collections] == [1]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"corpus": "polynomial"}, sn.errors.UnknownNameError, 'no corpus "polynomial".*"polynomials"'),
        ({"corpus": "absent.txt"}, sn.errors.InputError, "absent.txt cannot be read"),
        ({"corpus": []}, sn.errors.InputError, "nothing to measure"),
        ({"corpus": [X]}, sn.errors.InputError, "nothing to measure"),
        ({"rulesets": "factors"}, sn.errors.UnknownNameError, 'no ruleset "factors"'),
        ({"rulesets": []}, sn.errors.InputError, "at least one"),
        ({"engines": "clasical"}, sn.errors.UnknownNameError, 'no engine "clasical".*"classical"'),
        ({"terms": "trees"}, sn.errors.UnknownNameError, 'no term structure "trees"'),
        ({"repeats": -1}, sn.errors.InputError, "repeats=-1"),
        ({"count": 0}, sn.errors.InputError, "count=0"),
        ({"seed": 1.5}, sn.errors.InputError, "seed=1.5"),
        ({"timeout_s": 0}, sn.errors.InputError, "timeout_s=0"),
        ({"soundness": "fine"}, sn.errors.InputError, "fine"),
        ({"cost": "dollars"}, sn.errors.UnknownNameError, "dollars"),
    ],
)
def test_wrong_arguments_say_what_is_right(arguments, error, message):
    with pytest.raises(error, match=message):
        sn.benchmark_rulesets(**{"corpus": [FACTORABLE], "engines": "classical", **arguments})


def test_spearman_is_scipys():
    random = np.random.default_rng(3)
    for _ in range(20):
        a, b = random.integers(0, 6, 12).astype(float).tolist(), random.normal(size=12).tolist()
        assert spearman(a, b) == pytest.approx(stats.spearmanr(a, b).statistic)
        assert quantile(b, 0.3) == pytest.approx(np.quantile(b, 0.3))
    assert math.isnan(spearman([1.0, 1.0, 1.0], [1.0, 2.0, 3.0]))
    assert math.isnan(spearman([1.0, 2.0], [1.0, 2.0]))


def test_repeated_kernels_compute_what_terms_are():
    k, m = sn.symbols("k m")
    terms = [X * k**2 / (m + Y), sn.sin(X) + sn.exp(-Y) * k, X]
    tape = repeated_tape(terms, [X, Y], [k, m], 7)
    kernel = RepeatedKernel(tape, 7, 2, 2, 3)
    points = np.random.default_rng(1).uniform(0.5, 2.0, (5, 4))
    expected = sn.terms.evaluate(terms, {s: points[:, i] for i, s in enumerate((X, Y, k, m))})
    np.testing.assert_allclose(kernel.values(points), np.stack(expected, axis=1), rtol=1e-15)
    assert 0 < kernel.code_bytes < 20_000
    assert function_bytes(b"no object", "rhs") == len(b"no object")


def test_two_copies_of_one_code_take_the_same_time():
    """What the resolution is made of: the ratio of equal codes is near one."""
    piece = sn.laboratory.Piece("p", (FACTORABLE * sn.sqrt(X + Y) / (1 + Z),))
    tape = repeated_tape(piece.expressions, [X, Y, Z], [], 10)
    kernels = [RepeatedKernel(tape, 10, 3, 0, 1) for _ in range(2)]
    points = draw_points(piece, [X, Y, Z], 200, 0).reshape(20, 30)
    timings = time_interleaved(kernels, points, 21)
    assert timings[0].gain == 1.0
    assert 0.7 < timings[1].gain < 1.4
