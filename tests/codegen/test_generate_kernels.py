"""C, Python and LLVM kernels of one tape give one answer, special values included."""

import ctypes
import itertools
import math
import os
import shutil
import subprocess

import numpy as np
import pytest

from codegen.c_source import c_array, c_helpers, c_kernel, c_literal, c_string
from codegen.functions import FUNCTIONS, Op
from codegen.kernel import STAGE_SLOTS
from codegen.llvm_text import emit_llvm
from codegen.native import LoadedObject, object_code, triple
from codegen.python_source import python_helpers, python_kernel, python_literal
from codegen.tape import TapeBuilder

SPECIAL = [-math.inf, -2.5, -2.0, -1.0, -0.5, -0.0, 0.0, 0.5, 1.0, 2.5, 3.0, 900.0, 1e308, math.inf, math.nan]
KERNEL = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_double, *[ctypes.c_void_p] * 4)


def compiler():
    found = os.environ.get("CC") or shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if not found:
        pytest.skip("no C compiler")
    return found


def everything():
    """A tape of two states and two parameters with every operation, one output each."""
    b = TapeBuilder()
    x, z, p, q = b.state(0), b.state(1), b.parameter(0), b.parameter(1)
    one, two = b.constant(1.0), b.constant(-2.0)
    out = {}
    for name, function in FUNCTIONS.items():
        out[name] = b.call(name, (x, z)[: function.arity])
        out[f"{name} of a parameter"] = b.call(name, (p, q)[: function.arity])
        out[f"{name} of a number"] = b.sum([(1.0, b.call(name, (one, two)[: function.arity])), (1.0, x)])
    for exponent in (-3, -2, -1, 2, 3, 5, 7, 16):
        out[f"x^{exponent}"] = b.product([(x, exponent)])
        out[f"x^{exponent} z"] = b.product([(x, exponent), (z, 1), (p, 2)], -3.0)
    out["power"] = b.power(x, z)
    out["quotient"] = b.product([(x, 1), (z, -1)])
    less, equal = b.logical(Op.LESS, (x, z)), b.logical(Op.EQUAL, (x, z))
    at_most, differs = b.logical(Op.LESS_EQUAL, (z, x)), b.logical(Op.NOT_EQUAL, (x, z))
    both = b.logical(Op.AND, (less, differs))
    either = b.logical(Op.OR, (equal, b.logical(Op.NOT, (at_most,)), both))
    for i, condition in enumerate((less, equal, at_most, differs, both, either)):
        out[f"condition {i}"] = condition
        out[f"choice {i}"] = b.select(condition, b.call("exp", (x,)), b.product([(z, -1)]))
    out["early choice"] = b.select(b.logical(Op.LESS, (p, q)), x, z)
    out["sum"] = b.sum([(1.0, x), (-1.0, z), (0.25, p), (-7.5, b.product([(x, 1), (z, 1)])), (1.0, b.one)])
    out["negative"] = b.sum([(-1.0, x), (-1.0, z)])
    out["time"] = b.product([(b.time(), 1), (x, 1)])
    out["infinity"] = b.constant(-math.inf)
    out["state"], out["parameter"], out["number"] = x, q, two
    signs = [1 if i % 3 else -1 for i in range(len(out))]
    return list(out), b.finish(list(out.values()), signs)


def run_llvm(tape, name="rhs"):
    module = emit_llvm(tape, name, STAGE_SLOTS[name], triple(), 40)
    loaded = LoadedObject.load(object_code(module.text, portable=True))
    stage, kernel = KERNEL(loaded.address(f"{name}_stage")), KERNEL(loaded.address(name))
    return caller(stage, kernel, module.stage_size, module.scratch_size, len(tape.output), loaded)


def run_c(tape, folder, limit):
    text, stage_size, scratch_size = c_kernel(tape, "model_rhs", STAGE_SLOTS["rhs"], limit)
    head = "#include <math.h>\n#include <stdint.h>\n#define SYMNUM_NOINLINE\n"
    prototypes = "".join(
        f"int32_t model_rhs{x}(double t, const double *y, const double *p, void *context, double *out);\n"
        for x in ("", "_stage")
    )
    (folder / "kernel.c").write_text(head + prototypes + c_helpers(text) + text)
    flags = ["-std=c99", "-O1", "-Wall", "-Wextra", "-Wmissing-prototypes", "-Werror", "-pedantic"]
    subprocess.run(
        [compiler(), *flags, "-shared", "-fPIC", "-o", "kernel.so", "kernel.c", "-lm"], cwd=folder, check=True
    )
    library = ctypes.CDLL(str(folder / "kernel.so"))
    stage = KERNEL(ctypes.cast(library.model_rhs_stage, ctypes.c_void_p).value)
    kernel = KERNEL(ctypes.cast(library.model_rhs, ctypes.c_void_p).value)
    return caller(stage, kernel, stage_size, scratch_size, len(tape.output), library)


