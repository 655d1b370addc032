"""The door: conventions of calls, parameters, several arrays, names of fields, initial values, what a model shows."""

from functools import partial

import numpy as np
import pytest

import symnum as sn
from symnum.errors import InputError, ShapeError, TracingError
from symnum.systems.stencils.evaluate import evaluate_initial, evaluate_rhs

N = 8
RNG = np.random.default_rng(11)


def lap(u):
    return np.roll(u, 1) + np.roll(u, -1) - 2 * u


def values(model, y, p=(), t=0.5):
    return evaluate_rhs(model.system(), t, np.concatenate([np.ravel(v) for v in np.atleast_1d(y)]), np.array(p, float))


def test_scalars_as_before():
    assert str(sn.trace(lambda t, y: t * y[0] + y[1], "t", 2)) == "t*y0 + y1"
    assert sn.trace(lambda x: x**2, "x") == sn.symbols("x") ** 2


def in_place(du, u, p, t):
    D, k = p
    du[...] = D * lap(u) - k * t * u


def by_name(t, u, p):
    return p["D"] * lap(u) - p.k * t * u


def separate(t, u, D, k=0.3):
    return D * lap(u) - k * t * u


def keyword(u, *, k, D, label="a"):
    assert label == "a"
    return D * lap(u) - k * 0.5 * u


@pytest.mark.parametrize(
    ("function", "keywords"),
    [
        (in_place, {"parameters": {"D": 2.0, "k": 0.3}}),
        (by_name, {"parameters": {"D": 2.0, "k": 0.3}}),
        (separate, {"parameters": {"D": 2.0}}),
        (separate, {"parameters": {"D": 2.0, "k": 0.3}}),
        (lambda a, b, c: c[0] * lap(b) - c[1] * a * b, {"arguments": "t y p", "parameters": {"D": 2.0, "k": 0.3}}),
        (lambda y, t: 2.0 * lap(y) - 0.3 * t * y, {}),
        (lambda a, b: 2.0 * lap(b) - 0.3 * a * b, {}),
        (keyword, {"parameters": {"k": 0.3, "D": 2.0}}),
        (partial(lambda scale, t, y: scale * lap(y) - 0.3 * t * y, 2.0), {"arguments": "t y"}),
    ],
)
def test_conventions(function, keywords):
    model = sn.trace(function, shape=N, **keywords)
    u, p = RNG.uniform(size=N), list(model.system().parameter_values)
    named = dict(zip(model.parameter_names, p, strict=True))
    assert all(named[k] == v for k, v in {"D": 2.0, "k": 0.3}.items() if k in named)
    assert np.allclose(values(model, u, p), 2 * lap(u) - 0.3 * 0.5 * u, rtol=1e-13)


def test_parameters_in_a_list_and_without_values():
    model = sn.trace(lambda t, y, p: p[0] * y - p[1], shape=N, parameters=[3.0, 1.0])
    assert model.parameter_names == ("p0", "p1")
    assert model.system().parameter_values == (3.0, 1.0)
    u = RNG.uniform(size=N)
    assert np.array_equal(values(model, u, [3, 1]), 3 * u - 1)
    free = sn.trace(lambda t, y, rate: rate * y, shape=N)
    assert free.system().parameter_values == (None,)


def test_parameter_arrays():
    rate = RNG.uniform(size=(N, 3))
    model = sn.trace(lambda t, u, rate, k: k * rate * u[::-1], shape=(N, 3), parameters={"rate": rate, "k": 2.0})
    system = model.system()
    assert system.arrays["rate"].kind == "parameter"
    assert np.array_equal(system.array_values["rate"], rate)
    u, other = RNG.uniform(size=(N, 3)), RNG.uniform(size=(N, 3))
    found = evaluate_rhs(system, 0.0, u.ravel(), np.concatenate([[2.0], other.ravel()]))
    assert np.allclose(found.reshape(N, 3), 2 * other * u[::-1], rtol=1e-14)


def test_several_arrays():
    def coupled(t, u, w):
        return {"u": lap(u) * w[0], "w": -w + u.mean()}

    model = sn.trace(coupled, shape={"u": (N,), "w": (2,)})
    u, w = RNG.uniform(size=N), RNG.uniform(size=2)
    expected = np.concatenate([lap(u) * w[0], -w + u.mean()])
    assert model.field_names == ("u", "w")
    assert np.allclose(evaluate_rhs(model.system(), 0.0, np.concatenate([u, w]), np.zeros(0)), expected, rtol=1e-13)
    together = sn.trace(lambda t, y: (lap(y[0]) * y[1][0], -y[1] + y[0].mean()), shape=[(N,), (2,)])
    found = evaluate_rhs(together.system(), 0.0, np.concatenate([u, w]), np.zeros(0))
    assert np.allclose(found, expected, rtol=1e-13)

    def filling(dy, y, t):
        (du, dw), (a, b) = dy, y
        du[:] = lap(a) * b[0]
        dw[:] = -b + np.mean(a)

    filled = sn.trace(filling, shape=[(N,), (2,)])
    assert np.allclose(values(filled, np.concatenate([u, w])), expected, rtol=1e-13)


