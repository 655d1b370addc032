# ruff: noqa: E501
"""Method-of-lines programs as people write them, each with the shape of its state; run on numbers and traced."""

import numpy as np
import scipy.ndimage
import scipy.signal
import scipy.sparse
from scipy.ndimage import laplace
from scipy.signal import convolve2d

__all__ = ["PROGRAMS"]

RNG = np.random.default_rng(5)
N, M = 9, 7
X = np.linspace(0.0, 1.0, N)
Y = np.linspace(-1.0, 1.0, M)
XX, YY = np.meshgrid(X, Y, indexing="ij")
TABLE = RNG.uniform(0.5, 1.5, (N, M))
DISC = (XX - 0.4) ** 2 + YY**2 < 0.3
BORDER = np.zeros((N, M))
BORDER[1:-1, 1:-1] = 1.0
BEFORE, AFTER = (np.arange(N) - 1) % N, (np.arange(N) + 1) % N


def tridiagonal(n):
    return np.diag(np.full(n, -2.0)) + np.diag(np.ones(n - 1), 1) + np.diag(np.ones(n - 1), -1)


def neumann(n):
    matrix = tridiagonal(n)
    matrix[0, 1] = matrix[-1, -2] = 2.0
    return matrix


def chebyshev(n):
    x = np.cos(np.pi * np.arange(n + 1) / n)
    c = np.hstack([2, np.ones(n - 1), 2]) * (-1) ** np.arange(n + 1)
    apart = x[:, None] - x + np.eye(n + 1)
    matrix = np.outer(c, 1 / c) / apart
    return matrix - np.diag(matrix.sum(axis=1))


ROWS, COLUMNS = neumann(N), tridiagonal(M)
UNEVEN = np.diag(RNG.uniform(-3, -1, N)) + np.diag(RNG.uniform(1, 2, N - 1), 1) + np.diag(RNG.uniform(1, 2, N - 1), -1)
WHOLE = scipy.sparse.kron(ROWS, scipy.sparse.eye(M)) + scipy.sparse.kron(scipy.sparse.eye(N), COLUMNS)
WHOLE = WHOLE.tocsr()
SPECTRAL = chebyshev(N - 1)
KERNEL = np.array([[0.05, 0.2, 0.05], [0.2, -1.0, 0.2], [0.05, 0.2, 0.05]])
SKEWED = RNG.uniform(-1, 1, (3, 2))


def periodic_laplacian(u):
    return np.roll(u, 1, 0) + np.roll(u, -1, 0) + np.roll(u, 1, 1) + np.roll(u, -1, 1) - 4 * u


def gray_scott(t, y, Du=0.16, Dv=0.08, F=0.035, k=0.065):
    u, v = y
    return np.stack(
        [Du * periodic_laplacian(u) - u * v**2 + F * (1 - u), Dv * periodic_laplacian(v) + u * v**2 - (F + k) * v]
    )


def interleaved(t, y):
    """Two fields side by side in one flat array, written through views of it."""
    u, v = y[::2], y[1::2]
    dydt = np.empty_like(y)
    dudt, dvdt = dydt[::2], dydt[1::2]
    dudt[0] = -u[0] * v[0] ** 2 + 0.1 * (1 - u[0]) + (-2.0 * u[0] + 2.0 * u[1]) / 0.04
    dudt[1:-1] = -u[1:-1] * v[1:-1] ** 2 + 0.1 * (1 - u[1:-1]) + np.diff(u, 2) / 0.04
    dudt[-1] = -u[-1] * v[-1] ** 2 + 0.1 * (1 - u[-1]) + (-2.0 * u[-1] + 2.0 * u[-2]) / 0.04
    dvdt[0] = u[0] * v[0] ** 2 - v[0] + (-2.0 * v[0] + 2.0 * v[1]) / 0.04
    dvdt[1:-1] = u[1:-1] * v[1:-1] ** 2 - v[1:-1] + np.diff(v, 2) / 0.04
    dvdt[-1] = u[-1] * v[-1] ** 2 - v[-1] + (-2.0 * v[-1] + 2.0 * v[-2]) / 0.04
    return dydt


def flat_fields(t, y):
    u, v = y[: N * M].reshape(N, M), y[N * M :].reshape(N, M)
    du, dv = periodic_laplacian(u) - u * v, 0.5 * periodic_laplacian(v) + u * v - np.sin(t) * v
    return np.concatenate([du.ravel(), dv.ravel()])


