"""`build_simulator(..., rewrite=...)`: every level is the same model; reports, keys, limits, options, errors."""

import pickle
import time

import numpy as np
import pytest

import codegen.rewrite_terms
import symnum as sn
from codegen.rewrite_system import general_laws, rewrite_system
from codegen.rewriting import CLASSICAL
from rewriters.egraph import worker
from symnum.errors import InputError, MissingDependencyError, UnknownNameError
from symnum.laboratory.corpora.kinetic_laws import kinetic_laws
from symnum.simulators.rewriting import rewriting_for
from symnum.systems.ode import ODESystem
from symnum.terms import Symbol, evaluate

LEVELS = ["none", "classical", "auto", "egraph", "kinetics", ["factor", "kinetics"]]
RULES = sn.ruleset(["factor: ~a*~b + ~a*~c => ~a*(~b + ~c)"], name="mine")


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setattr("codegen.cache.cache_directory", lambda: tmp_path)
    monkeypatch.setattr("codegen.rewrite_terms._cache", {})


def saturable():
    """Saturated, reversible, with quotients in quotients and opposite exponentials."""
    return sn.ode_system(
        {
            "s": "-v*s/(k + s) + w*p/(l + p) + 0.1",
            "p": "v*s/(k + s) - w*p/(l + p) - u/(1/s + 1/p)",
            "q": "a*(exp(b*s) - exp(-b*s)) - v*q/(k + q) - w*q/(l + q) - u*q/(1 + q/p)",
        },
        parameters={"v": 1.0, "k": 2.0, "w": 1.5, "l": 0.3, "u": 0.2, "a": 0.1, "b": 0.2},
        initial={"s": 1.0, "p": 0.5, "q": 0.1},
    )


def interpreted(system, y, p):
    values = {**dict(zip(system.states, y)), **dict(zip(system.parameters, p))}
    return np.array([evaluate(term, values) for term in system.rhs])


@pytest.mark.parametrize("level", LEVELS, ids=str)
def test_every_level_is_the_interpreter_at_random_points(level):
    sim = sn.build_simulator(saturable(), rewrite=level)
    draw = np.random.default_rng(0)
    for _ in range(20):
        y, p = draw.uniform(0.1, 3.0, 3), draw.uniform(0.1, 3.0, 7)
        expected = interpreted(sim.system, y, p)
        np.testing.assert_allclose(sim.rhs(0.0, y, p), expected, rtol=1e-12, atol=1e-14)


def test_all_levels_agree_in_their_trajectories():
    ends = [
        sn.build_simulator(saturable(), rewrite=level).solve((0.0, 10.0), rtol=1e-10, atol=1e-12).y[:, -1]
        for level in LEVELS
    ]
    for end in ends[1:]:
        np.testing.assert_allclose(end, ends[0], rtol=1e-8)


def test_the_egraph_saves_what_it_says():
    sims = {level: sn.build_simulator(saturable(), rewrite=level) for level in ("classical", "egraph")}
    counts = {level: sim.kernels["rhs"].compiled.facts["operations"] for level, sim in sims.items()}
    assert counts["egraph"]["divide"] < counts["classical"]["divide"]
    assert counts["egraph"]["call"] == counts["classical"]["call"] - 1  # exp(-x) is 1/exp(x)
    report = sims["egraph"].rewrite_report
    assert report.improved > 0
    assert report.kept
    assert report.cost_after < report.cost_before
    assert report.kernel_cost_after < report.kernel_cost_before
    assert report.predicted_gain > 1
    assert report.iterations > 0
    assert report.e_nodes > report.e_classes > 0
    assert set(report.stop) == {"saturated"}
    assert report.points > 10
    assert 0 < report.ulp < 100
    assert report["seconds_per_rule"] is not None
    assert report.matches
    assert "exp" in sims["egraph"].source


