"""Compiled estimate of the dominant eigenvalue of a Jacobian with a given pattern."""

from symnum.integrators.addresses import call_kernel, offset
from symnum.integrators.compiled import compiled_callback
from symnum.integrators.vectors import first_not_finite

_ITERATIONS = 12


@compiled_callback(
    "int64(int64, CPointer(int32), CPointer(int32), int64, float64, CPointer(float64), CPointer(float64), int64, "
    "CPointer(float64))"
)
def power_iteration(n, indptr, indices, jacobian, t, y, p, context, memory):  # type: ignore[no-untyped-def]
    """Iterate with the Jacobian at (t, y); 1 where it cannot be evaluated.

    `memory` holds the first iterate, a vector, the Jacobian's entries; the spectral radius and the real Rayleigh
    quotient of the last iterate are left in its first two places.
    """
    image = offset(memory, n)
    values = offset(memory, n + n)
    if call_kernel(jacobian, t, y, p, context, values) != 0 or first_not_finite(indptr[n], values) >= 0:
        return 1
    radius = 0.0
    quotient = 0.0
    for _ in range(_ITERATIONS):
        for i in range(n):
            image[i] = 0.0
        for j in range(n):
            for e in range(indptr[j], indptr[j + 1]):
                image[indices[e]] += values[e] * memory[j]
        square = 0.0
        quotient = 0.0
        for i in range(n):
            square += image[i] * image[i]
            quotient += memory[i] * image[i]
        radius = square**0.5
        if not 0.0 < radius < 1e300:
            break
        for i in range(n):
            memory[i] = image[i] / radius
    # One state has one place only; the second one is the image's.
    memory[0] = radius
    memory[1] = quotient
    return 0