def brusselator(t, y):
    u, v = y[..., 0], y[..., 1]
    return np.stack([1 + u**2 * v - 4 * u, 3 * u - u**2 * v], axis=-1)


def test_names_of_fields():
    assert sn.trace(brusselator, shape=(6, 6, 2)).field_names == ("y0", "y1")
    model = sn.trace(brusselator, shape=(6, 6, 2), fields="u v", initial=np.ones((6, 6, 2)))
    u = model.system().arrays["u"]
    assert (u.shape, u.offset, u.strides) == ((6, 6), 0, (12, 2))
    assert np.array_equal(evaluate_initial(model.system(), np.zeros(0)), np.ones(72))
    flat = sn.trace(lambda t, y: -y, shape=20, fields=["a", "b"])
    assert [flat.system().arrays[n].offset for n in flat.field_names] == [0, 10]
    whole = sn.trace(lambda t, y: -y, shape=(4, 5), fields="c", coordinates={"r": np.arange(4.0), "z": np.arange(5.0)})
    assert whole.field_names == ("c",)
    assert [axis.name for axis in whole.system().geometry.axes] == ["r", "z"]


def test_initial_values():
    start = RNG.uniform(size=(2, N))
    for given in (start, {"u": start[0], "v": start[1]}):
        model = sn.trace(lambda t, y: np.stack([lap(y[0]), -y[1]]), shape=(2, N), fields="u v", initial=given)
        assert np.array_equal(evaluate_initial(model.system(), np.zeros(0)), start.ravel())
    pair = sn.trace(lambda t, u, w: (-u, -w), shape={"u": N, "w": 2}, initial={"u": 1.5, "w": [1.0, 2.0]})
    assert np.array_equal(evaluate_initial(pair.system(), np.zeros(0)), [1.5] * N + [1, 2])


def test_what_a_model_shows():
    model = sn.trace(lambda t, u: lap(u) - u.sum(), shape=100, name="chain")
    assert repr(model) == "<TracedModel chain: u 100; 3 boxes of cells, 1 sums over the domain>"
    assert "1:99" in str(model)
    assert "<table>" in model._repr_html_()
    assert model.offsets == {"u": ((-1,), (0,), (1,))}
    assert model.sparsity().nnz == 300
    assert model.system().geometry.axes[0].periodic


def test_nothing_is_left_replaced():
    before = np.zeros, np.array
    with pytest.raises(TracingError):
        sn.trace(lambda t, u: np.zeros(3) + np.sort(u), shape=3)
    assert (np.zeros, np.array) == before
    assert globals()["np"] is np
    assert type(np.zeros(3)) is np.ndarray


def raised(function, shape=(6, 6), **keywords):
    with pytest.raises((TracingError, InputError)) as caught:
        sn.trace(function, shape=shape, **keywords)
    return str(caught.value)


def decides(t, u):
    if u[0, 0] > 1:
        return u
    return -u


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (decides, ["if u[0, 0] > 1:", "np.where(condition, a, b)"]),
        (lambda t, u: u * u[u > 0][0], ["picks elements by values", "np.where"]),
        (lambda t, u: u[1:], ["(5, 6)", "(6, 6)"]),
        (lambda t, u: np.eye(6).dot(u), ["M @ u"]),
        (lambda t, u: np.fft.fft2(u).real, ["numpy.fft.fft2", "no form for symbolic arrays"]),
        (lambda t, u: None, ["returns nothing"]),
        (lambda t, u: np.eye(5) @ u, ["(5, 5)", "(6, 6)"]),
        (lambda t, u: u + np.ones(5), ["(5,)"]),
        (lambda t, u: 1j * u, ["complex"]),
        (lambda t, u: u.sorted(), ["sorted"]),
        (lambda t, u: u[7], ["index 7 is out of bounds"]),
        (lambda t, u: np.frexp(u)[0], ["frexp"]),
        (lambda t, u: np.linalg.solve(u, u), ["depends on the state"]),
        (lambda t, u: np.pad(u, 1, "linear_ramp"), ["linear_ramp", "symmetric"]),
    ],
)
def test_what_cannot_be_traced(function, words):
    message = raised(function)
    assert "test_door.py" in message or "returned" in message or "returns" in message
    assert all(word in message for word in words)


def test_wrong_shapes_and_arguments():
    with pytest.raises(ShapeError, match="is no shape"):
        sn.trace(lambda t, u: u, shape=(0, 3))
    with pytest.raises(ShapeError, match="initial has shapes"):
        sn.trace(lambda t, u: u, shape=3, initial=np.zeros(4))
    with pytest.raises(ShapeError, match="coordinates"):
        sn.trace(lambda t, u: u, shape=3, coordinates={"x": np.zeros(4)})
    with pytest.raises(InputError, match="no argument for the state"):
        sn.trace(lambda: 0, shape=3)
    with pytest.raises(InputError, match="2 fields"):
        sn.trace(lambda t, u: u, shape=3, fields="a b")
    with pytest.raises(InputError, match="4 arguments"):
        sn.trace(lambda t, u: u, shape=3, arguments="t y p q")
    assert "there is no parameter" in raised(lambda t, u, p: p["E"] * u, parameters={"D": 1.0})
    assert "1,000 results" in raised(lambda t, u: u.sum(axis=0) * u, shape=(1000, 1000))
