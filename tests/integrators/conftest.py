"""Small problems behind addresses, as the code generator would make them."""

from dataclasses import dataclass
from math import cos, sin

import numpy as np
import pytest

from symnum.integrators.compiled import compiled_callback
from symnum.integrators.problem import KernelProblem

KERNEL = "int32(float64, CPointer(float64), CPointer(float64), int64, CPointer(float64))"


@compiled_callback(KERNEL)
def lorenz(t, y, p, context, out):
    out[0] = 10.0 * (y[1] - y[0])
    out[1] = y[0] * (28.0 - y[2]) - y[1]
    out[2] = y[0] * y[1] - 8.0 / 3.0 * y[2]
    return 0


@compiled_callback(KERNEL)
def robertson(t, y, p, context, out):
    a = 0.04 * y[0]
    b = 1e4 * y[1] * y[2]
    c = 3e7 * y[1] * y[1]
    out[0] = -a + b
    out[1] = a - b - c
    out[2] = c
    return 0


@compiled_callback(KERNEL)
def robertson_jacobian(t, y, p, context, out):
    out[0] = -0.04
    out[1] = 0.04
    out[2] = 0.0
    out[3] = 1e4 * y[2]
    out[4] = -1e4 * y[2] - 6e7 * y[1]
    out[5] = 6e7 * y[1]
    out[6] = 1e4 * y[1]
    out[7] = -1e4 * y[1]
    out[8] = 0.0
    return 0


@compiled_callback(KERNEL)
def oscillator(t, y, p, context, out):
    """y = (sin t, cos t) for any p[0], which attracts to it."""
    s = sin(t)
    c = cos(t)
    out[0] = c - p[0] * (y[0] - s)
    out[1] = -s - p[0] * (y[1] - c)
    return 0


@compiled_callback(KERNEL)
def oscillator_jacobian(t, y, p, context, out):
    out[0] = -p[0]
    out[1] = -p[0]
    return 0


@compiled_callback(KERNEL)
def turning(t, y, p, context, out):
    """y = (sin(a sin t), cos(a sin t)) from (0, 1), with a = p[0]."""
    rate = p[0] * cos(t)
    out[0] = rate * y[1]
    out[1] = -rate * y[0]
    return 0


@compiled_callback(KERNEL)
def turning_jacobian(t, y, p, context, out):
    rate = p[0] * cos(t)
    out[0] = 0.0
    out[1] = -rate
    out[2] = rate
    out[3] = 0.0
    return 0


@compiled_callback(KERNEL)
def circle(t, y, p, context, out):
    """y0' = y1, 0 = y0^2 + y1^2 - 1, so y = (sin t, cos t) while cos t > 0."""
    out[0] = y[1]
    out[1] = y[0] * y[0] + y[1] * y[1] - 1.0
    return 0


@compiled_callback(KERNEL)
def circle_jacobian(t, y, p, context, out):
    out[0] = 0.0
    out[1] = 2.0 * y[0]
    out[2] = 1.0
    out[3] = 2.0 * y[1]
    return 0


@compiled_callback(KERNEL)
def decay(t, y, p, context, out):
    """y' = -y^2, so y = 1/(1 + t) from 1."""
    out[0] = -y[0] * y[0]
    return 0


@compiled_callback(KERNEL)
def decay_jacobian(t, y, p, context, out):
    out[0] = -2.0 * y[0]
    return 0


@compiled_callback(KERNEL)
def blow_up(t, y, p, context, out):
    """The second component reaches infinity at t = 1 from 1."""
    out[0] = -y[0]
    out[1] = y[1] * y[1]
    return 0


@compiled_callback(KERNEL)
def not_a_number(t, y, p, context, out):
    """The square root of a negative number in the second component from t = 1 on."""
    out[0] = -y[0]
    out[1] = (1.0 - t) ** 0.5
    return 0


@compiled_callback(KERNEL)
def refusing(t, y, p, context, out):
    out[0] = 1.0
    return 1 if t > 0.5 else 0


@compiled_callback(KERNEL)
def van_der_pol(t, y, p, context, out):
    out[0] = y[1]
    out[1] = p[0] * (1.0 - y[0] * y[0]) * y[1] - y[0]
    return 0


