"""All machine functions for grids, to be compiled or loaded together."""

import functools

__all__ = ["compiled_on_grids"]


@functools.cache
def compiled_on_grids() -> dict[str, int]:
    """Compile or load every machine function for grids; return their addresses."""
    from symnum.integrators.grids import grid_transform, modal_solver

    return {
        "transform by matrices": grid_transform.transform_by_matrices.address,
        "modal factor": modal_solver.factor_modes.address,
        "modal solve": modal_solver.solve_modes.address,
    }
