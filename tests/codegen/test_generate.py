"""Generated simulators run in an empty folder without symnum and give the model's own solution."""

import csv
import ctypes
import io
import math
import os
import runpy
import shutil
import subprocess
import sys

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import symnum as sn
import symnum.terms.functions as f
from codegen.system_tape import compile_system
from symnum.errors import CompilationError, InputError, UnknownNameError, UnsupportedError
from symnum.simulators.generate import TARGETS, generate
from symnum.simulators.kernels import Kernels
from symnum.systems.ode import ODESystem
from symnum.terms.canonical import Symbol

NAMES = ['A "quoted"', "B\nline, two", "*/ C %s%n ??/", "D(π~\U0001f600)\\"]
PARAMETERS = ["k'1", "time", "int", "@NAME@"]

# Runs a script with everything of symnum out of reach, and fails if it got hold of it all the same.
ISOLATED = """
import runpy, sys
for name in ("symnum", "codegen", "rewriters"):
    sys.modules[name] = None
sys.argv.pop(0)
sys.path.insert(0, sys.argv.pop(0))
runpy.run_path(sys.argv[0], run_name="__main__")
assert not [m for m in sys.modules if m.split(".")[0] in ("symnum", "codegen", "rewriters") and sys.modules[m]]
"""


def compiler():
    found = os.environ.get("CC") or shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if not found:
        pytest.skip("no C compiler")
    return found


def small_system():
    """Stiff, driven by time, with choices, comparisons and functions, under hostile names."""
    a, b, c, d = states = [Symbol(n) for n in NAMES]
    k1, k2, k3, k4 = parameters = [Symbol(n) for n in PARAMETERS]
    t = Symbol("t")
    rate = k1 * a * b / (k4 + a)
    rhs = [
        -rate + f.minimum(d, k3) - k1 * a**3,
        rate - k2 * (b - f.cos(t)),
        f.piecewise(k3 * f.exp(-c), a < b, k3 * f.sqrt(c**2 + 1)) - c,
        f.maximum(f.sin(t), 0) - d * f.atan(d) + f.exp(2) * f.sin(1) * 1e-2,
    ]
    return ODESystem(
        states=states,
        parameters=parameters,
        independent=t,
        rhs=rhs,
        parameter_values=[1.5, 1000.0 * k1, 0.3, k3 + 2],
        initial_values=[2.0, k1 / 2, 0.5, 0.25],
        observables={'sum; "of" all': a + b + c + d, "choice": f.piecewise(1, a < b, 0) + t},
        name='../../etc/"model"\n*/',
    )


def small_rhs(t, y, k1=1.5, k3=0.3):
    """The same by hand."""
    a, b, c, d = y
    k2, k4 = 1000.0 * k1, k3 + 2.0
    rate = k1 * a * b / (k4 + a)
    return [
        -rate + min(d, k3) - k1 * a**3,
        rate - k2 * (b - math.cos(t)),
        (k3 * math.exp(-c) if a < b else k3 * math.sqrt(c**2 + 1)) - c,
        max(math.sin(t), 0.0) - d * math.atan(d) + math.exp(2) * math.sin(1) * 1e-2,
    ]


def build(folder, target, system, **options):
    """Generate into a folder and build what needs building; return the command that runs it."""
    if target != "python":
        compiler()
    paths = generate(system, target, folder, **options)
    assert sorted(p.name for p in folder.iterdir()) == sorted(p.name for p in paths)
    if target in ("c", "object"):
        flags = "CFLAGS=-std=c99 -O1 -Wall -Wextra -Wmissing-prototypes -Werror -pedantic"
        subprocess.run(["make", "-s", f"CC={compiler()}", flags], cwd=folder, check=True)
        return [str(folder / next(p.stem for p in paths if p.suffix == ".h"))]
    return [sys.executable, "-I", "-c", ISOLATED, str(folder), "driver.py"]


def run(command, folder, *arguments):
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    return subprocess.run(
        [*command, *map(str, arguments)], cwd=folder, env=environment, capture_output=True, timeout=600
    )


def table(done):
    assert done.returncode == 0, done.stderr.decode()
    rows = list(csv.reader(io.StringIO(done.stdout.decode(), newline="")))
    return rows[0], np.array(rows[1:], float)


