"""Terms in arrays: exact whatever the size of the numbers, equal to the canonical ones, growing, deterministic."""

import itertools
import pickle
import subprocess
import sys
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import symnum as sn
from symnum.errors import BudgetError, DivisionByZeroError, InputError
from symnum.terms import (
    atan2,
    bulk,
    convert,
    cos,
    differentiate,
    evaluate,
    evaluate_exact,
    expand,
    jacobian,
    parse,
    sin,
    substitute,
    symbols,
)
from symnum.terms.arena import Arena, arena_jacobian, arena_jacobian_of_fluxes, equations_of_fluxes
from symnum.terms.arena.term import build, enter
from symnum.terms.canonical import build as build_canonical

NUMBERS = [
    0, 1, -1, 2, -3, Fraction(1, 2), Fraction(-7, 3), 2**62 - 1, 2**62, -(2**62), 2**63 - 1, 2**63, -(2**63) - 1,
    2**80, Fraction(2**70, 3), 3_037_000_500, -4_294_967_296, 0.5, -0.0, 1.0, 1e300,
]  # fmt: skip


def test_a_jacobian_lives_in_the_arena_of_its_terms() -> None:
    arena = Arena()
    x, y = arena.symbol("x"), arena.symbol("y")
    assert all(entry.arena is arena for entry in arena_jacobian([x * y, y * y], [x, y]).entries)
    u, v = symbols("u v")
    assert [str(entry) for entry in arena_jacobian([u * v], [u, v]).entries] == ["v", "u"]


def test_depth_is_the_longest_chain() -> None:
    arena = Arena()
    x = arena.symbol("x")
    for depth, term in enumerate((x, sin(x), sin(x) * sin(sin(x)) ** 2)):
        assert arena.depth(term.node) == (depth if depth < 2 else 3)


def test_large_numbers_after_one_that_does_not_exist() -> None:
    arena = Arena()
    x, y = arena.symbol("x"), arena.symbol("y")
    with pytest.raises(DivisionByZeroError):
        substitute(y / x, {x: 0})
    with pytest.raises(BudgetError):
        substitute(x ** (10**9) * y, {x: 2})
    grown = substitute(x**2 * y + x, {x: 2**62})
    assert convert(grown, "canonical") == 2**124 * symbols("y") + 2**62


def random_pair(rng: np.random.Generator, arena: Arena, steps: int) -> list[tuple[Any, Any]]:
    """Build the same terms in an arena and in the canonical structure, step by step."""
    names = ["x", "y", "z"]
    pool: list[tuple[Any, Any]] = [(arena.symbol(n), symbols(n)) for n in names]
    for _ in range(steps):
        operation = rng.choice(["+", "+", "*", "*", "^", "sin", "exp", "<", "max", "root"])
        count = int(rng.integers(2, 5)) if operation in "+*" else 2 if operation in ("<", "max") else 1
        chosen = [pool[i] for i in rng.integers(max(0, len(pool) - 8), len(pool), count)]
        if operation in ("+", "*") and rng.random() < 0.6:
            number = NUMBERS[int(rng.integers(len(NUMBERS)))]
            chosen.append((number, number))
        if operation in ("^", "root"):
            exponent = int(rng.integers(-2, 4)) if operation == "^" else Fraction(int(rng.integers(1, 4)), 2)
            chosen.append((exponent, exponent))
            operation = "^"
        try:
            expected = build_canonical(operation, *[c for _, c in chosen])
        except (BudgetError, DivisionByZeroError) as error:
            with pytest.raises(type(error)):
                build(operation, *[a for a, _ in chosen])
            continue
        found = build(operation, *[a for a, _ in chosen])
        if len(str(expected)) < 2_000:
            pool.append((found, expected))
    return pool


def canonical(term: Any) -> Any:
    return convert(term, "canonical")


def same(found: Any, expected: Any) -> bool:
    return type(canonical(found)) is type(expected) and bool(canonical(found) == expected)


@pytest.mark.parametrize("seed", range(12))
def test_random_terms_equal_the_canonical_ones(seed: int) -> None:
    arena = Arena()
    for found, expected in random_pair(np.random.default_rng(seed), arena, 60):
        assert same(found, expected), expected
        assert enter(arena, expected) == found


