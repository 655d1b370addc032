"""Tearing and what comes before it: the torn system says the same as the written one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import symnum as sn
from symnum.errors import NonlinearError, StructureError, UnsupportedError
from symnum.systems.implicit import implicit_equation
from symnum.systems.tearing import tear
from symnum.terms.traverse import free_symbols

x, y, z, u, v, w, c, t = sn.symbols("x y z u v w c t")
k = sn.symbols("k", domain="positive")
D = sn.D


def torn(pairs, unknowns):
    return tear([implicit_equation(left, right) for left, right in pairs], unknowns)


def test_chains_in_any_order():
    found = torn([(z, w * x), (w, x + u), (u, x**2)], [z, w, u])
    assert found.values == {u: x**2, w: x + x**2, z: x * (x + x**2)}
    assert found.equations == []


def test_aliases():
    found = torn([(z, w), (w, u), (u, x)], [z, w, u])
    assert found.values == {z: x, w: x, u: x}


def test_circles_are_cut_at_one_place():
    found = torn([(z, w + x), (w, z * x)], [z, w])
    assert len(found.values) == 1
    assert len(found.equations) == 1
    (eliminated,) = found.values
    assert eliminated not in free_symbols(found.rests[0])


def test_unknowns_that_stand_alone():
    assert torn([(0, x + 2 * z - 1)], [z]).values == {z: (1 - x) / 2}
    assert torn([(z + w, 1), (z - x, 0)], [z, w]).values == {z: x, w: 1 - x}
    assert torn([(0, k * z + x)], [z]).values == {z: -x / k}


def test_a_factor_that_may_be_zero_is_not_divided_by():
    assert torn([(0, c * z + x)], [z]).values == {}
    assert torn([(0, x * z + 1)], [z]).values == {}
    assert torn([(0, z + z**3 - x)], [z]).values == {}


@st.composite
def systems(draw):
    """Algebraic equations for z0 ... in x and y, solvable in some order, some of them nonlinear."""
    count = draw(st.integers(1, 6))
    unknowns = [sn.Symbol(f"z{i}") for i in range(count)]
    pairs = []
    for i, unknown in enumerate(unknowns):
        known = [x, y, *unknowns[:i]]
        a, b = draw(st.sampled_from(known)), draw(st.sampled_from(known))
        number = draw(st.integers(-3, 3))
        value = draw(st.sampled_from([a + number * b, a * b + number, sn.sin(a) + b, a - b, a]))
        form = draw(st.integers(0, 3))
        forms = [(unknown, value), (0, value - unknown), (2 * unknown + a, 2 * value + a)]
        pairs.append([*forms, (unknown**3 + unknown, value)][form])
    return draw(st.permutations(pairs)), unknowns


def solved(pairs, values, unknowns):
    """Values of the unknowns by fixed order: each equation's own unknown is the latest that it holds."""
    numbers = dict(values)
    order = sorted(pairs, key=lambda p: max(unknowns.index(s) for s in free_symbols(list(p)) if s in unknowns))
    for left, right in order:
        own = max((s for s in free_symbols([left, right]) if s in unknowns), key=unknowns.index)
        difference = sn.evaluate([left - right if left is not own else own - right], {**numbers, own: 0.0})[0]
        cubic = any(isinstance(part, sn.Product) for part in (left.terms if isinstance(left, sn.Sum) else ()))
        if cubic:
            roots = np.roots([1.0, 0.0, 1.0, difference])
            numbers[own] = float(roots[np.argmin(np.abs(roots.imag))].real)
        else:
            slope = sn.evaluate([left - right], {**numbers, own: 1.0})[0] - difference
            numbers[own] = -difference / slope
    return numbers


@given(systems(), st.floats(-2, 2), st.floats(-2, 2))
def test_a_torn_system_has_the_same_solutions(system, first, second):
    pairs, unknowns = system
    found = torn(pairs, unknowns)
    assert len(found.values) + len(found.equations) == len(unknowns)
    assert not any(s in found.values for term in (*found.values.values(), *found.rests) for s in free_symbols(term))
    numbers = solved(pairs, {x: first, y: second}, unknowns)
    scale = 1.0 + max(abs(v) for v in numbers.values()) ** 3
    for unknown, value in found.values.items():
        assert abs(sn.evaluate(value, numbers) - numbers[unknown]) < 1e-9 * scale
    for rest in found.rests:
        assert abs(sn.evaluate(rest, numbers)) < 1e-8 * scale


