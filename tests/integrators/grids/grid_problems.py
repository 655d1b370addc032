"""Brusselators on grids behind addresses, with loops over cells written by hand: up to three axes, any sides."""

from math import sin

import numpy as np

from symnum.integrators.addresses import offset
from symnum.integrators.compiled import compiled, compiled_callback
from symnum.integrators.grids.layout import GridField
from symnum.integrators.problem import KernelProblem
from symnum.integrators.run import address_of

KERNEL = "int32(float64, CPointer(float64), CPointer(float64), int64, CPointer(float64))"
SIDES = {"periodic": 0.0, "neumann": 1.0, "dirichlet": 2.0}

# Parameters: A, B, cells along three axes, diffusion over squared width along each, the same for v as a multiple,
# sides along each, and how much the diffusion varies from face to face.
A, B, CELLS, WEIGHT, RATIO, SIDE, VARIES = 0, 1, 2, 5, 8, 9, 12


@compiled
def _coupling(p, axis, i):
    """Diffusion at the face behind cell i."""
    return p[WEIGHT + axis] * (1.0 + p[VARIES] * sin(0.9 * i + axis))


@compiled
def _along(p, axis, i, stride, u):
    """Second difference along an axis at u[0], which is cell i of it."""
    n = int(p[CELLS + axis])
    if n == 1:
        return 0.0
    total = 0.0
    for side in range(2):
        outside = i == 0 if side == 0 else i == n - 1
        face = (i - 1 + n) % n if side == 0 else i
        step = -1 if side == 0 else 1
        if not outside:
            total += _coupling(p, axis, face) * (u[step * stride] - u[0])
        elif p[SIDE + axis] == 0.0:
            total += _coupling(p, axis, face) * (u[-(n - 1) * step * stride] - u[0])
        elif p[SIDE + axis] == 2.0:
            total -= 2.0 * _coupling(p, axis, face) * u[0]
    return total


@compiled
def _diffusion(p, y, out):
    n0, n1, n2 = int(p[CELLS]), int(p[CELLS + 1]), int(p[CELLS + 2])
    n = n0 * n1 * n2
    for f in range(2):
        scale = 1.0 if f == 0 else p[RATIO]
        for i in range(n0):
            for j in range(n1):
                for k in range(n2):
                    place = f * n + (i * n1 + j) * n2 + k
                    u = offset(y, place)
                    total = _along(p, 0, i, n1 * n2, u) + _along(p, 1, j, n2, u) + _along(p, 2, k, 1, u)
                    out[place] = scale * total


@compiled
def _reaction(p, y, out):
    n = int(p[CELLS]) * int(p[CELLS + 1]) * int(p[CELLS + 2])
    for c in range(n):
        u = y[c]
        v = y[n + c]
        out[c] += p[B] + u * u * v - (p[A] + 1.0) * u
        out[n + c] += p[A] * u - u * u * v


@compiled_callback(KERNEL)
def whole(t, y, p, context, out):
    _diffusion(p, y, out)
    _reaction(p, y, out)
    return 0


@compiled_callback(KERNEL)
def diffusion(t, y, p, context, out):
    _diffusion(p, y, out)
    return 0


@compiled_callback(KERNEL)
def reaction(t, y, p, context, out):
    n = 2 * int(p[CELLS]) * int(p[CELLS + 1]) * int(p[CELLS + 2])
    for i in range(n):
        out[i] = 0.0
    _reaction(p, y, out)
    return 0


@compiled_callback(KERNEL)
def zero(t, y, p, context, out):
    n = 2 * int(p[CELLS]) * int(p[CELLS + 1]) * int(p[CELLS + 2])
    for i in range(n):
        out[i] = 0.0
    return 0


@compiled_callback(KERNEL)
def product(t, y, p, context, out):
    n = int(p[CELLS]) * int(p[CELLS + 1]) * int(p[CELLS + 2])
    x = offset(y, 2 * n)
    _diffusion(p, x, out)
    for c in range(n):
        u = y[c]
        v = y[n + c]
        out[c] += (2.0 * u * v - p[A] - 1.0) * x[c] + u * u * x[n + c]
        out[n + c] += (p[A] - 2.0 * u * v) * x[c] - u * u * x[n + c]
    return 0


class Brusselator:
    """A Brusselator on a grid of cells."""

    def __init__(self, shape, sides="periodic", alpha=1.0, ratio=1.0, stretch=1.0, varies=0.0):
        self.shape = shape
        cells = (*shape, 1, 1)[:3]
        weights = [alpha * (n * stretch**k) ** 2 if n > 1 else 0.0 for k, n in enumerate(cells)]
        names = [sides] * len(shape) if isinstance(sides, str) else list(sides)
        codes = [SIDES[s] for s in names] + [0.0] * (3 - len(shape))
        self.p = np.array([3.4, 1.0, *cells, *weights, ratio, *codes, varies])
        self.cells = int(np.prod(shape))
        self.size = 2 * self.cells
        pairs = tuple((s, s) for s in names)
        self.fields = [GridField(f, k * self.cells, tuple(shape), pairs) for k, f in enumerate("uv")]

    def start(self):
        """Smooth initial values, zero nowhere."""
        x = [(np.arange(n) + 0.5) / n for n in self.shape]
        grids = np.meshgrid(*x, indexing="ij")
        u = 1.0 + 0.5 * np.prod([np.cos(2 * np.pi * g) for g in grids], axis=0)
        v = 3.0 + np.prod([np.cos(2 * np.pi * g) for g in grids[:1]], axis=0)
        return np.concatenate([u.ravel(), v.ravel()])

    def call(self, kernel, t, y):
        """Values of a kernel."""
        import ctypes

        kind = ctypes.CFUNCTYPE(
            ctypes.c_int32, ctypes.c_double, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_void_p
        )
        out = np.zeros(self.size)
        assert kind(kernel.address)(t, address_of(y), address_of(self.p), 0, address_of(out)) == 0
        return out

    def problem(self, **settings):
        """The whole, known by products."""
        return KernelProblem(
            self.size, whole.address, parameters=self.p, product_address=product.address, autonomous=True, **settings
        )

    def parts(self, **settings):
        """Diffusion, and reaction."""
        return (
            KernelProblem(self.size, diffusion.address, parameters=self.p, autonomous=True, **settings),
            KernelProblem(self.size, reaction.address, parameters=self.p, autonomous=True),
        )

    def jacobian(self, y):
        """As a sparse matrix, by products with coloured vectors."""
        import scipy.sparse as sp

        columns = [self.call(product, 0.0, np.concatenate([y, e])) for e in np.eye(self.size)]
        return sp.csc_matrix(np.array(columns).T)
