"""The matrices of implicit steps: Jacobian, factorisation of M - scale J, products with the mass matrix."""

from symnum.integrators.addresses import (
    call_factor,
    call_kernel,
    call_solve,
    float_pointer,
    int32_pointer,
    offset,
)
from symnum.integrators.compiled import compiled
from symnum.integrators.differences import difference_jacobian
from symnum.integrators.layout import (
    I_CAUSE,
    I_COMPONENT,
    I_CONTEXT,
    I_ENTRIES,
    I_FACTOR,
    I_FACTORISATIONS,
    I_INDICES,
    I_INDPTR,
    I_JACOBIAN,
    I_JACOBIANS,
    I_MASS,
    I_PARAMETERS,
    I_SCRATCH,
    I_SIZE,
    I_SOLVE,
    I_SOLVER,
    I_SOLVES,
    I_TIME_DERIVATIVE,
    I_VALUES,
    KERNEL_FAILURE,
    NOT_FINITE,
    R_FIRST_STEP,
    R_STEP,
    R_TIME,
    RUNNING,
    SINGULAR_MATRIX,
)  # fmt: skip
from symnum.integrators.starting import cautious_step
from symnum.integrators.stepping import ERROR, SLOPE, TRIAL, WEIGHTS, evaluate
from symnum.integrators.vectors import first_not_finite

# Share of the first step in the step that finds the first derivative.
_TINY_STEP = 1e-8


@compiled
def evaluate_jacobian(integers, work, t, y, rhs, known, spare_row):  # type: ignore[no-untyped-def]
    """Jacobian at `y`, by its kernel or by differences (there `rhs`, where not `known`, gets f); the model's code."""
    integers[I_JACOBIANS] += 1
    if integers[I_JACOBIAN] != 0:
        parameters = float_pointer(integers[I_PARAMETERS])
        values = float_pointer(integers[I_VALUES])
        return call_kernel(integers[I_JACOBIAN], t, y, parameters, integers[I_CONTEXT], values)
    if known == 0:
        code = evaluate(integers, t, y, rhs)
        if code != 0:
            return code
    return difference_jacobian(integers, work, WEIGHTS, TRIAL, spare_row, t, y, rhs)


@compiled
def factorise(integers, scale):  # type: ignore[no-untyped-def]
    """Factorise M - scale J; sets the cause and returns nonzero where that fails."""
    values = float_pointer(integers[I_VALUES])
    integers[I_FACTORISATIONS] += 1
    if integers[I_MASS] == 0:
        code = call_factor(integers[I_FACTOR], integers[I_SOLVER], 1.0, scale, values)
    else:
        mass = float_pointer(integers[I_MASS])
        scratch = float_pointer(integers[I_SCRATCH])
        for e in range(integers[I_ENTRIES]):
            scratch[e] = scale * values[e] - mass[e]
        code = call_factor(integers[I_FACTOR], integers[I_SOLVER], 0.0, 1.0, scratch)
    if code != 0:
        bad = first_not_finite(integers[I_ENTRIES], values)
        integers[I_CAUSE] = SINGULAR_MATRIX if bad < 0 else NOT_FINITE
        integers[I_COMPONENT] = max(code - 1, -1) if bad < 0 else int32_pointer(integers[I_INDICES])[bad]
    return code


@compiled
def add_mass_product(integers, x, out):  # type: ignore[no-untyped-def]
    """out += M x."""
    indptr = int32_pointer(integers[I_INDPTR])
    indices = int32_pointer(integers[I_INDICES])
    mass = float_pointer(integers[I_MASS])
    for j in range(integers[I_SIZE]):
        for e in range(indptr[j], indptr[j + 1]):
            out[indices[e]] += mass[e] * x[j]


@compiled
def begin_with_mass(integers, reals, work, y, spare_row):  # type: ignore[no-untyped-def]
    """After `begin`: the derivative where M y' = f, and a step by it. Returns a code of `layout`.

    A very small step of the linearly implicit Euler method finds it, also where M is singular (index 1); f is taken at
    the end of that step, since algebraic equations may depend on time.
    """
    n = integers[I_SIZE]
    slope = offset(work, SLOPE * n)
    small = _TINY_STEP * reals[R_STEP]
    if evaluate(integers, reals[R_TIME] + small, y, slope) != 0:
        return KERNEL_FAILURE
    if evaluate_jacobian(integers, work, reals[R_TIME], y, offset(work, ERROR * n), 0, spare_row) != 0:
        return KERNEL_FAILURE
    if factorise(integers, small) != 0:
        return integers[I_CAUSE]
    integers[I_SOLVES] += 1
    if call_solve(integers[I_SOLVE], integers[I_SOLVER], slope) != 0:
        return SINGULAR_MATRIX
    if reals[R_FIRST_STEP] == 0.0:
        reals[R_STEP] = cautious_step(reals, n, y, slope, offset(work, WEIGHTS * n))
    return RUNNING


@compiled
def time_derivative(integers, t, h, y, slope, drift, spare):  # type: ignore[no-untyped-def]
    """Derivative of f by time: given, or by a parabola towards the end of the step; the model's code."""
    if integers[I_TIME_DERIVATIVE] != 0:
        parameters = float_pointer(integers[I_PARAMETERS])
        return call_kernel(integers[I_TIME_DERIVATIVE], t, y, parameters, integers[I_CONTEXT], drift)
    move = max(6e-6 * abs(h), 1e-10 * abs(t))
    near = t + move if h > 0.0 else t - move
    far = t + 2.0 * move if h > 0.0 else t - 2.0 * move
    code = evaluate(integers, near, y, drift)
    if code != 0:
        return code
    code = evaluate(integers, far, y, spare)
    one = (far - t) / (near - t) / (far - near)
    two = (near - t) / (far - t) / (far - near)
    for i in range(integers[I_SIZE]):
        drift[i] = one * (drift[i] - slope[i]) - two * (spare[i] - slope[i])
    return code
