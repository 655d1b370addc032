"""Matrices as linear solvers take them, and calls of their machine functions."""

import ctypes

import numpy as np
import scipy.sparse as sp


def columns(matrix):
    """Pattern with the whole diagonal, and values; explicit zeros stay entries."""
    n = matrix.shape[0]
    coo = sp.coo_matrix(matrix)
    keys = np.union1d(coo.col.astype(np.int64) * n + coo.row, np.arange(n, dtype=np.int64) * (n + 1))
    values = np.zeros(len(keys))
    np.add.at(values, np.searchsorted(keys, coo.col.astype(np.int64) * n + coo.row), coo.data)
    pointers = np.searchsorted(keys, np.arange(n + 1, dtype=np.int64) * n).astype(np.int32)
    return n, pointers, (keys % n).astype(np.int32), values


def factor(solver, c_mass, c_jac, values):
    kind = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_int64, ctypes.c_double, ctypes.c_double, ctypes.c_void_p)
    return kind(solver.factor_address)(solver.context_address, c_mass, c_jac, values.ctypes.data)


def solve(solver, b):
    x = b.copy()
    kind = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_int64, ctypes.c_void_p)
    return kind(solver.solve_address)(solver.context_address, x.ctypes.data), x


def backward_error(matrix, x, b):
    """Normwise backward error in the infinity norm (Rigal and Gaches 1967)."""
    norm = abs(matrix).sum(axis=1).max()
    return float(abs(matrix @ x - b).max() / (norm * abs(x).max() + abs(b).max()))