def flat_views(t, y):
    dy = np.zeros(y.size)
    shaped, out = y.reshape(2, N, M), dy.reshape(2, N, M)
    out[0, 1:-1] = shaped[0, 2:] - 2 * shaped[0, 1:-1] + shaped[0, :-2]
    out[1, :, ::-1] = shaped[0] * shaped[1]
    out *= 3.0
    return dy


def filled(dy, y, p, t):
    dy[1:-1, 1:-1] = y[2:, 1:-1] + y[:-2, 1:-1] + y[1:-1, 2:] + y[1:-1, :-2] - 4 * y[1:-1, 1:-1]
    dy[0, :] = dy[-1, :] = 0
    dy[:, 0] = y[:, 1] - y[:, 0]
    dy[:, -1] = -y[:, -1] * t


def ghost_cells(t, u):
    padded = np.zeros((N + 2, M + 2))
    padded[1:-1, 1:-1] = u
    padded[0, 1:-1] = u[0]
    padded[-1, 1:-1] = 2 * 0.3 - u[-1]
    padded[1:-1, 0], padded[1:-1, -1] = u[:, 0], u[:, -1]
    return (padded[2:, 1:-1] + padded[:-2, 1:-1] + padded[1:-1, 2:] + padded[1:-1, :-2] - 4 * padded[1:-1, 1:-1]) / 0.01


def fluxes(t, u):
    """Finite volumes: a limited upwind flux and diffusion, no flow through the ends."""
    slope = np.diff(u)
    limited = np.where(slope[:-1] * slope[1:] > 0, np.minimum(np.abs(slope[:-1]), np.abs(slope[1:])), 0.0)
    limited = limited * np.sign(slope[1:])
    left = np.concatenate(([u[0]], u[1:-1] + 0.5 * limited))
    flux = np.zeros(len(u) + 1)
    flux[1:-1] = 0.7 * left - 0.1 * slope
    return -(flux[1:] - flux[:-1]) / 0.1


def burgers(t, u):
    return -u * np.where(u > 0, u - np.roll(u, 1), np.roll(u, -1) - u) + 0.1 * (np.roll(u, 1) - 2 * u + np.roll(u, -1))


def masked(t, u):
    du = periodic_laplacian(u)
    du[DISC] = 0.0
    du[0] += 1.0
    return np.clip(du, -3, 3) * BORDER + TABLE * u


def loops(t, u):
    du = np.zeros((N, M))
    for i in range(N):
        for j in range(M):
            du[i, j] = u[(i + 1) % N, j] + u[(i - 1) % N, j] - 4 * u[i, j] + X[i] * u[i, j] ** 2
            if 0 < j < M - 1:
                du[i, j] += u[i, j - 1] + u[i, j + 1]
    return du


def loop_over_rows(t, u):
    du = np.zeros_like(u)
    for i in range(1, N - 1):
        du[i] = u[i - 1] - 2 * u[i] + u[i + 1]
    return du


def runge(y):
    gradient = np.gradient(y, 0.1, axis=0)
    return -gradient * y + np.gradient(np.gradient(y, Y, axis=1, edge_order=2), Y, axis=1)


def nonlocal_feedback(t, u):
    mean = u.mean()
    return 0.1 * periodic_laplacian(u) + u * (1 - mean) - np.sum(u**2) / u.size * 0.3


def variance_feedback(t, u):
    return -u * np.var(u) + np.linalg.norm(u) * 0.1 + u.mean(axis=1, keepdims=True)


def cahn_hilliard(t, c):
    mu = c**3 - c - 0.01 * laplace(c, mode="wrap")
    return scipy.ndimage.laplace(mu, mode="wrap")


def three_species(t, y):
    A, B, C = y[..., 0], y[..., 1], y[..., 2]
    reaction = A * B - C
    dA = 100 * (ROWS @ A + A @ COLUMNS) + (XX > 0.6) - A - reaction
    return np.stack([dA, 1 - B - reaction, 1 - C + reaction], axis=-1)


def lists(t, y):
    u, v = y
    return [u * v - np.roll(u, 1, axis=0), np.exp(-v) + u]


def helper_arrays(t, u):
    w = np.ones((N, M))
    for k in range(N):
        w[k, 0] = 0.5 * k
    total = np.zeros_like(u)
    for shift in (-2, -1, 1, 2):
        total += np.roll(u, shift, axis=0) * w
    return np.array(list(total))


def integers(t, u):
    return np.floor(3 * u) + np.maximum.reduce(np.stack([u, 0.2 * u, np.full_like(u, 0.5)]))


