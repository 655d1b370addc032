"""Habits of people who write programs on arrays: work arrays made beforehand, masks by value, checks of types."""

from contextlib import suppress
from functools import partial

import numpy as np
import pytest

import symnum as sn
from symnum.errors import TracingError
from symnum.systems.stencils.evaluate import evaluate_rhs

N, M = 6, 7
TABLE = np.random.default_rng(2).uniform(0.5, 1.5, (N, M))
WORK = np.zeros((N + 2, M))
INSIDE = WORK[1:-1]


def ghost_cells_made_beforehand(t, u):
    INSIDE[...] = u
    WORK[0], WORK[-1] = WORK[1], 0.5
    return WORK[2:] - 2 * INSIDE + WORK[:-2]


def closure():
    work, scale = np.empty((N, M)), 0.3

    def program(t, u):
        np.multiply(u, scale, out=work)
        work[0] = t
        return work + TABLE

    return program


class Program:
    def __init__(self):
        self.work = np.ones((N, M))
        self.scale = 0.3

    def __call__(self, t, u):
        self.work[1:-1] = self.scale * u[2:] - u[:-2]
        return self.work

    def other(self, t, u):
        return 2 * self(t, u)


def cut_off(t, u):
    w = u - 0.5
    w[w > 0.3] = 0.3
    w[w < -0.2] += 0.1
    w[u > 0.5] = np.sin(u[u > 0.5]) - w[u > 0.5] ** 2
    return w + u[u > 0.4].sum() + np.mean(u[u > 0.4])


def kept_for_later(t, u):
    w, mask = u * 1.0, TABLE > 1
    chosen, by_value = w[mask], w[w > 0.5]
    high = w > 0.5
    w[...] = 0.0
    w[mask] = chosen * 2
    v = np.zeros_like(u)
    v[high] = by_value
    return w + v


def checks(t, u):
    if not isinstance(u, np.ndarray) or not np.isscalar(t):
        return u
    return -t * u


def written_twice(t, u):
    w = u.copy()
    w[[0, 0, 1]] += 1.0
    w[[2, 3, 2]] = u[[3, 4, 5]]
    w[[1, 1], [2, 2]] = 7.0
    return w


def through_flat(t, u):
    w = np.zeros((N, M))
    w.flat[1:] = u.ravel()[:-1]
    np.fill_diagonal(w, t)
    np.putmask(w, TABLE > 1.2, 0.1)
    first, second = np.vsplit(w, 2)
    return np.vstack([second * u.flat[3], first])


PROGRAMS = [ghost_cells_made_beforehand, closure(), Program(), Program().other, partial(Program().other), cut_off]
PROGRAMS += [kept_for_later, checks, written_twice, through_flat]


@pytest.mark.parametrize("program", PROGRAMS, ids=range(len(PROGRAMS)))
def test_values(program):
    before = WORK.copy()
    system = sn.trace(program, shape=(N, M), arguments="t y").system()
    assert type(WORK) is type(before)
    y = np.random.default_rng(8).uniform(0.0, 1.0, (N, M))
    found = evaluate_rhs(system, 0.3, y.ravel(), np.zeros(0)).reshape(N, M)
    assert np.allclose(found, program(0.3, y.copy()), rtol=1e-12, atol=1e-12)


def whole_numbers(t, u):
    counts = np.zeros(N, dtype=int)
    counts[:] = u[:, 0]
    return u * counts[:, None]


def another_way_out(t, u):
    with suppress(Exception):
        u = np.fft.fft(u).real
    return u


@pytest.mark.parametrize(
    ("program", "line", "fix"),
    [
        (lambda t, u: u * range(3)[t], "range", "needed where there is a term"),
        (lambda t, u: np.zeros_like(u) + len(u[u > 0.5]), "len", "np.where"),
        (lambda t, u: u * u[u > 0.5][0], "0.5", "np.where"),
        (lambda t, u: np.where(u[u > 0.5] > u[u > 0.6], 1, 0), "0.6", "np.where"),
        (lambda t, u: u / (u - u), "u - u", "denominator"),
        (whole_numbers, "counts", "np.zeros_like"),
        (another_way_out, "np.fft", "slices"),
    ],
)
def test_what_is_refused_says_where_and_what_to_write(program, line, fix):
    with pytest.raises(TracingError) as told:
        sn.trace(program, shape=(N, M))
    assert line in str(told.value)
    assert fix in str(told.value)
    assert not str(told.value).endswith("..")