@pytest.mark.parametrize("seed", range(12))
def test_random_substitutions_and_expansions_equal_the_canonical_ones(seed: int) -> None:
    arena = Arena()
    pairs = random_pair(np.random.default_rng(100 + seed), arena, 40)
    x, y = arena.symbol("x"), arena.symbol("y")
    values = [y + 1, x * y / 3, Fraction(5, 3), 2**62, x**2, 0]
    for i, (term, expected) in enumerate(pairs):
        value = values[i % len(values)]
        for replacement in ({x: value, y: x}, {"x": value}):
            given = {
                canonical(k) if not isinstance(k, str) else k: canonical(v) for k, v in replacement.items()
            }
            try:
                wanted = substitute(expected, given)
            except (BudgetError, DivisionByZeroError) as error:
                with pytest.raises(type(error)):
                    substitute(term, replacement)
                continue
            assert same(substitute(term, replacement), wanted)
        if len(str(expected)) < 200:
            assert same(expand(term), expand(expected))


@pytest.mark.parametrize("seed", range(8))
def test_random_derivatives_have_the_value_of_the_canonical_ones(seed: int) -> None:
    arena = Arena()
    points = {n: np.random.default_rng(seed).uniform(0.3, 1.7, 5) for n in "xyz"}
    for term, expected in random_pair(np.random.default_rng(200 + seed), arena, 25):
        found = evaluate(differentiate(term, arena.symbol("x")), points)
        wanted = evaluate(differentiate(expected, symbols("x")), points)
        np.testing.assert_allclose(found, wanted, rtol=1e-9)


