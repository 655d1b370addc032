"""Gray and Scott's model by symnum's fused steps, as many at a time in cache as it chooses."""

from typing import Any

import numpy as np

from reaction_diffusion_peers.gray_scott import Array

DISTRIBUTION = None


class Tool:
    """A stepper, and the state that it has reached.

    Parameters
    ----------
    n : int
    dtype : str
    depth : int
        Steps that are made at a time in each piece of the grid; 0 leaves it to the stepper.
    """

    def __init__(self, n: int, dtype: str = "float64", depth: int = 0) -> None:
        from reaction_diffusion_questions.models import gray_scott

        import symnum as sn
        from codegen.stencils import compile_stepper
        from symnum.compiling.aligned import aligned_copy

        simulator = sn.build_simulator(gray_scott(n))
        y, self.p = (values.astype(dtype) for values in simulator.defaults())
        self.n, self.depth, self.y = n, depth, aligned_copy(y)
        self.stepper: Any = compile_stepper(simulator.system, "euler", dtype)

    @property
    def buffers(self) -> list[Array]:
        """Both fields, and the memory in which the stepper keeps their next values."""
        size = self.n * self.n
        following = self.stepper._scratch[: 2 * size]
        return [self.y[:size], self.y[size:], following[:size], following[size:]]

    def run(self, steps: int) -> None:
        """Advance by so many steps."""
        self.stepper.advance(0.0, 1.0, steps, self.y, self.p, depth=self.depth)

    def state(self) -> tuple[Array, Array]:
        """Both fields now."""
        u, v = self.y.reshape(2, self.n, self.n)
        return np.array(u), np.array(v)
