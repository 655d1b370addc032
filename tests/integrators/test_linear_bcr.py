"""The sparse solver on the Jacobian of a network with 1,122 species, along its trajectory."""

import ctypes
from pathlib import Path

import numpy as np
import scipy.sparse as sp

import symnum as sn
from symnum.integrators.linear import make_linear_solver

TIMES = [0.0, 1e-4, 1.0, 30.0, 100.0]


def test_backward_error_along_the_trajectory(data_dir: Path) -> None:
    simulator = sn.build_simulator(sn.read_model(data_dir / "networks" / "bcr.net"))
    states = np.asarray(simulator.solve((0.0, TIMES[-1]), t_eval=TIMES, rtol=1e-4).y)
    indptr, indices = simulator.pattern
    n = len(indptr) - 1
    solver = make_linear_solver(n, indptr, indices, "sparse")
    integer, double, pointer = ctypes.c_int64, ctypes.c_double, ctypes.c_void_p
    factor = ctypes.CFUNCTYPE(ctypes.c_int32, integer, double, double, pointer)(solver.factor_address)
    solve = ctypes.CFUNCTYPE(ctypes.c_int32, integer, pointer)(solver.solve_address)
    b = np.random.default_rng(0).standard_normal(n)
    for t, y in zip(TIMES, states.T, strict=True):
        jacobian = simulator.jacobian(t, y)
        values = np.ascontiguousarray(jacobian.data)
        assert len(values) == len(indices)
        for c_jac in (1e-6, 1e-3, 1.0, 1e2, 1e4):
            assert factor(solver.context_address, 1.0, c_jac, values.ctypes.data) == 0
            x = b.copy()
            assert solve(solver.context_address, x.ctypes.data) == 0
            matrix = sp.identity(n) - c_jac * jacobian
            error = abs(matrix @ x - b).max() / (abs(matrix).sum(axis=1).max() * abs(x).max() + abs(b).max())
            assert error <= 1e-15, (t, c_jac)
    assert solver.statistics()["pivoted_factorisations"] == 0