@pytest.mark.parametrize(
    ("left", "right", "derivatives", "rest"),
    [
        (D(x), -x, {x: 1}, -x),
        (c * (D(x) - D(y)), x * y, {x: c, y: -c}, x * y),
        (2 * D(x) + D(y), D(x) + 3, {x: 1, y: 1}, 3),
        (D(x + 2 * y), c, {x: 1, y: 2}, c),
        (z, x + y, {}, x + y - z),
        (x - y, 0, {}, x - y),
    ],
)
def test_equations_are_sorted_into_derivatives_and_the_rest(left, right, derivatives, rest):
    found = implicit_equation(left, right)
    assert (found.derivatives, found.rest) == (derivatives, rest)


def test_derivatives_that_do_not_stand_linearly_are_refused():
    with pytest.raises(NonlinearError, match=r'"D\(x\)\^2 = 1".*D\(x\) = v'):
        implicit_equation(D(x) ** 2, 1)
    with pytest.raises(UnsupportedError, match="derivative of a derivative"):
        implicit_equation(D(D(x)), -x)
    with pytest.raises(UnsupportedError, match="derivative of an expression"):
        implicit_equation(D(x * y), 1)


def system_of(*equations, **options):
    return sn.ode_system(list(equations), **options).system()


def test_factors_of_single_derivatives_are_divided_by():
    system = system_of("C*D(x) = -x", parameters={"C": 2})
    assert (system.rhs, system.mass) == ((-x / sn.Symbol("C"),), None)
    assert system_of("x*D(x) = y", "D(y) = 1").rhs == (y / x, 1)


def test_derivatives_elsewhere_are_replaced():
    system = system_of("D(x) = -x", "z = D(x) + 1")
    assert system.eliminated == {"z": 1 - x}
    assert system_of("D(x) = y", "D(y) + 2*D(x) = -x").rhs == (y, -x - 2 * y)


def test_a_constant_mass_matrix_is_what_is_left():
    system = system_of("C*(D(u) - D(v)) = -u", "C*(D(v) - D(u)) = sin(t) - v", parameters={"C": 1e-6})
    factor = sn.Symbol("C")
    entries = [system.mass.entries[i, j] for i in range(2) for j in range(2)]
    assert entries == [factor, -factor, -factor, factor]
    assert system.algebraic_states == ()
    values = system.mass.values({factor: 2.0})
    assert values.tolist() == [2.0, -2.0, -2.0, 2.0]


def test_a_mass_matrix_that_changes_is_refused():
    with pytest.raises(UnsupportedError, match=r"the factor of D\(x\) depends on x"):
        system_of("x*D(x) + y*D(y) = -x", "D(x) + D(y) = 1")


def test_states_keep_their_order_and_observables_their_meaning():
    model = sn.ode_system(
        ["z = x + y", "D(x) = -z", "0 = y^3 + y - x"], observables={"o": "2*z + y"}, states="z y x"
    )
    assert [s.name for s in model.states] == ["y", "x"]
    assert model.algebraic_states == (y,)
    assert model.eliminated == {"z": x + y}
    assert model.observables == {"z": x + y, "o": 2 * (x + y) + y}
    assert model.system().rhs == (y**3 + y - x, -x - y)


def test_the_initial_value_of_an_alias_is_that_of_its_state():
    system = system_of("D(x) = -z", "z = w", "w = x", initial={"z": 2})
    assert system.initial_values == (2,)
    assert system_of("D(x) = -z", "z = x", initial={"z": 2, "x": 1}).initial_values == (1,)


def test_a_circle_without_an_own_equation_is_refused():
    with pytest.raises(StructureError, match="holds no unknown"):
        system_of("D(x) = z", "z = w", "w = z", states="x z w")
