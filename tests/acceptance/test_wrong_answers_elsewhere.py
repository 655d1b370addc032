"""Wrong answers that other systems give, one test each: they are right here."""

import math
import os
import subprocess
import sys
import time
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

import symnum as sn
from symnum.errors import InputError, UnsupportedError

X, Y, Z, U, V = sn.symbols("x y z u v")


def test_a_small_float_beside_a_cancellation_stays():
    term = -U / (V - U) - 1 / (V - U) + 6e-9 * U
    for function in (sn.simplify, sn.cancel, sn.factor, sn.together, sn.expand):
        result = function(term)
        assert result != 1
        assert sn.evaluate(result, {U: 2.0, V: 0.5}) == pytest.approx(2.0 + 1.2e-8, rel=1e-15)
    assert sn.simplify(term) == (1 + U) / (U - V) + 6e-9 * U


def test_fractions_above_a_product():
    term = (X / 2 + Y / 3 + Z / 2) / (2 * Z)
    wanted = (3 * X + 2 * Y + 3 * Z) / (12 * Z)
    assert sn.simplify(term) == sn.cancel(term) == wanted
    values = {"x": Fraction(7), "y": Fraction(-5, 3), "z": Fraction(11, 2)}
    assert sn.terms.evaluate_exact(term, values) == sn.terms.evaluate_exact(wanted, values)


def test_a_value_put_into_a_derivative_is_not_differentiated_by():
    derivative = sn.differentiate(sn.sin(X), X)
    assert sn.substitute(derivative, {X: 5}) == sn.cos(5)
    assert sn.evaluate(derivative, {X: 5}) == math.cos(5)
    with pytest.raises(InputError, match="5 is none"):
        sn.differentiate(sn.sin(5 * X), 5)
    with pytest.raises(InputError, match=r"sin\(x\) is none"):
        sn.differentiate(sn.sin(X) ** 2, sn.sin(X))


def test_nested_shared_parts_cost_linear_time_in_generated_code(tmp_path):
    term = sn.symbols("x")
    for _ in range(60):  # 2^60 occurrences of x
        term = sn.sin(term) * term + 1
    model = sn.ode_system({"x": -term, "y": term}, initial={"x": 0.1, "y": 0.0})
    begin = time.process_time()
    found = sn.build_simulator(model).rhs(0.0, np.array([0.1, 0.0]))
    sn.generate(model, "python", tmp_path)
    assert time.process_time() - begin < 5
    value = 0.1
    for _ in range(60):
        value = math.sin(value) * value + 1
    np.testing.assert_allclose(found, [-value, value], rtol=1e-13)
    assert sum(len(p.read_text()) for p in tmp_path.rglob("*.py")) < 60_000


def test_temporaries_do_not_collide_with_names():
    names = sn.symbols("x0:10")
    shared = [sn.sin(a * b) + a for a, b in pairwise(names)]
    roots = [s * t + s / (1 + t**2) for s, t in pairwise(shared)]
    definitions, reduced = sn.cse(roots)
    assert definitions
    assert not {s.name for s, _ in definitions} & {n.name for n in names}
    equations = dict(zip((n.name for n in names), [*roots, 0 * names[0], 0 * names[0]]))
    model = sn.ode_system(equations, initial=dict.fromkeys(equations, 1.0))
    point = np.linspace(0.3, 1.4, 10)
    values = dict(zip(names, point))
    expected = sn.evaluate(roots, values)
    np.testing.assert_allclose(sn.build_simulator(model).rhs(0.0, point)[: len(roots)], expected, rtol=1e-14)
    for symbol, definition in definitions:
        values[symbol] = sn.evaluate(definition, values)
    np.testing.assert_allclose(sn.evaluate(reduced, values), expected, rtol=1e-14)


def test_a_bionetgen_xml_file_is_no_empty_model(tmp_path):
    path = tmp_path / "egfr.xml"
    path.write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n<!-- Created by BioNetGen 2.8 -->\n'
        '<sbml xmlns="http://www.sbml.org/sbml/level3" level="3" version="1">\n <model id="egfr">\n'
        '  <ListOfParameters><Parameter id="k" type="Constant" value="1"/></ListOfParameters>\n'
        '  <ListOfMoleculeTypes><MoleculeType id="A"/></ListOfMoleculeTypes>\n </model>\n</sbml>\n'
    )
    with pytest.raises(UnsupportedError, match=r"BioNetGen XML.*\.net"):
        sn.read_model(path)


def test_columns_stand_in_the_order_of_declaration():
    names = ["zeta", "a", "x10", "x9", "B", "m"]
    model = sn.ode_system(
        {n: f"-k{i}*{n} + p{len(names) - i}" for i, n in enumerate(names)},
        parameters={f"k{i}": 1.0 + i for i in reversed(range(6))} | {f"p{7 - i}": float(i) for i in range(1, 7)},
        initial={n: float(i) for i, n in enumerate(names)},
    )
    assert [s.name for s in model.system().states] == names
    solution = sn.build_simulator(model).solve((0.0, 0.0 + 1e-9), rtol=1e-8)
    assert list(solution.to_dataframe().columns)[-6:] == names
    np.testing.assert_allclose(solution.y[:, 0], range(6))
    found = sn.jacobian([sn.sin(Z) * X, X * Y], [Z, X, Y])
    assert [(int(r), int(c)) for r, c in zip(found.rows, found.columns)] == [(0, 0), (0, 1), (1, 1), (1, 2)]
    network = sn.reaction_network("k2, Q --> A;  k1, B + A --> Q")
    assert [s.name for s in network.species] == ["Q", "A", "B"]
    assert [p.name for p in network.parameters] == ["k2", "k1"]


def test_no_external_compiler_is_needed(tmp_path):
    code = (
        "import shutil, symnum as sn\n"
        "assert not any(shutil.which(c) for c in ('gcc', 'cc', 'clang', 'g++', 'ld'))\n"
        "m = sn.ode_system({'x': '-k*x', 'y': 'k*x - sin(y)'}, parameters={'k': 2.0}, initial={'x': 1.0, 'y': 0.0})\n"
        "s = sn.build_simulator(m).solve((0.0, 1.0), rtol=1e-9, atol=1e-12)\n"
        "print(float(s.y[0, -1]))\n"
    )
    environment = {k: v for k, v in os.environ.items() if k not in ("CC", "CXX", "PATH")}
    environment["PATH"] = str(tmp_path)
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert float(run.stdout) == pytest.approx(math.exp(-2.0), rel=1e-7)