@pytest.fixture(scope="module")
def reference():
    t = np.linspace(0.0, 10.0, 21)
    y0 = [2.0, 0.75, 0.5, 0.25]
    found = solve_ivp(small_rhs, (0, 10), y0, method="Radau", t_eval=t, rtol=1e-9, atol=1e-11)
    assert found.success
    return t, found.y.T


@pytest.fixture(scope="module", params=list(TARGETS))
def built(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    return request.param, folder, build(folder, request.param, small_system())


def test_trajectory(built, reference):
    target, folder, command = built
    t, y = reference
    for extra in ([], ["--plain"]) if target == "python" else ([],):
        header, values = table(run(command, folder, *extra, 10, 21, 1e-8, 1e-10))
        assert header == ["time", *NAMES, 'sum; "of" all', "choice"]
        np.testing.assert_allclose(values[:, 0], t, rtol=1e-15)
        np.testing.assert_allclose(values[:, 1:5], y, rtol=1e-5, atol=1e-7)
        np.testing.assert_allclose(values[:, 5], y.sum(1), rtol=1e-5)
        np.testing.assert_allclose(values[:, 6], (y[:, 0] < y[:, 1]) + t, rtol=1e-15)


def test_values_by_name_and_what_follows_from_them(built):
    _, folder, command = built
    _, values = table(run(command, folder, 0.5, 2, 1e-8, 1e-10, "k'1=3", f"{NAMES[3]}=0.125"))
    found = solve_ivp(
        lambda t, y: small_rhs(t, y, k1=3.0),
        (0, 0.5),
        [2, 1.5, 0.5, 0.125],
        method="Radau",
        rtol=1e-9,
        atol=1e-11,
    )
    np.testing.assert_allclose(values[0, 1:5], [2.0, 1.5, 0.5, 0.125], rtol=1e-15)
    np.testing.assert_allclose(values[1, 1:5], found.y[:, -1], rtol=1e-5)


def test_what_the_driver_refuses(built):
    _, folder, command = built
    for arguments in ((), (1, "nobody=3")):
        done = run(command, folder, *arguments)
        assert done.returncode != 0
        assert b"usage" in done.stderr.lower() or b"no parameter or state nobody" in done.stderr
        assert not done.stdout


def test_values_of_the_library_are_those_of_the_model(tmp_path):
    compiler()
    system = small_system()
    generate(system, "shared", tmp_path)
    spec = {"__name__": "driver", "__file__": str(tmp_path / "driver.py")}
    exec(compile((tmp_path / "driver.py").read_text(), "driver.py", "exec"), spec)
    model = spec["Model"]()
    assert model.state_names == NAMES
    assert model.parameter_names == PARAMETERS
    np.testing.assert_array_equal(model.default_parameters, [1.5, 1500.0, 0.3, 2.3])
    np.testing.assert_array_equal(model.default_initial, [2.0, 0.75, 0.5, 0.25])
    check_against_kernels(system, model, np.random.default_rng(0))


def check_against_kernels(system, model, rng, scale=1.0):
    kernels = Kernels(system)
    for _ in range(3):
        p = rng.uniform(0.1, 2.0, len(system.parameters))
        y, t = scale * rng.uniform(0.0, 2.0, len(system.states)), rng.uniform(0.0, 5.0)
        model.set_parameters(p)
        for name, got in (
            ("rhs", model.rhs(t, y)),
            ("jacobian", model.jacobian(t, y).data),
            ("observables", model.observables(t, y)),
        ):
            call, want = kernels[name].bind(t, y, p)
            assert call() == 0
            np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-12 * np.abs(want).max())
    facts = compile_system(system, "jacobian").facts
    np.testing.assert_array_equal(model.indptr, facts["indptr"])
    np.testing.assert_array_equal(model.indices, facts["indices"])


