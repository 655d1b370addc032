"""What functions of NumPy are given beside arrays is heeded or refused, never passed over."""

import numpy as np
import pytest
import scipy.ndimage
import scipy.sparse

import symnum as sn
from symnum.errors import InputError, TracingError, UnknownNameError
from symnum.systems.stencils.evaluate import evaluate_rhs

N = 6
RNG = np.random.default_rng(4)
MASK = RNG.random((N, N)) < 0.5
MATRIX = RNG.uniform(-1, 1, (N, N))
BANDS = {name: getattr(scipy.sparse, name)(MATRIX) for name in ("csr_array", "coo_matrix", "coo_array", "lil_matrix")}
X = np.sort(RNG.uniform(0, 1, N))
PLACES = np.array([0, 3, 3, 1, -1, 3])


def out_of(function):
    """Return a program that has a result written into an array of zeros."""

    def program(t, u):
        w = np.zeros_like(u)
        function(u, w)
        return w

    return program


def added(t, u):
    w = u * 1.0
    np.add.at(w, PLACES, 2 * u)
    np.subtract.at(w, [0, 0], 0.5)
    return w


def masked(t, u):
    inside = np.zeros_like(u, dtype=bool)
    inside[1:-1, 2:] = True
    w = 2 * u
    w[inside] = 0.0
    return w


