"""Gray and Scott's model in pystencils, with kernels for AVX-512 where the processor has it."""

from pathlib import Path
from typing import Any

import numpy as np

from reaction_diffusion_peers.gray_scott import DU, DV, FEED, KILL, Array, initial

PACKAGE = "pystencils"
DISTRIBUTION = "pystencils"


class Tool:
    """One vectorised kernel for both fields; NumPy fills the frame, as pystencils' own examples do."""

    def __init__(self, n: int, dtype: str = "float64") -> None:
        import pystencils as ps
        import sympy as sp

        names = ("u", "v", "un", "vn")
        u, v, un, vn = (ps.fields(f"{s}: {dtype}[{n + 2},{n + 2}]") for s in names)
        r = sp.Symbol("r")
        updates = [
            ps.Assignment(un[0, 0], u[0, 0] + DU * _laplacian(u) - r + FEED * (1 - u[0, 0])),
            ps.Assignment(vn[0, 0], v[0, 0] + DV * _laplacian(v) + r - (FEED + KILL) * v[0, 0]),
        ]
        collection = ps.AssignmentCollection(updates, [ps.Assignment(r, u[0, 0] * v[0, 0] ** 2)])
        wide = "avx512f" in Path("/proc/cpuinfo").read_text(encoding="utf-8")
        settings = ps.CreateKernelConfig(target=ps.Target.X86_AVX512 if wide else ps.Target.X86_AVX)
        settings.cpu.vectorize.enable = True
        settings.cpu.vectorize.assume_inner_stride_one = True
        self.kernel = ps.create_kernel(collection, settings).compile()
        a, b = (np.ascontiguousarray(np.pad(f, 1, mode="wrap")).astype(dtype) for f in initial(n))
        self.buffers = [a, b, a.copy(), b.copy()]

    def run(self, steps: int) -> None:
        """Advance by an even number of steps."""
        u, v, un, vn = self.buffers
        for _ in range(steps // 2):
            self.kernel(u=u, v=v, un=un, vn=vn)
            _fill(un)
            _fill(vn)
            self.kernel(u=un, v=vn, un=u, vn=v)
            _fill(u)
            _fill(v)

    def state(self) -> tuple[Array, Array]:
        """Both fields now."""
        return self.buffers[0][1:-1, 1:-1], self.buffers[1][1:-1, 1:-1]


def _laplacian(f: Any) -> Any:
    return f[1, 0] + f[-1, 0] + f[0, 1] + f[0, -1] - 4 * f[0, 0]


def _fill(f: Array) -> None:
    f[:, 0], f[:, -1] = f[:, -2], f[:, 1]
    f[0], f[-1] = f[-2], f[1]