def test_report_shows_itself_and_measures():
    sim = sn.build_simulator(saturable(), rewrite="egraph")
    report = sim.rewrite_report
    found = report.measure(rounds=3)
    assert found["seconds"] > 0
    assert found["seconds_against"] > 0
    assert found["measured_gain"] > 0.5
    text = repr(report)
    for word in ("kinetics (egraph)", "e-nodes", "stopped", "predicted gain", "measured gain", "ulp"):
        assert word in text
    assert report._repr_html_().startswith("<")
    assert sim.compile_report["rhs"]["seconds"]["rewrite"] > 0
    assert "rewrite" in repr(sim.compile_report)


def test_a_cached_kernel_needs_no_worker_and_keeps_its_report(monkeypatch):
    first = sn.build_simulator(saturable(), rewrite="egraph")
    improved = first.rewrite_report.improved

    def refuse(*_arguments):
        raise AssertionError("the worker was asked")

    monkeypatch.setattr(worker, "ask", refuse)
    monkeypatch.setattr(worker, "warm", refuse)
    codegen.rewrite_terms._cache.clear()
    again = sn.build_simulator(saturable(), rewrite="egraph")
    assert again.kernels["rhs"].compiled.facts["cached"]
    assert again.rewrite_report.improved == improved
    assert again.rewrite_report.cached
    assert again.kernels["rhs"].compiled.code == first.kernels["rhs"].compiled.code


def test_levels_rules_and_options_have_kernels_of_their_own():
    plans = [rewriting_for(level) for level in ("none", "classical", "egraph", RULES, "factor")]
    plans += [rewriting_for({"level": "egraph", "margin": 0.5}), rewriting_for({"level": RULES, "engine": "classical"})]
    other = sn.ruleset(["factor: ~a*~b + ~a*~c => ~a*(~c + ~b)"], name="mine")
    plans.append(rewriting_for(other))
    assert len({plan.identity for plan in plans}) == len(plans)
    assert rewriting_for("auto").identity == CLASSICAL.identity


def test_domains_are_part_of_the_key():
    found = []
    for domain in ("complex", "positive"):
        x, n, k = (Symbol(s, domain) for s in "xnk")
        system = ODESystem(states=[x], parameters=[n, k], rhs=[-(x**n) * k**n - k / (k + x)], independent=Symbol("t"))
        sim = sn.build_simulator(system, rewrite="egraph")
        expected = -((1.3 * 2.0) ** 1.5) - 2.0 / 3.3
        assert sim.rhs(0.0, [1.3], [1.5, 2.0])[0] == pytest.approx(expected, rel=1e-14)
        found.append(sim.kernels["rhs"].compiled.facts["cached"])
    assert found == [False, False]


def test_laws_equal_up_to_names_are_rewritten_once():
    rows, parameters = {}, {}
    for i in range(12):
        rows[f"s{i}"] = f"-v{i}*(s{i}/s{(i + 1) % 12})/(k{i} + s{i}/s{(i + 1) % 12})"
        parameters |= {f"v{i}": 1.0 + i, f"k{i}": 2.0}
    model = sn.ode_system(rows, parameters=parameters, initial=dict.fromkeys(rows, 1.0))
    sim = sn.build_simulator(model, rewrite="egraph")
    report = sim.rewrite_report
    assert report.laws == 12
    assert report.templates == 1
    assert report.improved == 1
    y = np.linspace(0.5, 2.0, 12)
    expected = interpreted(sim.system, y, sim.defaults()[1])
    np.testing.assert_allclose(sim.rhs(0.0, y), expected, rtol=1e-13)
    assert sim.kernels["rhs"].compiled.facts["operations"]["divide"] == 12


def test_general_rates_of_networks_are_rewritten_and_mass_action_is_not():
    net = sn.reaction_network("v*(S/P)/(k + S/P), S => P;  k1, P --> S;  w*S/(1 + S/P), S => 0")
    assert len(general_laws(net.system())) == 2
    sims = [sn.build_simulator(net, rewrite=level) for level in ("none", "egraph")]
    values = [sim.rhs(0.0, [1.3, 0.7], [2.0, 0.5, 3.0, 0.25]) for sim in sims]
    np.testing.assert_allclose(values[1], values[0], rtol=1e-14)
    assert sims[1].rewrite_report.improved > 0
    jacobians = [sim.jacobian(0.0, [1.3, 0.7], [2.0, 0.5, 3.0, 0.25]).toarray() for sim in sims]
    np.testing.assert_allclose(jacobians[1], jacobians[0], rtol=1e-12)


