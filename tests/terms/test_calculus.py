"""Derivatives, Jacobians, expansion and common subexpressions of canonical terms."""

import pickle
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symnum.errors import BudgetError, DuplicateNameError, InputError, MissingValueError
from symnum.terms import (
    Sum,
    Symbol,
    cse,
    differentiate,
    evaluate,
    expand,
    gradient,
    jacobian,
    make_product,
    make_sum,
    parse,
    sin,
    symbols,
)

x, y, z = symbols("x y z")


def test_simple_derivatives() -> None:
    assert differentiate(parse("x^3*y"), x) == 3 * x**2 * y
    assert differentiate(parse("x^y"), y) == parse("x^y*log(x)")
    assert differentiate(parse("sin(x)*y"), z) == 0
    assert differentiate(x**4, x, order=3) == 24 * x
    assert differentiate(parse("atan2(y, x)"), x) == parse("-y/(x^2 + y^2)")
    assert differentiate(5, x) == 0
    assert gradient(x * y, [x, y, x]) == [y, x, y]


def test_derivatives_are_taken_by_symbols() -> None:
    for wrong in (x + y, 2, sin(x)):
        with pytest.raises(InputError, match="taken by symbols"):
            differentiate(x, wrong)
    with pytest.raises(DuplicateNameError, match="listed twice"):
        jacobian([x], [x, y, x])


def test_jacobian_layout() -> None:
    found = jacobian([x * y, 0, 3 * z + sin(x) / y, x - x * y + x * (y - 1)], [x, y, z])
    assert found.shape == (4, 3)
    assert found.rows.tolist() == [0, 0, 2, 2, 2]  # the last row cancels exactly
    assert found.columns.tolist() == [0, 1, 0, 1, 2]
    assert found[2, 2] == 3
    assert found[-1, -1] == 0
    assert found.to_dense()[0] == [y, x, 0]
    assert found.sparsity().toarray().sum() == found.nnz
    assert repr(found).startswith("SparseJacobian of shape 4 x 3, 5 entries")
    assert pickle.loads(pickle.dumps(found)).entries == found.entries
    with pytest.raises(IndexError, match="out of range"):
        found[4, 0]


def test_jacobian_without_rows_or_columns() -> None:
    assert jacobian([], [x]).nnz == 0
    assert jacobian([x], []).shape == (1, 0)


def test_entries_that_cancel_exactly_are_left_out() -> None:
    row = x * y + x - x * (y - 1)
    assert jacobian([row], [x, y]).entries == [2]
    assert jacobian([0.1 * x * y - 0.1 * x * y], [x, y]).entries == [0.0 * y, 0.0 * x]


def test_expand_respects_its_limit() -> None:
    many = symbols("a0:30")
    with pytest.raises(BudgetError, match="more than 1000 terms"):
        expand(sum(many, 0) ** 5, maximum_terms=1000)


def test_expand_merges_fractional_powers() -> None:
    assert expand(parse("(sqrt(x) + 1)^2")) == parse("x + 2*sqrt(x) + 1")
    assert expand(parse("(x + 1/x)^3")) == parse("x^3 + 3*x + 3/x + x^(-3)")
    assert expand(parse("(x + y)*2.0*x")) == 2.0 * x**2 + 2.0 * x * y
    assert expand(parse("sin((x + 1)*x)")) == parse("sin(x^2 + x)")
    assert expand(parse("(x + sqrt(2))^2")) == parse("x^2 + 2*sqrt(2)*x + 2")


def test_names_of_common_parts_never_collide() -> None:
    """A temporary x0 must not capture an argument called x0."""
    a, b, c = symbols("x0 x1 x3")
    shared = sin(a + b)
    definitions, reduced = cse([shared * c + 1, shared**2], avoid=["x4"])
    assert [s.name for s, _ in definitions] == ["x2"]
    values: dict[Any, Any] = {"x0": 0.3, "x1": 0.5, "x3": 2.0}
    expected = [np.sin(0.8) * 2 + 1, np.sin(0.8) ** 2]
    for symbol, definition in definitions:
        values[symbol.name] = evaluate(definition, values)
    assert evaluate(reduced, values) == pytest.approx(expected)
    assert [s.name for s, _ in cse([shared, sin(c), shared * sin(c)], avoid=["x2"])[0]] == ["x4", "x5"]


def test_shared_coefficients_and_whole_roots() -> None:
    definitions, reduced = cse([2 * x * y, 3 * x * y, x + y, x + y])
    assert [d for _, d in definitions] == [x * y, x + y]
    assert reduced[2] == reduced[3] == definitions[1][0]


def test_values_must_be_given() -> None:
    with pytest.raises(MissingValueError, match='"y" has no value'):
        evaluate(x + y, {x: 1.0})
    with pytest.raises(InputError):
        evaluate(x, {x: "three"})


def test_evaluation_is_real_unless_complex_is_given() -> None:
    assert np.isnan(evaluate(parse("x^(1/3)"), {x: -8.0}))
    assert evaluate(parse("x^(1/3)"), {x: -8.0 + 0j}) == pytest.approx(1 + 3**0.5 * 1j)
    assert evaluate(parse("x^3"), {x: -2.0}) == -8.0
    assert evaluate(parse("log(x)"), {x: 0.0}) == -np.inf
    grid = evaluate(x * y, {x: np.arange(3.0), y: np.arange(2.0)[:, None]})
    assert grid.shape == (2, 3)


def _bcr_rows(path: Path) -> tuple[list[Symbol], list[Any]]:
    """Assemble the mass-action equations of a .net file whose rates are ``name`` or ``number*name``."""
    species = 0
    section = ""
    rows: dict[int, dict[Any, Any]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        fields = line.split("#")[0].split()
        if not fields:
            continue
        if fields[0] in ("begin", "end"):
            section = fields[1] if fields[0] == "begin" else ""
        elif section == "species":
            species += 1
        elif section == "reactions":
            factor, _, rate = fields[3].rpartition("*")
            before, after = (Counter(int(i) for i in f.split(",") if i != "0") for f in fields[1:3])
            flux = make_product({Symbol(rate): 1, **{Symbol(f"y{i}"): n for i, n in before.items()}})
            for i in before.keys() | after.keys():
                change = (after[i] - before[i]) * (int(factor) if factor.isdigit() else float(factor or 1))
                if change:
                    row = rows.setdefault(i, {})
                    row[flux] = row.get(flux, 0) + change
    states = [Symbol(f"y{i}") for i in range(1, species + 1)]
    return states, [make_sum(rows.get(i, {})) for i in range(1, species + 1)]


def test_jacobian_of_the_bcr_network(data_dir: Path, rng: np.random.Generator) -> None:
    states, rows = _bcr_rows(data_dir / "networks" / "bcr.net")
    assert len(states) == 1122
    assert all(isinstance(r, Sum) for r in rows)
    found = jacobian(rows, states)
    assert found.nnz == 31_369
    chosen = rng.integers(0, found.nnz, 50)
    for k in chosen:
        i, j = int(found.rows[k]), int(found.columns[k])
        assert found.entries[k] == differentiate(rows[i], states[j])
