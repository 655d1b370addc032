"""The change of basis in which a constant linear part has blocks on its diagonal, as a machine function.

A context is an array of int64: number of states, number of parts, addresses of where each part starts (int64), of the
states in their order (int64), and of the matrices there and back, part after part, stored by columns (0: the parts
are in order already and nothing but the order changes).
"""

from symnum.integrators.addresses import float_pointer, int_pointer, offset
from symnum.integrators.compiled import compiled_callback

__all__ = ["change_basis"]


@compiled_callback("int32(int64, int64, CPointer(float64), CPointer(float64))", seconds=0.5)
def change_basis(context, back, x, out):  # type: ignore[no-untyped-def]
    """out = x in the basis of the linear part, or `back` in that of the states; 0."""
    settings = int_pointer(context)
    starts = int_pointer(settings[2])
    states = int_pointer(settings[3])
    address = settings[5] if back != 0 else settings[4]
    if address == 0:
        for i in range(settings[0]):
            j = states[i]
            if back != 0:
                out[j] = x[i]
            else:
                out[i] = x[j]
        return 0
    matrix = float_pointer(address)
    for i in range(settings[0]):
        out[i] = 0.0
    for part in range(settings[1]):
        first = starts[part]
        m = starts[part + 1] - first
        for j in range(m):
            if back != 0:
                factor = x[first + j]
                for i in range(m):
                    out[states[first + i]] += matrix[i] * factor
            else:
                factor = x[states[first + j]]
                target = offset(out, first)
                for i in range(m):
                    target[i] += matrix[i] * factor
            matrix = offset(matrix, m)
    return 0
