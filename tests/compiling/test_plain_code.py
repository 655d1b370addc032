"""Plain functions compiled by the package's own compiler do what the same functions do in Python."""

import math
import subprocess
import sys
from math import ceil, floor, log2, nan, sqrt

import numpy as np
import pytest

from symnum.compiling.plain.objects import compile_module
from symnum.errors import CompilationError
from symnum.integrators.addresses import offset
from symnum.integrators.compiled import compiled, compiled_callback

POINTERS = "int64(int64, float64, CPointer(int64), CPointer(float64))"


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SYMNUM_CACHE_DIR", str(tmp_path))


def both(function, n, x):
    """Run a function compiled and as Python, each on arrays of its own; check that they agree in every bit."""
    results = []
    for call in (compiled_callback(POINTERS)(function), function):
        whole, real = np.zeros(40, dtype=np.int64), np.zeros(40)
        given = (whole, real) if call is function else (whole.ctypes.data, real.ctypes.data)
        with np.errstate(all="ignore"):
            results.append((call(n, x, *given), whole.tobytes(), real.tobytes()))
    assert results[0] == results[1]
    return np.frombuffer(results[0][1], np.int64), np.frombuffer(results[0][2])


def numbers(n, x, whole, real):
    whole[0] = n // 3
    whole[1] = n % 3
    whole[2] = n // -3
    whole[3] = n % -3
    whole[4] = (n << 3) | 5
    whole[5] = (n >> 1) & 6
    whole[6] = abs(n) ^ 3
    whole[7] = -n
    whole[8] = ~n
    whole[9] = int(x)
    whole[10] = floor(x)
    whole[11] = ceil(x)
    whole[12] = n**3
    whole[13] = n < x <= 7.0
    whole[14] = not n
    whole[15] = max(n, 2, -4)
    whole[16] = min(n, 2) if x > 0.0 else -1
    whole[17] += whole[16] - 1
    real[0] = n / 4
    real[1] = x**2
    real[2] = x**-3
    real[3] = abs(x)
    real[4] = sqrt(abs(x)) * 0.5**10
    real[5] = max(x, n)
    real[6] = max(nan, x)
    real[7] = min(x, nan)
    real[8] = -x
    real[9] = float(n)
    real[10] -= 1.5
    real[11] = log2(8.0)
    real[12] = math.pi
    return n


@pytest.mark.parametrize(("n", "x"), [(7, 2.5), (-7, -2.5), (0, 0.0), (2, 7.0)])
def test_arithmetic(n, x):
    both(numbers, n, x if x != 0.0 else 1e-3)


def loops(n, x, whole, real):
    total = 0
    for i in range(n):
        if i == 2:
            continue
        if i > 5:
            break
        total += i
        i = 100  # does not change the count
    whole[0] = total
    for k in range(10, -3, -4):
        whole[1] = 10 * whole[1] + k
    whole[2] = k
    step = -2 if x < 0.0 else 3
    for j in range(step, 5 * step, step):
        whole[3] += j * j
    for j in range(3, 3 - abs(n) - 1):
        whole[4] = j + 1
    stop = 4
    for _ in range(stop):
        stop = 0
        whole[5] += 1
    while True:
        total -= 3
        if total < 0:
            break
    whole[6] = total
    whole[7] = 1 if (n > 3 and x > 0.0) or not (n != 0 or total == 1) else 2
    a, b = n, 2 * n
    a, b = b, a
    whole[8], whole[9] = a, b
    width = 1  # becomes a fraction below
    while width < 100 and n > 0:
        width *= 1.5
    real[0] = width
    return total


@pytest.mark.parametrize(("n", "x"), [(9, 2.5), (3, -2.5), (0, 1.0)])
def test_control_flow(n, x):
    both(loops, n, x)


@compiled
def split(n):
    """Two results; a tuple of a number and a fraction on both ways out."""
    if n < 0:
        return 0, 0.5
    return n // 2, n


