"""The sparse solver as an object: symbolic phase shared, one set of numerical buffers per context."""

import numpy as np

from symnum.compiling.aligned import aligned_empty
from symnum.integrators.linear import front_kernels, machines, multifrontal
from symnum.integrators.linear.analysis import Analysis, Array, analyse, pack
from symnum.integrators.linear.fallback import Fallback

__all__ = ["SparseSolver"]


class SparseSolver:
    """Direct sparse solver of (c_mass*I - c_jac*J) x = b for a fixed pattern.

    Parameters
    ----------
    analysis : Analysis
        Result of the symbolic phase (`SparseSolver.for_pattern` makes it).

    Attributes
    ----------
    context_address, factor_address, solve_address : int
        What an engine calls; see the package's documentation.
    """

    name = "sparse"

    def __init__(self, analysis: Analysis) -> None:
        self._analysis = analysis
        self._made: dict[str, Array] = {
            name: aligned_empty(analysis.sizes[name]) for name in ("factors", "front", "tail", "passed")
        }
        self._made["second_front"] = aligned_empty(analysis.sizes["front"])
        self._made["pivots"] = np.zeros(analysis.n, dtype=np.int32)
        self._made["work"] = aligned_empty(5 * analysis.n + 8)
        self._made["pieces"] = np.empty(3 * analysis.n, dtype=np.int32)
        self._made["counters"] = np.zeros(8, dtype=np.int64)
        self._made["growth"] = np.zeros(8)
        numbers = {"n": analysis.n, "count": analysis.count}
        machine = {
            "pivoted": 0,
            "pivoted_factor": 0,
            "pivoted_solve": 0,
            "solve": multifrontal.solve_sparse.address,
            "eliminate": front_kernels.eliminate_front.address,
            "columns_machine": machines.columns_machine.address,
            "rows_machine": machines.rows_machine.address,
        }
        growth = self._made["growth"]
        self._made["frame"] = pack(
            0, 0, 0, 0, 0, 0, 0, growth, machine["columns_machine"], machines.product_machine.address
        )
        everything = analysis.arrays | self._made | numbers | machine
        self._context = pack(*(everything[name] for name in multifrontal.SLOTS))
        self._fallback = Fallback(analysis, self._context)
        self._context[multifrontal.PIVOTED_FACTOR] = self._fallback.address
        self.context_address = int(self._context.ctypes.data)
        self.factor_address = multifrontal.factor_sparse.address
        self.solve_address = multifrontal.solve_sparse.address

    @classmethod
    def for_pattern(cls, n: int, indptr: Array, indices: Array) -> "SparseSolver":
        """Analyse a pattern and return a solver for it."""
        return cls(analyse(n, indptr, indices))

    def clone(self) -> "SparseSolver":
        """Return an independent context of the same pattern, sharing the symbolic part."""
        return SparseSolver(self._analysis)

    def statistics(self) -> dict[str, object]:
        """Return fill, arithmetic, growth and what was fallen back to, as counted so far."""
        counters, growth = self._made["counters"], self._made["growth"]
        return self._analysis.statistics | {
            "kind": self.name,
            "factorisations": int(counters[0]),
            "pivoted_factorisations": int(counters[1]),
            "proofs": int(counters[2]),
            "largest_multiplier": float(growth[1]),
            "largest_proof_error": float(growth[2]),
        }
