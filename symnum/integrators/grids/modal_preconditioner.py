"""The linear part of a right-hand side on a grid, with the mean of what happens in the cells, as a preconditioner.

Where all fields have the same transforms, c_mass*I - c_jac*(L + B) is a block of the fields for each mode, B the mean
over the cells of what the Jacobian has beyond L. The context has the slots of `couplings.SLOTS`, then those of `MORE`.
"""

from symnum.integrators.addresses import float_pointer, int_pointer
from symnum.integrators.compiled import compiled, compiled_callback
from symnum.integrators.exponential_differencing import call_transform
from symnum.integrators.grids.blocks import invert_into, multiply_blocks
from symnum.integrators.grids.couplings import (
    BLOCK,
    CELLS,
    COUNTERS,
    FIELDS,
    IMAGE,
    SLOTS,
    multiply_constant,
    set_state,
)

__all__ = ["MORE", "factor_mean", "solve_mean"]

#: Addresses: eigenvalues of L, mean row sums of L (fields squared), inverses, two vectors, room for as many numbers as
#: fields squared; the transform and its context.
MORE = ("linear", "means", "inverse", "first_vector", "second_vector", "reaction", "transform", "transform_context")
LINEAR, MEANS, INVERSE, FIRST_VECTOR, SECOND_VECTOR, REACTION, TRANSFORM, TRANSFORM_CONTEXT = range(
    len(SLOTS), len(SLOTS) + len(MORE)
)


@compiled
def _mean_reaction(a, values):  # type: ignore[no-untyped-def]
    """Mean over the cells of what the Jacobian has beyond L, field by field; the kernel's code."""
    fields = a[FIELDS]
    cells = a[CELLS]
    image = float_pointer(a[IMAGE])
    means = float_pointer(a[MEANS])
    reaction = float_pointer(a[REACTION])
    set_state(a, values)
    for g in range(fields):
        code = multiply_constant(a, values, g)
        if code != 0:
            return code
        for f in range(fields):
            total = 0.0
            for i in range(cells):
                total += image[f * cells + i]
            reaction[f * fields + g] = total / cells - means[f * fields + g]
    return 0


@compiled_callback("int32(int64, float64, float64, CPointer(float64))", seconds=0.5)
def factor_mean(context, c_mass, c_jac, values):  # type: ignore[no-untyped-def]
    """Read the mean of what happens in cells and invert the blocks; 0 fine, -2 where the kernel fails."""
    a = int_pointer(context)
    fields = a[FIELDS]
    cells = a[CELLS]
    int_pointer(a[COUNTERS])[0] += 1
    if _mean_reaction(a, values) != 0:
        return -2
    reaction = float_pointer(a[REACTION])
    linear = float_pointer(a[LINEAR])
    inverses = float_pointer(a[INVERSE])
    block = float_pointer(a[BLOCK])
    for i in range(cells):
        for f in range(fields):
            for g in range(fields):
                block[g * fields + f] = -c_jac * reaction[f * fields + g]
            block[f * fields + f] += c_mass - c_jac * linear[f * cells + i]
        invert_into(fields, cells, i, block, 1.0, inverses)
    return 0


@compiled_callback("int32(int64, CPointer(float64))", seconds=0.5)
def solve_mean(context, b):  # type: ignore[no-untyped-def]
    """b := P^-1 b; what the transform returns."""
    a = int_pointer(context)
    x = float_pointer(a[FIRST_VECTOR])
    y = float_pointer(a[SECOND_VECTOR])
    int_pointer(a[COUNTERS])[1] += 1
    if call_transform(a[TRANSFORM], a[TRANSFORM_CONTEXT], 0, b, x) != 0:
        return -6
    multiply_blocks(a[FIELDS], a[CELLS], float_pointer(a[INVERSE]), x, y)
    return call_transform(a[TRANSFORM], a[TRANSFORM_CONTEXT], 1, y, b)