@compiled
def depth(n):
    """Count halvings, by recursion."""
    if n < 2:
        return 0
    return 1 + depth(n // 2)


@compiled
def twice(f, n):
    """A function that is given a function."""
    return f(f(n))


@compiled
def nothing(n):
    """Nothing at all."""


@compiled
def fill(out, n, value):
    """No result; returns early."""
    if n == 0:
        return
    for i in range(n):
        out[i] = value


def test_functions_call_each_other():
    @compiled_callback("int64(int64, CPointer(int64), CPointer(float64))")
    def use(n, whole, real):
        whole[0], real[0] = split(n)
        whole[1] = depth(n)
        whole[2] = twice(depth, n)
        fill(offset(real, 1), 2, 3)
        fill(real, 0, 9.0)
        return depth(8)

    whole, real = np.zeros(4, np.int64), np.zeros(4)
    assert use(1000, whole.ctypes.data, real.ctypes.data) == 3
    assert whole.tolist() == [500, 9, 3, 0]
    assert real.tolist() == [1000.0, 3.0, 3.0, 0.0]
    assert depth(1000) == 9  # from Python
    assert split.py_func(-1) == (0, 0.5)


def test_division_by_zero_is_zero_or_infinite():
    @compiled_callback("int64(int64, CPointer(float64))")
    def divide(n, real):
        real[0] = 1 / n
        return 5 // n + 5 % n + (-(2**63)) // (n - 1)

    real = np.zeros(1)
    assert divide(0, real.ctypes.data) == 0
    assert real[0] == math.inf


def test_bits_without_a_sign():
    @compiled_callback("int64(int64)")
    def mix(n):
        h = (np.uint64(n) ^ np.uint64(0x9E3779B97F4A7C15)) * np.uint64(0xFF51AFD7ED558CCD)
        return np.int64(h ^ (h >> np.uint64(32)))

    h = ((5 ^ 0x9E3779B97F4A7C15) * 0xFF51AFD7ED558CCD) % 2**64
    assert mix(5) % 2**64 == h ^ (h >> 32)


def no_value(n):
    return later(n)  # noqa: F821


def a_list(n):
    return [n][0]


def two_kinds(n):
    x = n
    x = offset  # noqa: F841
    return 0


def keyword(n):
    return max(n, key=n)


def text(n):
    return n + "a"


def truth_of_a_number(n):
    return n or 3


def other_function(n):
    return math.gcd(n, 2)


def no_result(n):
    return 1 + nothing(n)


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (no_value, "later has no value here"),
        (a_list, "List is not among the expressions"),
        (two_kinds, "offset is no number"),
        (keyword, "arguments by position alone"),
        (text, "'a' is no number"),
        (truth_of_a_number, "neither true nor false but int64; compare it"),
        (other_function, "gcd is not a compiled function"),
        (no_result, "no arithmetic of int64 and void"),
        (lambda n: n.real, "n.real has no value"),
        (lambda a, b: a, "takes 2 arguments, not 1"),
    ],
)
def test_what_is_not_plain_is_said(function, said):
    with pytest.raises(CompilationError, match=said):
        compiled_callback("int64(int64)")(function)(1)


def test_functions_whose_text_is_not_clear_are_refused():
    # fmt: off
    one, two = lambda n: n, lambda n: 2 * n
    # fmt: on
    for function in one, two:
        with pytest.raises(CompilationError, match="has several functions; give each lambda a line of its own"):
            compiled_callback("int64(int64)")(function)(1)
    there = {}
    exec("def nowhere(n):\n    return n", there)
    with pytest.raises(CompilationError, match="the source text of nowhere is in no file"):
        compiled_callback("int64(int64)")(there["nowhere"])(1)


def test_the_message_names_function_and_line():
    line = no_value.__code__.co_firstlineno + 1
    with pytest.raises(CompilationError, match=rf"\(no_value, line {line}\)"):
        compiled_callback("int64(int64)")(no_value)(1)


def test_wrong_intermediate_code_is_an_error_and_no_crash():
    with pytest.raises(CompilationError, match="intermediate code of f is wrong"):
        compile_module("define i64 @f() { ret double 0.0 }", "f", 3)


def test_engines_are_made_without_numba():
    script = """
import sys
from symnum.integrators.linear.dense import factor_dense, solve_dense
assert factor_dense.address and solve_dense.address
print("symnum.compiling.plain.translator" in sys.modules, "numba" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False"]