def caller(stage, kernel, stage_size, scratch_size, n_outputs, owner):
    k, w, out = np.zeros(stage_size + 1), np.zeros(scratch_size + 1), np.zeros(n_outputs)
    slots = np.zeros(8, np.int64)
    slots[STAGE_SLOTS["rhs"]], slots[4] = k.ctypes.data, w.ctypes.data

    def call(t, y, p):
        assert owner is not None
        y, p = np.array(y, float), np.array(p, float)
        out[:] = 17.0
        assert stage(0.0, None, p.ctypes.data, slots.ctypes.data, k.ctypes.data) == 0
        assert kernel(t, y.ctypes.data, p.ctypes.data, slots.ctypes.data, out.ctypes.data) == 0
        return out.copy()

    return call


def run_python(tape, limit):
    text = python_kernel(tape, "rhs", limit)
    module = {}
    exec(compile("import math\n" + python_helpers(text) + text, "generated", "exec"), module)

    def call(t, y, p):
        p = list(map(float, p))
        return np.array(module["rhs"](t, list(map(float, y)), p, module["rhs_stage"](p)))

    return call


@pytest.mark.parametrize("limit", [7, 400])
def test_every_operation_on_special_values(tmp_path, limit):
    names, tape = everything()
    llvm, c, python = run_llvm(tape), run_c(tape, tmp_path, limit), run_python(tape, limit)
    for x, z in itertools.product(SPECIAL, repeat=2):
        want = llvm(1.5, (x, z), (z, x))
        for label, got in (("C", c(1.5, (x, z), (z, x))), ("Python", python(1.5, (x, z), (z, x)))):
            same = (got == want) | (np.isnan(got) & np.isnan(want))
            with np.errstate(invalid="ignore"):
                same |= np.abs(got - want) <= 1e-13 * np.abs(want)
            bad = [(names[i], got[i], want[i]) for i in np.flatnonzero(~same)]
            assert not bad, (label, x, z, bad)


def test_many_outputs_of_few_values_are_gathered(tmp_path):
    b = TapeBuilder()
    x, z, p = b.state(0), b.state(1), b.parameter(0)
    values = [b.sum([(1.0, x), (2.0, z)]), b.multiply(x, p), z, b.call("exp", (p,)), b.zero]
    rng = np.random.default_rng(1)
    chosen, signs = rng.integers(0, len(values), 1500), rng.choice([-1, 1], 1500)
    tape = b.finish([values[i] for i in chosen], signs.tolist())
    y, parameters = (0.7, -1.3), (0.4,)
    exact = np.array([0.7 + 2.0 * -1.3, 0.7 * 0.4, -1.3, math.exp(0.4), 0.0])[chosen] * signs
    for call in (run_c(tape, tmp_path, 400), run_python(tape, 400), run_llvm(tape)):
        np.testing.assert_allclose(call(0.0, y, parameters), exact, rtol=1e-15)


def test_chunks_are_bounded():
    b = TapeBuilder()
    x = [b.state(i) for i in range(50)]
    pairs = itertools.combinations(range(50), 2)
    tape = b.finish([b.product([(x[i], 1), (x[j], 1)], 1.0 + i + j) for i, j in pairs])
    text, _, _ = c_kernel(tape, "m_rhs", 1, limit=100)
    bodies = text.split("static SYMNUM_NOINLINE")[1:]
    assert len(bodies) > 20
    assert max(body.count("*y[") + body.count("y[") for body in bodies) <= 400


def test_literals():
    values = [0.1, -0.0, 5e-324, 1.7976931348623157e308, math.inf, -math.inf, 1 / 3, -1e22]
    texts = [python_literal(v) for v in values]
    read = [eval(text, {"_INF": math.inf}) for text in texts]
    assert [math.copysign(1, r) for r in read] == [math.copysign(1, v) for v in values]
    assert read == values
    assert c_literal(math.nan) == "NAN"
    assert c_literal(-math.inf) == "(-INFINITY)"


def test_strings_and_arrays_in_c(tmp_path):
    names = [
        'a"b',
        "new\nline",
        "*/",
        "%s%n",
        "??/",
        "back\\slash",
        "π→\U0001f600",
        "\x01\x7f9",
        "",
        "a" * 3000,
    ]
    text = "#include <stdio.h>\n#include <string.h>\n"
    text += c_array("static const char *const names", map(c_string, names))
    text += c_array("static const int none", [])
    text += "int main(void)\n{\n    for (int i = 0; i < 10; i++)\n"
    text += '        printf("%d:%s;", (int)strlen(names[i]), names[i]);\n    return none[0];\n}\n'
    (tmp_path / "s.c").write_text(text)
    flags = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-trigraphs"]
    if "clang" in compiler():
        flags.remove("-trigraphs")
    subprocess.run([compiler(), *flags, "-o", "s", "s.c"], cwd=tmp_path, check=True)
    printed = subprocess.run([str(tmp_path / "s")], capture_output=True, check=True).stdout
    assert printed == b"".join(b"%d:%s;" % (len(n.encode()), n.encode()) for n in names)