def test_generated_laws_keep_their_values():
    laws = kinetic_laws(34, seed=11, species=34, parameters=60)
    y = sorted({s.name for law in laws for s in law.species})
    p = sorted({s.name for law in laws for s in law.parameters})
    rows = {name: laws[i].term if i < len(laws) else 0 for i, name in enumerate(y)}
    model = sn.ode_system(rows, parameters=dict.fromkeys(p, 1.0), initial=dict.fromkeys(y, 1.0))
    sim = sn.build_simulator(model, rewrite={"level": "egraph", "margin": 0.0})
    draw = np.random.default_rng(2)
    for _ in range(5):
        state, values = draw.uniform(0.3, 2.0, len(y)), draw.uniform(0.3, 2.0, len(sim.parameter_names))
        expected = interpreted(sim.system, state, values)
        np.testing.assert_allclose(sim.rhs(0.0, state, values), expected, rtol=1e-11, atol=1e-12)
    assert sim.rewrite_report.improved >= 5


def test_the_margin_keeps_small_gains_out():
    few = sn.build_simulator(saturable(), rewrite={"level": "egraph", "margin": 0.9}).rewrite_report
    assert few.improved == 0
    assert few.predicted_gain == 1.0
    assert "nothing was gained" in repr(few)


def test_a_kernel_that_is_measured_to_be_slower_is_not_kept(monkeypatch):
    for factor, kept in ((2.0, True), (0.5, False)):
        times = [np.full(3, factor), np.ones(3)]
        monkeypatch.setattr("codegen.time_tapes.time_tapes", lambda *_, times=times: times)
        plan = {"level": "egraph", "measure": True, "margin": 0.04 + 0.01 * kept}
        sim = sn.build_simulator(saturable(), rewrite=plan)
        report = sim.rewrite_report
        assert report.kept == kept
        assert report.measured_gain == factor
        y = [1.0, 0.5, 0.1]
        np.testing.assert_allclose(sim.rhs(0.0, y), interpreted(sim.system, y, sim.defaults()[1]), rtol=1e-13)


def test_limits_of_time_hold_and_the_model_stays_right():
    endless = sn.ruleset(["grow: ~x*~y => (~x + ~y)*(~x*~y)/(~x + ~y)", "more: ~x + ~y => (~x + ~y)*1"], name="endless")
    plan = {"level": endless, "timeout_s": 0.3, "node_limit": 10**8}
    began = time.perf_counter()
    sim = sn.build_simulator(saturable(), rewrite=plan)
    values = sim.rhs(0.0, [1.0, 0.5, 0.1])
    assert time.perf_counter() - began < 20
    expected = sn.build_simulator(saturable(), rewrite="none").rhs(0.0, [1.0, 0.5, 0.1])
    np.testing.assert_allclose(values, expected, rtol=1e-13)
    assert sim.rewrite_report.stop


def test_a_wrong_rule_is_caught():
    wrong = sn.ruleset(["wrong: ~x/(~k + ~x) => ~x"], name="wrong")
    sim = sn.build_simulator(saturable(), rewrite=wrong)
    y = [1.0, 0.5, 0.1]
    np.testing.assert_allclose(sim.rhs(0.0, y), interpreted(sim.system, y, sim.defaults()[1]), rtol=1e-13)
    assert sim.rewrite_report.rejected > 0


def test_rules_run_on_the_classical_engine_without_egglog(monkeypatch):
    monkeypatch.setattr(worker, "bindings_file", _no_egglog)
    sim = sn.build_simulator(saturable(), rewrite={"level": "kinetics", "engine": "classical"})
    y = [1.0, 0.5, 0.1]
    np.testing.assert_allclose(sim.rhs(0.0, y), interpreted(sim.system, y, sim.defaults()[1]), rtol=1e-13)
    assert sim.rewrite_report.engines == ["classical"]


