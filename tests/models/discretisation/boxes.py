"""Linear systems on boxes in three dimensions: iterations, with the exact inverse for constant coefficients as help."""

import numpy as np
from scipy.sparse.linalg import LinearOperator, gmres

__all__ = ["box_solver"]


def box_solver(matrix, lines, power):
    """What solves with a matrix that is about ``c * laplacian^power - 1``, to seven digits.

    Parameters
    ----------
    matrix : sparse array, shape (n, n)
    lines : list of ndarray
        Per axis, the matrix of the second derivative.
    power : int
    """
    values, vectors = zip(*(np.linalg.eig(line) for line in lines), strict=True)
    inverses = [np.linalg.inv(v) for v in vectors]
    shape = tuple(len(v) for v in values)
    total = sum(v.reshape([-1 if j == k else 1 for j in range(len(shape))]) for k, v in enumerate(values))
    scale = float(np.mean(matrix.diagonal() + 1)) / float(np.mean(total**power).real)
    factors = scale * total**power - 1

    def along(matrices, numbers):
        for k, one in enumerate(matrices):
            numbers = np.moveaxis(np.tensordot(one, numbers, (1, k)), 0, k)
        return numbers

    def about(residual):
        return along(vectors, along(inverses, residual.reshape(shape)) / factors).real.ravel()

    near = LinearOperator(matrix.shape, about, dtype=float)

    def solve(residual):
        change, failed = gmres(matrix, residual, M=near, rtol=1e-7, restart=80, maxiter=10)
        assert not failed
        return change

    return solve