def test_coefficients_are_exact_at_the_limit_of_machine_integers() -> None:
    x, y = symbols("x y", terms="arena")
    for a in (2**61, 2**62 - 1, 2**62, 2**63 - 1, 2**63, 2**64 + 1, -(2**62), -(2**63)):
        for b in (a, -a, a - 1, 3, Fraction(1, 3), -a // 2):
            assert canonical(a * x + b * x) == (a + b) * symbols("x")
            assert canonical(b * (a * x + y)) == b * (a * symbols("x") + symbols("y"))
            assert evaluate_exact(canonical(expand((a * x + b) ** 3)), {symbols("x"): 1}) == (a + b) ** 3
    assert expand((2**40 * x + 1) ** 2) - 2**80 * x**2 == 2**41 * x + 1


def test_exponents_are_exact_at_the_limit_of_machine_integers() -> None:
    x = symbols("x", terms="arena")
    a = 2**62 - 1
    for b in (1, 2, -1, a, 2**63, -a):
        assert canonical(x**a * x**b) == symbols("x") ** (a + b)
    assert canonical((x**a) ** 4) == symbols("x") ** (4 * a)
    assert canonical(differentiate(x ** (2**63), x)) == 2**63 * symbols("x") ** (2**63 - 1)


def test_sums_of_many_fractions_are_exact() -> None:
    x = symbols("x", terms="arena")
    total = build("+", *[x * Fraction(1, k) for k in range(1, 60)])
    assert canonical(total) == sum(Fraction(1, k) for k in range(1, 60)) * symbols("x")


def test_an_arena_grows_and_keeps_what_it_has() -> None:
    arena = Arena()
    many = [arena.symbol(f"s{i}") for i in range(5_000)]
    products = [a * b for a, b in itertools.pairwise(many)]
    total = build("+", *products)
    assert len(arena) > 10_000
    assert products[0] == many[0] * many[1]
    assert len(arena_jacobian([total], many).entries) == 5_000
    assert differentiate(total, many[7]) == many[6] + many[8]


def test_terms_of_two_arenas_compare_and_mix() -> None:
    first, second = Arena(), Arena()
    second.symbol("pad")
    a, b = first.symbol("x") * 2 + 1, second.symbol("x") * 2 + 1
    assert a == b
    assert hash(a) == hash(b)
    assert a + b == first.symbol("x") * 4 + 2
    assert first.symbol("x") != second.symbol("y")


def test_equality_and_hash_do_not_depend_on_what_came_first() -> None:
    def made(functions: list[str], names: str = "") -> Any:
        arena = Arena()
        for name in functions:
            arena.function(name)
        for name in names:
            arena.symbol(name)
        x, y = arena.symbol("x"), arena.symbol("y")
        return sin(x * cos(y)) ** y + atan2(x, y) * 3

    several = [made([]), made(["cos", "atan2"]), made([f"f{i}" for i in range(100)]), made([], "yx")]
    assert len({hash(e) for e in several}) == 1
    assert len(set(several)) == 1
    assert several[0] == several[1] == several[2]
    assert hash(sin(several[0])) != hash(cos(several[0]))
    x, y = symbols("x y", terms="arena")
    assert hash(atan2(x, y)) != hash(atan2(y, x))


def test_derivatives_of_plain_functions_are_written_for_all_calls_at_once(monkeypatch: Any) -> None:
    monkeypatch.setattr("symnum.terms.arena.partials._one_by_one", None)
    x, y = symbols("x y", terms="arena")
    term = sin(x * y) * cos(x) + sn.log(x + y) + sn.exp(sn.tanh(y * x))
    assert convert(differentiate(term, x), "canonical") == differentiate(convert(term, "canonical"), "x")


def test_pickled_terms_are_equal() -> None:
    x, y = symbols("x y", terms="arena")
    term = sin(x * 2**70) / 3 + y ** Fraction(1, 2) - 0.25
    assert pickle.loads(pickle.dumps(term)) == term


def test_what_cannot_be_a_term_is_refused() -> None:
    x = symbols("x", terms="arena")
    with pytest.raises(InputError, match="cannot be part of"):
        build("+", x, "y")
    with pytest.raises(DivisionByZeroError):
        build("^", x - x, -1)
    with pytest.raises(BudgetError):
        expand((x + symbols("y", terms="arena") + 1) ** 60, maximum_terms=100)


@pytest.mark.parametrize(
    "text", ["piecewise(x^2, x < y, x*y)", "x^y", "max(x, y)^2", "abs(x)*y", "2^x", "x^2.5*y"]
)
def test_derivatives_that_arrays_do_not_know(text: str) -> None:
    x = symbols("x", terms="arena")
    assert same(differentiate(parse(text, terms="arena"), x), differentiate(parse(text), symbols("x")))


def test_great_depth() -> None:
    x, y = symbols("x y", terms="arena")
    plain = symbols("x")
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(400)
    try:
        with bulk():
            for _ in range(50_000):
                plain = (plain + 1) ** 2
            deep = enter(x.arena, plain)
            moved = substitute(deep, {x: y})
            assert substitute(moved, {y: x}) == deep
            assert pickle.loads(pickle.dumps(deep)) == deep
            assert "…" in str(deep)
            plain = symbols("x")
            for _ in range(5_000):
                plain = (plain + 1) ** 2
            deep = enter(x.arena, plain)
            assert evaluate(deep, {"x": -1.0}) >= 0
            assert len(canonical(differentiate(deep, x)).factors) == 5_000
    finally:
        sys.setrecursionlimit(limit)


def test_shared_parts_are_visited_once() -> None:
    x, y = symbols("x y", terms="arena")
    shared = x
    for _ in range(70):
        shared = sin(shared) * shared + y
    step = 1e-30
    slope = evaluate(shared, {"x": 0.3 + 1j * step, "y": 0.1}).imag / step
    assert evaluate(differentiate(shared, x), {"x": 0.3, "y": 0.1}) == pytest.approx(float(slope), rel=1e-10)


def test_lazy_jacobian_equals_the_canonical_one() -> None:
    x, y, z = symbols("x y z", terms="arena")
    rows = [x * y**2 + 3, sin(x * z), z - z, x / y]
    found = arena_jacobian(rows, [x, y, z])
    wanted = jacobian([canonical(r) for r in rows], symbols("x y z"))
    assert found.rows.tolist() == wanted.rows.tolist()
    assert found.columns.tolist() == wanted.columns.tolist()
    assert [canonical(e) for e in found.entries] == wanted.entries
    assert found.nnz == wanted.nnz
    assert found[0, 1] == 2 * x * y
    assert found[2, 2] == 0
    assert found.sparsity().shape == (4, 3)


def test_network_from_arrays_equals_its_terms() -> None:
    from symnum import reaction_network

    network = reaction_network(
        "k1, 2A + B --> C; (k2, k3), C <--> 3B; k4/(1 + A), A --> 0; 2.5, 2C --> A; 1, 0 --> A; A*B, A + B => C"
    )
    system = network.system()
    arena = Arena()
    equations = [
        arena.term(node) for node in equations_of_fluxes(arena, system.fluxes, system.states).tolist()
    ]
    assert [canonical(e) for e in equations] == list(system.rhs)
    found = arena_jacobian_of_fluxes(system.fluxes, system.states)
    wanted = jacobian(system.rhs, system.states)
    assert found.rows.tolist() == wanted.rows.tolist()
    assert [canonical(e) for e in found.entries] == wanted.entries


def test_order_and_hash_do_not_depend_on_the_process() -> None:
    program = (
        "from symnum.terms import symbols, sin, expand\n"
        "x, y, z = symbols('x y z', terms='arena')\n"
        "e = expand((x + y/3 + sin(z) + 0.5)**4)\n"
        "print(hash(e), e, e.arena.nodes[:len(e.arena), :4].sum(), [str(a) for a in e.arena.term(e.node).arena.labels])"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True,
            env={**__import__("os").environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(outputs) == 1
