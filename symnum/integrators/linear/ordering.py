"""Fill-reducing ordering: multiple minimum degree on the pattern of A + A^T."""

from typing import Any

import numpy as np

__all__ = ["minimum_degree"]


def minimum_degree(symmetric: Any) -> np.ndarray:
    """Return a fill-reducing elimination order of a symmetric pattern.

    Parameters
    ----------
    symmetric : scipy.sparse.csc_array or csc_matrix
        The pattern; its values are not looked at.

    Returns
    -------
    numpy.ndarray
        int32, shape (n,): the k-th column to be eliminated.

    Notes
    -----
    SuperLU orders by multiple minimum degree (Liu 1985) before it factors. Here it is handed a strongly diagonally
    dominant matrix and told to drop everything else, so that the ordering is all the work there is.
    """
    import scipy.sparse as sp
    from scipy.sparse.linalg import spilu

    n = symmetric.shape[0]
    if n < 3:
        return np.arange(n, dtype=np.int32)
    matrix = sp.csc_matrix(
        (np.full(symmetric.nnz, -1.0), symmetric.indices, symmetric.indptr), shape=symmetric.shape
    ) + sp.identity(n, format="csc") * (4.0 * n)
    factors = spilu(
        matrix.tocsc(), drop_tol=1.0, fill_factor=1.0, drop_rule="basic", permc_spec="MMD_AT_PLUS_A",
        diag_pivot_thresh=0.0, options={"SymmetricMode": True},
    )  # fmt: skip
    return np.argsort(factors.perm_c).astype(np.int32)