def test_c_and_python_values_are_those_of_the_model(tmp_path):
    compiler()
    system = small_system()
    generate(system, "c", tmp_path / "c", name="m")
    generate(system, "python", tmp_path / "python", name="m")
    subprocess.run(
        [compiler(), "-std=c99", "-O2", "-shared", "-fPIC", "-o", "m.so", "m.c", "-lm"],
        cwd=tmp_path / "c",
        check=True,
    )
    generate(system, "shared", tmp_path / "shared", name="m")
    spec = {"__name__": "driver", "__file__": str(tmp_path / "shared" / "driver.py")}
    exec(compile((tmp_path / "shared" / "driver.py").read_text(), "driver.py", "exec"), spec)
    check_against_kernels(system, spec["Model"](tmp_path / "c" / "m.so"), np.random.default_rng(2))
    module = {}
    exec(compile((tmp_path / "python" / "m.py").read_text(), "m.py", "exec"), module)
    check_against_kernels(system, PythonModel(module), np.random.default_rng(3))


class PythonModel:
    """A generated module with the methods of the library's driver."""

    def __init__(self, module):
        self.module = module
        self.indptr, self.indices = module["jacobian_indptr"], module["jacobian_indices"]

    def set_parameters(self, p):
        self.p = p.tolist()

    def call(self, name, t, y):
        k = self.module[f"{name}_stage"](self.p)
        return np.array(self.module[name](t, y.tolist(), self.p, k))

    def rhs(self, t, y):
        return self.call("rhs", t, y)

    def jacobian(self, t, y):
        from types import SimpleNamespace

        return SimpleNamespace(data=self.call("jacobian", t, y))

    def observables(self, t, y):
        return self.call("observables", t, y)


@pytest.mark.parametrize("target", list(TARGETS))
def test_names_stay_in_string_tables(tmp_path, target):
    if target == "shared":
        compiler()
    for path in generate(small_system(), target, tmp_path):
        assert path.parent == tmp_path
        assert path.name.isascii()
        if path.suffix in (".c", ".h"):
            text = path.read_text(encoding="ascii")
            assert "*/ C" not in text.replace('"*/ C', "")
            assert "etc_model" in text
            assert "quoted" not in text.replace('A \\"quoted\\"', "")


def test_a_value_that_nobody_gave_is_asked_for(tmp_path):
    x, k, t = Symbol("x"), Symbol("k"), Symbol("t")
    system = ODESystem(
        states=[x],
        parameters=[k, Symbol("k2")],
        independent=t,
        rhs=[-k * x],
        parameter_values=[None, 2 * k],
        name="m",
    )
    for target in ("c", "python"):
        folder = tmp_path / target
        command = build(folder, target, system)
        done = run(command, folder, 1, 2)
        assert done.returncode != 0
        assert b"k has no value: give k=NUMBER" in done.stderr
        done = run(command, folder, 1, 2, "k=2")
        assert b"x has no value: give x=NUMBER" in done.stderr
        _, values = table(run(command, folder, 1, 2, 1e-8, "k=2", "x=3"))
        assert values[-1, 1] == pytest.approx(3 * math.exp(-2), rel=1e-6)


def robertson():
    a, b, c = states = [Symbol(n) for n in "abc"]
    slow, fast = 0.04 * a, 1e4 * b * c
    rhs = [fast - slow, slow - fast - 3e7 * b**2, 3e7 * b**2]
    return ODESystem(
        states=states,
        parameters=[],
        independent=Symbol("t"),
        rhs=rhs,
        initial_values=[1, 0, 0],
        name="robertson",
    )


def rotation():
    """No entry on the Jacobian's diagonal, of very different sizes off it: pivoting is needed."""
    x, y = states = [Symbol("x"), Symbol("y")]
    return ODESystem(
        states=states,
        parameters=[],
        independent=Symbol("t"),
        rhs=[1e6 * y, -1e-6 * x],
        initial_values=[1.0, 0.0],
    )


def test_drivers_solve_stiff_and_turning_problems(tmp_path):
    command = build(tmp_path / "r", "c", robertson())
    _, values = table(run(command, tmp_path / "r", 4e10, 2, 1e-7, 1e-14))
    reference = solve_ivp(
        lambda t, y: [
            1e4 * y[1] * y[2] - 0.04 * y[0],
            0.04 * y[0] - 1e4 * y[1] * y[2] - 3e7 * y[1] ** 2,
            3e7 * y[1] ** 2,
        ],
        (0, 4e10),
        [1.0, 0.0, 0.0],
        method="Radau",
        rtol=1e-9,
        atol=1e-18,
    ).y[:, -1]
    np.testing.assert_allclose(values[-1, 1:], reference, rtol=1e-4)
    for target in ("c", "python"):
        folder = tmp_path / target
        command = build(folder, target, rotation())
        plain = ["--plain"] if target == "python" else []
        _, values = table(run(command, folder, *plain, 10, 11, 1e-8, 1e-12))
        np.testing.assert_allclose(values[:, 1], np.cos(values[:, 0]), atol=1e-5)
        np.testing.assert_allclose(1e6 * values[:, 2], -np.sin(values[:, 0]), atol=1e-5)