PROGRAMS = {
    "gray scott": (gray_scott, (2, N, M)),
    "interleaved": (interleaved, (2 * N,)),
    "flat fields": (flat_fields, (2 * N * M,)),
    "flat views": (flat_views, (2 * N * M,)),
    "filled in": (filled, (N, M)),
    "ghost cells": (ghost_cells, (N, M)),
    "fluxes": (fluxes, (N,)),
    "burgers": (burgers, (N,)),
    "masked": (masked, (N, M)),
    "loops": (loops, (N, M)),
    "loop over rows": (loop_over_rows, (N, M)),
    "gradients": (runge, (N, M)),
    "nonlocal": (nonlocal_feedback, (N, M)),
    "variance": (variance_feedback, (N, M)),
    "cahn hilliard": (cahn_hilliard, (N, M)),
    "three species": (three_species, (N, M, 3)),
    "lists": (lists, (2, N, M)),
    "helper arrays": (helper_arrays, (N, M)),
    "tridiagonal": (lambda t, u: ROWS @ u + u**2, (N,)),
    "uneven tridiagonal": (lambda t, u: UNEVEN @ u, (N, M)),
    "from the right": (lambda t, u: u @ UNEVEN, (M, N)),
    "vector from the right": (lambda t, u: u @ UNEVEN + UNEVEN.T @ u, (N,)),
    "spectral": (lambda t, u: SPECTRAL @ (SPECTRAL @ u), (N,)),
    "sparse in two dimensions": (lambda t, y: WHOLE @ y - y, (N * M,)),
    "sparse times a field": (lambda t, u: (WHOLE @ u.ravel()).reshape(N, M) + WHOLE.dot(u.flatten()).reshape(u.shape), (N, M)),
    "sparse from the right": (lambda t, u: u @ scipy.sparse.csr_matrix(UNEVEN), (M, N)),
    "dot": (lambda t, u: np.dot(ROWS, u) + np.tensordot(ROWS, u, axes=(1, 0)), (N, M)),
    "einsum": (lambda t, u: np.einsum("ij,jk->ik", ROWS, u) + np.einsum("ij,kj->ik", u, COLUMNS), (N, M)),
    "einsum of fields": (lambda t, y: np.einsum("ab,bij->aij", np.array([[1.0, 2.0], [0.5, 0.0]]), y), (2, N, M)),
    "squares": (lambda t, u: np.einsum("ij,ij->", u, u) * u, (N, M)),
    "reflect": (lambda t, u: np.diff(np.pad(u, 1, mode="reflect"), 2), (N,)),
    "symmetric": (lambda t, u: np.diff(np.pad(u, ((1, 1), (0, 0)), mode="symmetric"), n=2, axis=0), (N, M)),
    "wrap": (lambda t, u: np.diff(np.pad(u, ((0, 0), (1, 1)), "wrap"), 2, axis=1), (N, M)),
    "edge": (lambda t, u: np.diff(np.pad(u, 2, "edge"), 4), (N,)),
    "constant": (lambda t, u: np.diff(np.pad(u, 1, constant_values=(t, 2.0)), 2), (N,)),
    "convolve": (lambda t, u: scipy.ndimage.convolve(u, KERNEL, mode="nearest") + scipy.ndimage.correlate(u, SKEWED, mode="mirror"), (N, M)),
    "convolve skewed": (lambda t, u: scipy.ndimage.convolve(u, SKEWED, mode="constant", cval=1.5), (N, M)),
    "one axis": (lambda t, u: scipy.ndimage.convolve1d(u, [1.0, -3.0, 2.0, 0.5], axis=0) + scipy.ndimage.correlate1d(u, [1.0, 0.0, -1.0], axis=1, mode="wrap"), (N, M)),
    "signal": (lambda t, u: convolve2d(u, KERNEL, mode="same", boundary="symm") + scipy.signal.convolve2d(u, SKEWED, mode="same", boundary="wrap"), (N, M)),
    "numpy convolve": (lambda t, u: np.convolve(u, [1.0, -2.0, 1.0], mode="same"), (N,)),
    "index arrays": (lambda t, u: u[AFTER] - 2 * u + u[BEFORE], (N, M)),
    "index arrays on both": (lambda t, u: u[np.ix_(AFTER, np.arange(M))] - u[:, ::-1] + u.take([0] * M, axis=1), (N, M)),
    "time": (lambda t, u: np.cos(2 * t) * u + np.exp(-t), (N,)),
    "state first": (lambda u, t: np.roll(u, 2) * t - u, (N,)),
    "transposed": (lambda t, u: u.T[::-1].T + np.transpose(u).T * u, (N, M)),
    "cubes": (lambda t, u: sum(np.roll(u, s, a) for s in (-1, 1) for a in range(3)) - 6 * u, (4, 5, 6)),
    "swapped": (lambda t, u: np.swapaxes(np.diff(np.swapaxes(np.pad(u, ((0, 0), (1, 0))), 0, 1), axis=0), 0, 1), (N, M)),
    "blocks": (lambda t, u: np.block([[u[:4, :3], u[:4, 3:]], [u[4:, :3] * 2, u[4:, 3:] ** 2]]), (N, M)),
    "stacks": (lambda t, u: np.vstack([u[:1], u[1:-1] * TABLE[1:-1], u[-1:]]) + np.hstack([u[:, 1:], u[:, :1]]), (N, M)),
    "small sums": (lambda t, u: u * u.sum(axis=1)[:, None] + np.cumsum(u, axis=1), (N, M)),
    "extremes": (lambda t, u: u.max(axis=1, keepdims=True) - np.minimum(u, u.mean()), (N, M)),
    "integrals": (lambda t, u: u - np.trapezoid(u, X), (N,)),
    "outer": (lambda t, u: np.outer(X, Y) * u + np.outer(u[:, 0], u[0]), (N, M)),
    "conditions": (lambda t, u: (u > 0.5) * u + (~(u > 0.5)).astype(float) * 2 + np.where(DISC, u, -u), (N, M)),
    "assigned by condition": (lambda t, u: _limited(u), (N, M)),
    "tables": (lambda t, u: TABLE * np.sin(u) + X[:, None] * u + Y * 2, (N, M)),
    "every other": (lambda t, u: _red_black(u), (N, M)),
    "restricted": (lambda t, u: np.repeat(0.5 * (u[::2] + u[1::2]), 2), (2 * N,)),
    "scalars and tables": (lambda t, u: np.where(t >= 1.1, 5.0, 0.0) * DISC + np.sin(t) * XX * u - u.mean() * TABLE + np.where(t > 1, XX, YY), (N, M)),
    "masks": (lambda t, u: _masks(u), (N, M)),
    "rows and columns": (lambda t, u: np.r_[0.0, np.diff(u, 2), u[0]] + np.c_[u, u][:, 0] + np.append(u[1:], t), (N,)),
    "method dot": (lambda t, u: ROWS.dot(u) + ROWS.T.dot(u) + np.matmul(ROWS, u), (N,)),
    "three at a time": (lambda t, u: np.tile(u.reshape(3, N // 3).mean(axis=0), 3), (N,)),
    "mirror": (lambda t, u: u[::-1] - u[:, ::-1], (N, M)),
    "fortran order": (lambda t, y: (2 * y.reshape((N, M), order="F")).ravel(order="F"), (N * M,)),
    "compartments": (lambda t, y: np.append(np.diff(y[:-1], append=y[-2]) * y[-1], -y[-1] + y[:-1].sum()), (N + 30,)),
    "integers": (integers, (N, M)),
    "select": (lambda t, u: np.select([u < 0.4, u < 0.8], [u, 2 * u], 0.0), (N, M)),
    "out": (lambda t, u: _out(u), (N, M)),
    "solve": (lambda t, u: np.linalg.solve(ROWS - 5 * np.eye(N), u), (N,)),
    "weighted": (lambda t, u: u - np.average(u, weights=TABLE), (N, M)),
    "along": (lambda t, u: np.apply_along_axis(lambda row: np.roll(row, 1) - row, 1, u), (N, M)),
}  # fmt: skip


def _limited(u):
    v = u.copy()
    v[v > 0.6] = 0.6
    v[1:-1][v[1:-1] < 0.2] = 0.0
    return v


def _masks(u):
    du = u - 0.3
    du[DISC] *= 2.0
    du[DISC] += u[DISC] ** 2 + 1
    du[~DISC] = -u[~DISC] * u[DISC].mean() + np.sum(u[DISC])
    du[XX > 0.8] = TABLE[XX > 0.8]
    du[0] += u[DISC][0] + u[DISC][:3].sum()
    return du


def _red_black(u):
    out = np.empty_like(u)
    out[::2] = np.roll(u, 1, axis=1)[::2]
    out[1::2, ::3] = u[1::2, ::3] ** 2
    out[1::2, 1::3] = -u[:-1:2, 1::3]
    out[1::2, 2::3] = 1.0
    return out


def _out(u):
    work = np.empty((N, M))
    np.multiply(u, 2.0, out=work)
    np.add(work, np.roll(u, 1, 0), out=work)
    np.exp(work, out=work)
    work /= 3
    work[2:4] -= u[2:4]
    return work
