"""Gray and Scott's model in NumPy, as most programs are written."""

from reaction_diffusion_peers.gray_scott import Array, initial, numpy_steps

PACKAGE = "numpy"
DISTRIBUTION = "numpy"


class Tool:
    """Both fields, advanced by whole-array expressions."""

    def __init__(self, n: int, dtype: str = "float64") -> None:
        self.fields = tuple(f.astype(dtype) for f in initial(n))

    def run(self, steps: int) -> None:
        """Advance by so many steps."""
        self.fields = numpy_steps(*self.fields, steps)

    def state(self) -> tuple[Array, Array]:
        """Both fields now."""
        return self.fields[0], self.fields[1]
