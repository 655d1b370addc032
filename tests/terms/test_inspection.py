"""Numbered trees and their parts; what notebooks and tab completion ask for."""

import time

import numpy as np
import pytest

import symnum as sn
from symnum.errors import InputError, UnknownNameError

x, y = sn.symbols("x y")


def test_tree_and_parts_go_together() -> None:
    term = sn.parse("y*sin(x) + exp(x*y/3) - 2*x^2 + piecewise(x, x < y, 1)")
    shown = sn.inspect(term, lines=1000)
    lines = str(shown).splitlines()
    assert len(lines) == shown.size
    for line in lines:
        number, label = int(line.split()[0]), line.split()[-1]
        part = sn.pluck(term, number)
        assert label == (sn.operation(part) if sn.is_call(part) else str(part))
    assert sn.pluck(term, 1) == term
    assert "<pre>" in shown._repr_html_()


def test_tree_as_shown() -> None:
    assert str(sn.inspect(sn.sin(x) * y)).splitlines() == ["1 *", "2 ├─ y", "3 └─ sin", "4    └─ x"]
    assert str(sn.inspect(x)) == "1 x"
    assert str(sn.inspect(2.5)) == "1 2.5"


def test_long_trees_are_cut_and_counted() -> None:
    text = str(sn.inspect(sn.sum_of([sn.sin(x + i) for i in range(100)]), lines=10)).splitlines()
    assert len(text) == 11
    assert "389 more parts" in text[-1]


def test_shared_and_deep_terms_take_no_time() -> None:
    shared = x
    for _ in range(60):
        shared = sn.sin(shared) * (shared + 1)
    deep = x
    for _ in range(20_000):
        deep = sn.sin(deep)
    started = time.process_time()
    assert "about 10^18 more parts" in str(sn.inspect(shared, lines=5))
    assert sn.pluck(shared, sn.inspect(shared).size) is not None
    assert "19,960 parts below" in str(sn.inspect(deep))
    assert sn.pluck(deep, 20_001) == x
    assert time.process_time() - started < 2


@pytest.mark.parametrize("number", [0, -1, 5, 1.0, True])
def test_numbers_that_do_not_exist(number: object) -> None:
    if number is True:
        number = "1"
    with pytest.raises(InputError, match="numbered from 1 to 4"):
        sn.pluck(sn.sin(x) * y, number)  # type: ignore[arg-type]


def test_notebooks_and_completion() -> None:
    assert x._repr_latex_().startswith("$")
    assert "<" in (x / y)._repr_html_()
    assert "trace" in dir(sn)
    model = sn.ode_system(
        {"x": "-k*x"}, parameters={"k": 1.0}, initial={"x": 1.0}, observables={"twice": "2*x"}
    )
    assert model._ipython_key_completions_() == ["x", "k", "twice"]
    assert model["x"] == x
    assert model["k"] == sn.symbols("k")
    assert model["twice"] == 2 * x
    with pytest.raises(UnknownNameError, match='"twcie".*"twice"'):
        model["twcie"]
    with pytest.raises(TypeError):
        iter(model)
    solution = sn.build_simulator(model).solve((0.0, 1.0))
    assert solution._ipython_key_completions_() == ["x", "twice"]
    assert all(len(solution[name]) == len(solution.t) for name in solution._ipython_key_completions_())
    assert np.isfinite(solution["twice"]).all()
