"""Events in symbols: what `sn.event` takes, what conditions are made of, and what is refused."""

import pickle

import pytest

import symnum as sn
from symnum.errors import DuplicateNameError, InputError, UnknownNameError
from symnum.systems.event_conditions import AND, NOT, OR, polynomial_degree, take_apart, time_line
from symnum.systems.time_discontinuities import time_discontinuities

x, y, t, a, k = sn.symbols("x y t a k")


def signs(condition):
    taken = take_apart(sn.event(condition).condition)
    return [(str(s.function), s.zero_counts) for s in taken.signs], taken.program


@pytest.mark.parametrize(
    ("condition", "functions", "program"),
    [
        (x > 1, [("x - 1", False)], (0,)),
        ("x <= y", [("-x + y", True)], (0,)),
        ((x > 1) & (y < 2), [("x - 1", False), ("-y + 2", False)], (0, 1, AND)),
        ("x > 1 or not y > 2", [("x - 1", False), ("-y + 2", True)], (0, 1, OR)),
        ("not (x > 1 and y > 2)", [("x - 1", False), ("y - 2", False)], (0, 1, AND, NOT)),
        ("abs(x) < 3", [("-x + 3", False), ("x + 3", False)], (0, 1, AND)),
        ("abs(x) > 3", [("x - 3", False), ("-x - 3", False)], (0, 1, OR)),
        ("max(x, y) <= 1", [("-x + 1", True), ("-y + 1", True)], (0, 1, AND)),
        ("min(x, y) < 1", [("-x + 1", False), ("-y + 1", False)], (0, 1, OR)),
        ("x > 1 or x > 1", [("x - 1", False)], None),
    ],
)
def test_conditions_are_taken_apart(condition, functions, program):
    found, code = signs(condition)
    assert found == functions
    assert program is None or code == program


@pytest.mark.parametrize("expression", ["x - 1", sn.Eq(x, 1), sn.equal(x, 1)])
def test_the_zero_of_an_expression(expression):
    taken = take_apart(sn.event(expression).condition)
    assert taken.is_expression
    assert str(taken.signs[0].function) == "x - 1"


def test_lines_in_time():
    assert time_line(2 * a * (t - 3), t, [a]) == (2 * a, -6 * a)
    assert time_line(t**2 - 1, t, [a]) is None
    assert time_line(t - x, t, [a]) is None
    assert time_line(a - 1, t, [a]) is None


@pytest.mark.parametrize(
    ("term", "degree"),
    [
        (x, 1), (a * x**2 * y - 1, 3), (x * (y + 1) ** 2, 3), (sn.exp(a) * x, 1),
        (sn.sqrt(x), -1), (x / y, -1), (a**x, -1),
    ],
)
def test_degrees(term, degree):
    assert polynomial_degree(term, [x, y]) == degree


def test_discontinuities_in_time_are_read_off():
    terms = [sn.piecewise(1, t < k, 0) * x, sn.heaviside(2 * t - 10) + sn.floor(t / 3), sn.sign(x), sn.mod(t, a)]
    terms += [abs(t**2 - a), abs(t**2 - x)]
    found = time_discontinuities(terms, t, [k, a])
    assert set(map(str, found.functions)) == {"-k + t", "2*t - 10"}
    assert set(found.steps) == {t / 3, t / a}
    assert found.others == (t**2 - a,)


def test_forms_of_affects():
    expected = sn.event("x > 1", {"x": "2*x", "y": 0}).affect
    assert sn.event("x > 1", {x: 2 * x, y: 0}).affect == expected
    assert sn.event("x > 1", "x = 2*x; y = 0").affect == expected
    assert sn.event("x > 1", [sn.Eq(x, 2 * x), sn.Eq(y, 0)]).affect == expected
    assert sn.event("x > 1", [("x", "2*x"), "y = 0"]).affect == expected


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: sn.event(), InputError, "needs one of a condition, times or a period"),
        (lambda: sn.event("x > 1", at=3), InputError, "needs one of"),
        (lambda: sn.event("2 > 1"), InputError, "always the same"),
        (lambda: sn.event(True), InputError, "write a condition in symbols"),
        (lambda: sn.event("x > 1", delay=-1), InputError, "cannot happen before its condition"),
        (lambda: sn.event("x > 1", {"x": "y > 2"}), InputError, "piecewise"),
        (lambda: sn.event("x > 1", {"x": 1, x: 2}), DuplicateNameError, "assigned twice"),
        (lambda: sn.event("x > 1", {2 * x: 1}), InputError, "name a state or a parameter"),
        (lambda: sn.event("x > 1", "x"), InputError, "assigns nothing"),
        (lambda: sn.event("x > 1", direction="left"), InputError, "up"),
        (lambda: sn.event("x > 1", values="later"), InputError, "trigger"),
        (lambda: sn.event("x > 1", terminal="yes"), InputError, "neither True nor False"),
        (lambda: sn.event(every=0), InputError, "must be positive"),
        (lambda: sn.event(at=[]), InputError, "empty"),
        (lambda: sn.event("x > 1", start=3), InputError, "every="),
    ],
)
def test_what_an_event_cannot_be(make, error, says):
    with pytest.raises(error, match=says):
        make()