@compiled_callback(KERNEL)
def van_der_pol_jacobian(t, y, p, context, out):
    out[0] = 0.0
    out[1] = -2.0 * p[0] * y[0] * y[1] - 1.0
    out[2] = 1.0
    out[3] = p[0] * (1.0 - y[0] * y[0])
    return 0


@compiled_callback(KERNEL)
def damping(t, y, p, context, out):
    """Implicit part of a driven nonlinear oscillator."""
    out[0] = -y[0] ** 3
    out[1] = -p[0] * y[1] * (1.0 + y[0] * y[0])
    return 0


@compiled_callback(KERNEL)
def damping_jacobian(t, y, p, context, out):
    out[0] = -3.0 * y[0] * y[0]
    out[1] = -2.0 * p[0] * y[1] * y[0]
    out[2] = -p[0] * (1.0 + y[0] * y[0])
    return 0


@compiled_callback(KERNEL)
def turning_and_drive(t, y, p, context, out):
    """Explicit part of a driven nonlinear oscillator."""
    out[0] = y[1] + cos(3.0 * t)
    out[1] = -2.0 * y[0]
    return 0


@compiled_callback(KERNEL)
def driven(t, y, p, context, out):
    """The whole driven nonlinear oscillator."""
    out[0] = y[1] + cos(3.0 * t) - y[0] ** 3
    out[1] = -2.0 * y[0] - p[0] * y[1] * (1.0 + y[0] * y[0])
    return 0


@compiled_callback(KERNEL)
def diffusion(t, y, p, context, out):
    """Heat on 40 points, held at zero at both ends, with a cubic loss."""
    for i in range(40):
        left = y[i - 1] if i > 0 else 0.0
        right = y[i + 1] if i < 39 else 0.0
        out[i] = 1600.0 * (left - 2.0 * y[i] + right) - y[i] ** 3
    return 0


@dataclass(frozen=True)
class Kernels:
    """Problems by name."""

    def lorenz(self):
        return KernelProblem(3, lorenz.address)

    def robertson(self, analytic=True):
        return KernelProblem(3, robertson.address, robertson_jacobian.address if analytic else 0)

    def oscillator(self, rate=0.0):
        diagonal = np.arange(3, dtype=np.int32), np.arange(2, dtype=np.int32)
        return KernelProblem(
            2, oscillator.address, oscillator_jacobian.address, *diagonal, parameters=np.array([float(rate)])
        )

    def turning(self, a):
        return KernelProblem(2, turning.address, turning_jacobian.address, parameters=np.array([float(a)]))

    def circle(self):
        mass = np.array([1.0, 0.0, 0.0, 0.0])
        return KernelProblem(2, circle.address, circle_jacobian.address, mass=mass, autonomous=True)

    def split(self, rate=1.0):
        """A right-hand side in two parts; the implicit one has a pattern of its own."""
        parameters = np.array([float(rate)])
        pattern = np.array([0, 2, 3], np.int32), np.array([0, 1, 1], np.int32)
        implicit = KernelProblem(2, damping.address, damping_jacobian.address, *pattern, parameters=parameters)
        explicit = KernelProblem(2, turning_and_drive.address, parameters=parameters)
        return KernelProblem(2, driven.address, parameters=parameters, split=(implicit, explicit))

    def decay(self):
        return KernelProblem(1, decay.address, decay_jacobian.address)

    def blow_up(self):
        return KernelProblem(2, blow_up.address)

    def not_a_number(self):
        return KernelProblem(2, not_a_number.address)

    def refusing(self):
        return KernelProblem(1, refusing.address)

    def van_der_pol(self, mu):
        return KernelProblem(
            2, van_der_pol.address, van_der_pol_jacobian.address, parameters=np.array([float(mu)])
        )

    def diffusion(self, tridiagonal=True):
        if not tridiagonal:
            return KernelProblem(40, diffusion.address)
        columns = [[i for i in (j - 1, j, j + 1) if 0 <= i < 40] for j in range(40)]
        indptr = np.cumsum([0] + [len(c) for c in columns]).astype(np.int32)
        return KernelProblem(40, diffusion.address, 0, indptr, np.concatenate(columns).astype(np.int32))


@pytest.fixture(scope="session")
def kernels():
    return Kernels()