PROGRAMS = {
    "variance": lambda t, u: np.var(u, axis=1, keepdims=True) * u + np.std(u, axis=0, keepdims=True),
    "degrees of freedom": lambda t, u: u * np.std(u, axis=0, ddof=1),
    "average": lambda t, u: u - np.average(u, axis=1, weights=X, keepdims=True),
    "sum where": lambda t, u: u * np.sum(u, axis=0, where=u > 0.4),
    "mean where": lambda t, u: u * np.mean(u, axis=1, where=MASK | (X > 0.5), keepdims=True),
    "maximum where": lambda t, u: u * np.max(u, axis=1, where=MASK, initial=0.1, keepdims=True),
    "any": lambda t, u: u * np.any(u > 0.9, axis=1, keepdims=True) + np.all(u > 0.1, axis=0),
    "count": lambda t, u: u * np.count_nonzero(u > 0.5, axis=0) + np.trace(u),
    "span": lambda t, u: u * np.ptp(u, axis=0),
    "norms": lambda t, u: u * np.linalg.norm(u, np.inf, axis=0) + np.linalg.norm(u, 1, axis=1, keepdims=True),
    "inner": lambda t, u: np.inner(u, MATRIX) + np.inner(MATRIX, u),
    "matvec": lambda t, u: np.matvec(MATRIX, u),
    "sparse matrices": lambda t, u: sum((m @ u.T).T + m.dot(u) for m in BANDS.values()),
    "ellipsis": lambda t, u: np.einsum("...i,ji->...j", u, MATRIX) + np.einsum("...,...", u, u),
    "dot out": out_of(lambda u, w: np.dot(MATRIX, u, out=w)),
    "einsum out": out_of(lambda u, w: np.einsum("ij,jk->ik", MATRIX, u, out=w)),
    "cumsum out": out_of(lambda u, w: np.cumsum(u, axis=0, out=w)),
    "mean out": out_of(lambda u, w: np.mean(u, axis=0, out=w[2])),
    "take out": out_of(lambda u, w: np.take(u, [0, 0, 1, 1, 2, 2], axis=0, out=w)),
    "whole numbers": lambda t, u: (u > 0.5).astype(int) * u - (u > 0.2).astype(bool) * 1.0 + u.astype(bool),
    "dimensions": lambda t, u: u + np.array(u[0], ndmin=2) + np.full(u.shape, t) + np.full_like(u, u[0, 0]),
    "lists": lambda t, u: np.sum([u, 2 * u], axis=0) + np.mean([u, u.T], axis=0),
    "table": lambda t, u: np.interp(u, [0.1, 0.4, 0.7], [1.0, 3.0, 0.5]) + np.interp(u, [0.2, 0.3], [0, 1], left=5.0),
    "polynomial": lambda t, u: np.polyval([0.5, -1.0, t], u),
    "windows": lambda t, u: np.lib.stride_tricks.sliding_window_view(np.pad(u, 1), (3, 3)).sum(axis=(-1, -2)),
    "insert": lambda t, u: np.insert(u, 2, t, axis=1)[:, :-1],
    "smoothed": lambda t, u: scipy.ndimage.gaussian_filter(u, (0.7, 0.4), mode="wrap"),
    "added at places": added,
    "in bins": lambda t, u: u + np.bincount(np.arange(N) // 2, weights=u[0], minlength=N),
    "mask of zeros": masked,
    "triangles": lambda t, u: np.triu(u) - 2 * np.tril(u, -1) + np.tri(N) * np.amax(u, axis=0),
    "depths": lambda t, u: np.dstack([u, 2 * u])[..., 1] - u,
    "one place": out_of(lambda u, w: w.__setitem__(np.array([3]), u[np.array([2])])),
}  # fmt: skip


@pytest.mark.parametrize("name", PROGRAMS)
def test_values(name):
    program = PROGRAMS[name]
    system = sn.trace(program, shape=(N, N)).system()
    y = np.random.default_rng(8).uniform(0.0, 1.0, (N, N))
    found = evaluate_rhs(system, 0.3, y.ravel(), np.zeros(0)).reshape(N, N)
    assert np.allclose(found, program(0.3, y.copy()), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("program", "word"),
    [
        (lambda t, u: u * np.linalg.norm(u, 2), "ord=2"),
        (lambda t, u: u.astype(int), "np.trunc"),
        (lambda t, u: u + np.einsum("ij,kj->ki", MATRIX, u[:, :1]), "index j runs over 6"),
        (lambda t, u: np.add(u, 1, dtype=int), "floats"),
        (lambda t, u: u * np.sum(u, axis=0, dtype=int), "floats"),
        (lambda t, u: u * np.average(u, returned=True)[0], "returned"),
        (lambda t, u: np.mean(u, axis=0, out=np.random.default_rng(0).random(N)), "np.zeros_like"),
        (lambda t, u: np.max(u, axis=0, where=MASK) * u, "initial="),
        (lambda t, u: u.round(2) * 2, "round"),
        (lambda t, u: np.interp(0.5, X, u[0]) * u, "table of numbers"),
        (lambda t, u: np.bincount(u[0] > 0.5, minlength=N) * u, "weights"),
    ],
)
def test_what_is_refused(program, word):
    with pytest.raises(TracingError, match=word):
        sn.trace(program, shape=(N, N))


def test_a_sparse_matrix_dot_an_array_of_three_axes_is_no_matrix_product():
    with pytest.raises(TracingError, match="np.einsum"):
        sn.trace(lambda t, u: BANDS["coo_matrix"].dot(u), shape=(N, N, N))


def test_a_parameter_may_be_called_p_or_y():
    model = sn.trace(lambda t, u, p=0.7, q=0.1: p * u - q, shape=4)
    assert model.parameter_names == ("p", "q")
    assert np.allclose(evaluate_rhs(model.system(), 0.0, np.arange(4.0), np.array([2.0, 1.0])), 2 * np.arange(4.0) - 1)
    model = sn.trace(lambda t, u, p=0.7: p * u, shape=4)
    assert model.parameter_names == ("p",)
    model = sn.trace(lambda t, u, y, dy: y * u - dy, shape=4, parameters={"y": 3.0, "dy": 1.0})
    assert np.allclose(evaluate_rhs(model.system(), 0.0, np.ones(4), np.array([3.0, 1.0])), 2.0)
    model = sn.trace(lambda t, u, y, p=2.0: (p * y, u), shape={"u": 3, "y": 3})
    assert np.allclose(evaluate_rhs(model.system(), 0.0, np.arange(6.0), np.array([2.0])), [6, 8, 10, 0, 1, 2])


def test_all_parameters_together_are_no_number():
    with pytest.raises(TracingError, match=r'p\["D"\] or p\[0\]'):
        sn.trace(lambda t, u, p: p * u, shape=4, parameters={"D": 1.0})
    with pytest.raises(TracingError, match="all parameters together"):
        sn.trace(lambda t, u, k: u * k, shape=4, parameters={"q": 1.0})
    with pytest.raises(TracingError, match="all parameters together"):
        sn.trace(lambda t, u, p: np.sin(p) + u, shape=4, parameters={"D": 1.0})


@pytest.mark.parametrize(
    ("function", "keywords", "words"),
    [
        (3, {}, "no Python function"),
        (dict, {}, "no Python function"),
        (lambda t, u: u, {"initial": {"w": 1.0}}, '"w".*there are u'),
        (lambda t, u, k: k * u, {"parameters": {"k": "a"}}, "parameter k is 'a'"),
        (lambda t, u: u, {"coordinates": {"x": [0.0, 2.0, 1.0]}}, "x do not increase"),
    ],
)
def test_what_is_given_wrongly(function, keywords, words):
    with pytest.raises((InputError, UnknownNameError), match=words):
        sn.trace(function, shape=3, **keywords)


def test_parameters_by_a_default_mapping():
    model = sn.trace(lambda t, u, p={"D": 2.0}: p["D"] * u, shape=4)
    assert np.allclose(evaluate_rhs(model.system(), 0.0, np.ones(4), np.array([2.0])), 2.0)


def test_functions_on_arrays_as_ode_systems():
    def program(t, u, D):
        return D * np.diff(np.pad(u, 1, "wrap"), 2)

    start = np.sin(np.arange(12.0))
    model = sn.ode_system(program, shape=12, parameters={"D": 0.1}, initial=start, fields="c")
    assert repr(model) == repr(sn.trace(program, shape=12, parameters={"D": 0.1}, initial=start, fields="c"))
    assert sn.ode_system(program, shape=12, initial_values=start, name="heat").name == "heat"
    with pytest.raises(InputError, match="fields="):
        sn.ode_system(program, shape=12, states="u")
    with pytest.raises(InputError, match="mass= does not go with shape="):
        sn.ode_system(program, shape=12, mass=np.eye(12))
    with pytest.raises(InputError, match="goes with a Python function"):
        sn.ode_system({"x": "-x"}, shape=12)
    with pytest.raises(InputError, match="shape="):
        sn.ode_system(program)