def decay(events, **more):
    return sn.ode_system({"x": "-k*x"}, parameters={"k": 1.0}, initial={"x": 1.0}, events=events, **more)


@pytest.mark.parametrize(
    ("events", "error", "says"),
    [
        ([sn.event("x > 1", {"z": 1})], UnknownNameError, 'assigns to "z", which is neither a state nor a parameter'),
        ([sn.event("x > 1", {"t": 1})], InputError, "time cannot be set"),
        ([sn.event("q > 1")], UnknownNameError, 'uses "q"'),
        ([sn.event("x > 1", {"r": 1})], InputError, "is an observable"),
        ([sn.event("x > 1 and k")], InputError, "is no condition; compare it"),
        ([sn.event("x > 1 and x == 2")], InputError, "hardly ever equals"),
        ([sn.event(at="2*x")], InputError, "no parameter: a time is known beforehand"),
        ([sn.event("x > 1", name="a"), sn.event("x > 2", name="a")], DuplicateNameError, 'called "a"'),
        (["x > 1"], InputError, "is no event. Write sn.event"),
        ("x > 1", InputError, "takes a list of events"),
    ],
)
def test_what_a_model_does_not_take(events, error, says):
    with pytest.raises(error, match=says):
        decay(events, observables={"r": "2*x"})


def test_observables_are_replaced():
    model = decay([sn.event("r < 1", {"x": "r + k"})], observables={"r": "2*x"})
    assert model.events[0].condition == (2 * x < 1)
    assert model.events[0].affect[0][1] == 2 * x + k


def test_names_in_events_are_parameters_where_the_model_is_open():
    assert sn.ode_system({"x": "-x"}, events=[sn.event("x < low", {"x": "high"})]).parameter_names == ("high", "low")
    network = sn.reaction_network("k, A --> B", events=[sn.event("A < low", {"A": "A + dose"})])
    assert network.parameter_names == ("k", "dose", "low")
    assert network.system().events == network.events


def test_models_with_events_compare_and_pickle():
    model = decay([sn.event("x < 0.5", {"x": 1})])
    assert model != decay([])
    assert pickle.loads(pickle.dumps(model)) == model
    assert decay([]).with_events([sn.event("x < 0.5", {"x": 1})]) == model
    assert model.system().with_rhs(model.system().rhs).events == model.events


def test_functions_in_the_form_of_scipy():
    def hit(time, state):
        return state[0] - 0.5

    hit.terminal = True
    hit.direction = -1
    bound = decay([hit]).events[0]
    assert (bound.name, bound.terminal, bound.direction) == ("hit", True, "down")
    assert str(bound.condition) == "x - 0.5"


def test_events_show_themselves():
    bounce = sn.event("h <= 0", {"v": "-e*v"}, name="bounce")
    assert repr(bounce) == "Event(h <= 0 => v = -e*v)"
    assert repr(sn.event(at=[1, "T"], terminal=True)) == "Event(at 1, T => stop)"
    assert str(sn.discontinuity(every=24)) == "every 24"


def test_what_does_not_carry_events_says_so(tmp_path):
    model = decay([sn.event("x < 0.5", {"x": 1})])
    assert "# event, not read back: x < 0.5 => x = 1" in model.to_text()
    assert sn.ode_system(model.to_text()).events == ()
    with pytest.raises(sn.errors.UnsupportedError, match=r"replace_events\(\(\)\)"):
        sn.generate(model, "python", tmp_path)
    assert sn.generate(model.system().replace_events(()), "python", tmp_path)