def _no_egglog():
    raise MissingDependencyError("the e-graph engine needs the package egglog: pip install egglog")


def test_without_egglog_the_default_works_and_the_egraph_says_what_is_missing(monkeypatch):
    monkeypatch.setattr(worker, "bindings_file", _no_egglog)
    assert sn.build_simulator(saturable()).rewrite_report.level == "auto"
    with pytest.raises(MissingDependencyError, match="pip install"):
        sn.build_simulator(saturable(), rewrite="egraph")


def test_a_template_known_from_before_keeps_what_was_found():
    first, again = (rewrite_system(saturable().system(), rewriting_for("egraph"))[1] for _ in range(2))
    assert again.remembered == again.templates == first.templates
    assert again.remembered > first.remembered == 0
    for name in ("improved", "cost_before", "cost_after", "points", "largest_difference"):
        assert getattr(again, name) == getattr(first, name)


def test_simulators_with_rules_pickle():
    sim = sn.build_simulator(saturable(), rewrite="egraph")
    expected = sim.rhs(0.0, [1.0, 0.5, 0.1])
    copy = pickle.loads(pickle.dumps(sim))
    np.testing.assert_array_equal(copy.rhs(0.0, [1.0, 0.5, 0.1]), expected)


def test_the_same_terms_come_out_every_time():
    assert general_laws(saturable().system()) == general_laws(saturable().system())
    system, report = rewrite_system(saturable().system(), rewriting_for("egraph"))
    again, _ = rewrite_system(saturable().system(), rewriting_for("egraph"))
    assert report.improved
    assert system.rhs == again.rhs


@pytest.mark.parametrize(
    ("rewrite", "error", "words"),
    [
        ("egraf", UnknownNameError, "egraph"),
        ({"level": "egraph", "engin": "classical"}, UnknownNameError, "engine"),
        ({"level": "egraph", "engine": "magic"}, UnknownNameError, "classical"),
        ({"level": "egraph", "timeout_s": -1}, InputError, "positive"),
        ({"level": "egraph", "margin": 2}, InputError, "margin"),
        ({"level": "egraph", "cost": "gold"}, UnknownNameError, "cycles"),
        ({"level": "egraph", "extractor": "gold"}, UnknownNameError, "dag"),
        (7, InputError, "level"),
        (["classical", 7], InputError, "level"),
    ],
    ids=str,
)
def test_what_cannot_be_taken_is_refused_by_name(rewrite, error, words):
    with pytest.raises(error, match=words):
        sn.build_simulator(saturable(), rewrite=rewrite)


def test_products_with_the_jacobian_are_rewritten_or_not_as_the_model_is():
    n = 30  # every species binds every other: sums with common factors
    rates = {f"x{i}": "-" + f"x{i}*(" + " + ".join(f"k*x{j}" for j in range(n) if j != i) + ")" for i in range(n)}
    expanded = {name: str(sn.expand(sn.parse(rate))) for name, rate in rates.items()}
    model = sn.ode_system(expanded, parameters={"k": 0.5}, initial=dict.fromkeys(expanded, 1.0))
    simulators = {level: sn.build_simulator(model, rewrite=level) for level in ("none", "classical")}
    draw = np.random.default_rng(1)
    y = draw.uniform(0.1, 2.0, 2 * n)
    values, work = {}, {}
    for level, simulator in simulators.items():
        handle = simulator.kernels["jacobian_vector"]
        p = simulator.defaults()[1]
        context, out = handle.context(p), np.zeros(n)
        handle.compiled.call(0.0, y.ctypes.data, p.ctypes.data, context.address, out.ctypes.data)
        values[level], work[level] = out, handle.compiled.facts["operations"]["multiply"]
        assert np.allclose(out, simulator.jacobian(0.0, y[:n], p) @ y[n:], rtol=1e-12, atol=1e-12)
    assert work["classical"] < 0.5 * work["none"]