def test_blow_up_is_said_with_the_partial_solution(tmp_path):
    x, safe = Symbol("x"), Symbol("safe")
    system = ODESystem(
        states=[safe, x],
        parameters=[],
        independent=Symbol("t"),
        rhs=[-safe, x**2],
        initial_values=[1.0, 1.0],
        name="blow up",
    )
    command = build(tmp_path, "c", system)
    done = run(command, tmp_path, 2, 21, 1e-8)
    assert done.returncode == 1
    assert b"stopped at t = " in done.stderr
    reached = float(done.stderr.split(b"t = ")[1].split(b":")[0])
    assert reached == pytest.approx(1.0, abs=1e-3)
    assert b"x changes fastest" in done.stderr
    rows = np.array([line.split(b",") for line in done.stdout.splitlines()[1:11]], float)
    np.testing.assert_allclose(rows[:, 0], np.arange(10) / 10, atol=1e-15)
    np.testing.assert_allclose(rows[:, 2], 1 / (1 - rows[:, 0]), rtol=1e-5)


def test_empty_tables(tmp_path):
    system = ODESystem(
        states=[Symbol("x")], parameters=[], independent=Symbol("t"), rhs=[1], initial_values=[0]
    )
    for target in ("c", "python"):
        command = build(tmp_path / target, target, system)
        header, values = table(run(command, tmp_path / target, 2, 3))
        assert header == ["time", "x"]
        np.testing.assert_allclose(values[:, 1], [0, 1, 2], atol=1e-9)


