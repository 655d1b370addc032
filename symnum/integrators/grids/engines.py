"""All machine functions for grids, to be compiled or loaded together."""

import functools

__all__ = ["compiled_on_grids"]


@functools.cache
def compiled_on_grids() -> dict[str, int]:
    """Compile or load every machine function for grids; return their addresses."""
    from symnum.integrators.grids import adi, grid_transform, modal_preconditioner, modal_solver, multigrid

    return {
        "transform by matrices": grid_transform.transform_by_matrices.address,
        "adi factor": adi.factor_adi.address,
        "adi solve": adi.solve_adi.address,
        "mean factor": modal_preconditioner.factor_mean.address,
        "mean solve": modal_preconditioner.solve_mean.address,
        "multigrid factor": multigrid.factor_multigrid.address,
        "multigrid solve": multigrid.solve_multigrid.address,
        "modal factor": modal_solver.factor_modes.address,
        "modal solve": modal_solver.solve_modes.address,
    }
