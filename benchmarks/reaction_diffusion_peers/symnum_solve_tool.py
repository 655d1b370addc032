"""Gray and Scott's model as a user of symnum simulates it: ``solve`` with a fixed step."""

import numpy as np

from reaction_diffusion_peers.gray_scott import Array

DISTRIBUTION = None


class Tool:
    """A simulator, and the state that it has reached."""

    def __init__(self, n: int, dtype: str = "float64") -> None:
        from reaction_diffusion_questions.models import gray_scott

        import symnum as sn

        self.n, self.simulator = n, sn.build_simulator(gray_scott(n))
        self.y, _ = self.simulator.defaults()

    def run(self, steps: int) -> None:
        """Advance by so many steps."""
        end = float(steps)
        solution = self.simulator.solve((0.0, end), y0=self.y, t_eval=[end], method="euler", step=1.0)
        if not solution.success:
            raise RuntimeError(solution.message)
        self.y = np.ascontiguousarray(solution.y[:, -1])

    def state(self) -> tuple[Array, Array]:
        """Both fields now."""
        u, v = self.y.reshape(2, self.n, self.n)
        return u, v