def test_the_header_is_read_by_c_plus_plus(tmp_path):
    plus = shutil.which("c++")
    if plus is None:
        pytest.skip("no C++ compiler")
    generate(small_system(), "object", tmp_path, name="m")
    (tmp_path / "user.cpp").write_text('#include "m.h"\nint main() { return m_n_states - 4; }\n')
    subprocess.run(
        [plus, "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "user.cpp"], cwd=tmp_path, check=True
    )


@pytest.mark.parametrize(
    ("text", "identifier"),
    [
        ("network", "network"),
        ("../../etc/passwd", "etc_passwd"),
        ("int", "int_model"),
        ("json", "json_model"),
        ("Main", "Main_model"),
        ("3 body", "model_3_body"),
        ("π", "model"),
        ("", "model"),
        ("x" * 300, "x" * 40),
        ("numpy", "numpy_model"),
    ],
)
def test_names_of_files(tmp_path, text, identifier):
    system = robertson()
    system.name = text
    assert (tmp_path / f"{identifier}.py") in generate(system, "python", tmp_path)


@pytest.mark.parametrize("name", ["", "a b", "../x", "int", "class", "json", "main", "é", "_x", "a\n"])
def test_a_name_that_cannot_be_taken(tmp_path, name):
    with pytest.raises(InputError, match="Take name="):
        generate(robertson(), "c", tmp_path, name=name)


def test_bad_target_and_files_in_the_way(tmp_path):
    with pytest.raises(InputError, match="c, object, shared, python"):
        generate(robertson(), "fortran", tmp_path)
    (tmp_path / "main.c").write_text("int main(void) { return 0; }\n")
    with pytest.raises(InputError, match="was not generated by symnum"):
        generate(robertson(), "c", tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["main.c"]
    with pytest.raises(InputError, match="is a file"):
        generate(robertson(), "python", tmp_path / "main.c")
    (tmp_path / "main.c").unlink()
    for _ in range(2):
        generate(robertson(), "c", tmp_path)


def test_a_shared_library_needs_a_compiler(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    with pytest.raises(UnsupportedError, match='target "object"'):
        generate(robertson(), "shared", tmp_path / "out")
    monkeypatch.setenv("CC", "no-such-compiler -O2")
    with pytest.raises(UnsupportedError, match="no-such-compiler"):
        generate(robertson(), "shared", tmp_path / "out")
    assert not (tmp_path / "out").exists()
    (tmp_path / "broken").write_text("#!/bin/sh\necho it cannot be done >&2\nexit 1\n")
    (tmp_path / "broken").chmod(0o755)
    monkeypatch.setenv("CC", str(tmp_path / "broken"))
    monkeypatch.setenv("PATH", "/bin:/usr/bin")
    with pytest.raises(CompilationError, match="it cannot be done"):
        generate(robertson(), "shared", tmp_path / "out")
    generate(robertson(), "object", tmp_path / "out")


def test_parameters_defined_by_one_another(tmp_path):
    a, b, x = Symbol("a"), Symbol("b"), Symbol("x")
    system = ODESystem(
        states=[x], parameters=[a, b], independent=Symbol("t"), rhs=[a * x], parameter_values=[2 * b, a + 1]
    )
    with pytest.raises(InputError, match="defined by one another"):
        generate(system, "python", tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("target", ["c", "shared", "python"])
def test_bcr(tmp_path, data_dir, target):
    from symnum.models.importers.bionetgen import read_bionetgen

    model = read_bionetgen((data_dir / "networks" / "bcr.net").read_text(), name="bcr")
    command = build(tmp_path, target, model)
    end = 2000.0 if target != "python" else 100.0
    rtol = 1e-7 if target == "c" else 1e-8  # SciPy's errors add up to more than its tolerance
    header, values = table(run(command, tmp_path, end, 11, rtol, 1e-6))
    lines = (data_dir / "networks" / "bcr.gdat").read_text().splitlines()
    names = lines[0].replace("#", "").split()
    given = np.array([line.split() for line in lines[1:] if line.strip()], float)
    for row in values[1:]:
        want = given[np.argmin(np.abs(given[:, 0] - row[0]))]
        for name, value in zip(names[1:], want[1:], strict=True):
            tolerance = 1e-5 if value > 1.0 else 1e-3
            assert row[header.index(name)] == pytest.approx(value, rel=tolerance, abs=1e-3)
    if target == "shared":
        spec = {"__name__": "driver", "__file__": str(tmp_path / "driver.py")}
        exec(compile((tmp_path / "driver.py").read_text(), "driver.py", "exec"), spec)
        check_against_kernels(model.system(), spec["Model"](), np.random.default_rng(0), scale=100.0)
        assert isinstance(spec["Model"]().library, ctypes.CDLL)


# --- rewriting


def two_enzymes():
    """Each equation has two quotients, which the ruleset `kinetics` makes with one division."""
    model = {"x": "1 - v*x/(k + x) - w*x/(l + x)", "z": "v*x/(k + x) - q*z/(k + z) - w*z/(l + z)"}
    values = {"v": 1.5, "w": 0.7, "k": 0.4, "l": 2.0, "q": 0.9}
    return sn.ode_system(model, parameters=values, initial={"x": 1.0, "z": 0.3}, name="enzymes")


def test_rewriting_changes_the_code_and_not_the_values(tmp_path):
    found, divisions = {}, {}
    for level in ("auto", "none", "kinetics"):
        folder = tmp_path / level
        code = (generate(two_enzymes(), "c", folder / "c", rewrite=level)[1]).read_text()
        divisions[level] = code.count(" / ")
        generate(two_enzymes(), "python", folder / "python", rewrite=level)
        made = runpy.run_path(str(folder / "python" / "enzymes.py"))
        p, y = made["default_parameters"], [1.0, 0.3]
        found[level] = [
            *made["rhs"](0.0, y, p, made["rhs_stage"](p)),
            *made["jacobian"](0.0, y, p, made["jacobian_stage"](p)),
        ]
    assert divisions["kinetics"] < divisions["auto"]
    for level in ("none", "kinetics"):
        np.testing.assert_allclose(found[level], found["auto"], rtol=1e-13)


def test_what_says_nothing_about_rewriting_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(UnknownNameError, match="egraph"):
        generate(two_enzymes(), "c", tmp_path / "new", rewrite="egrap")
    assert not (tmp_path / "new").exists()
