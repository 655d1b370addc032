"""Stages of exponential time differencing in Fourier modes, from the same table of terms as the processor's engine.

The whole right-hand side is evaluated on the grid and transformed; without what the linear part says of a mode, it is
the rest.
"""

from collections.abc import Mapping

from codegen.cuda.functions_kernel import FunctionsKernel
from codegen.cuda.kernel import RATE, Row, Scale, Term, Update
from codegen.cuda.spectral_kernels import ExtendKernel, ModesKernel, ModeTerm, RestrictKernel, Spectrum
from symnum.integrators.tableaus import DifferencingTableau
from symnum.integrators.tableaus.exponential_differencing import LINEAR, SAME
from symnum.simulators.cuda.device import Fourier, Item
from symnum.simulators.cuda.plan import NOW, PlanBuilder

__all__ = ["ModeUpdate", "Stages", "factor_rows", "used_functions"]

ModeUpdate = tuple[int, list[ModeTerm]]


def used_functions(method: DifferencingTableau, adaptive: bool) -> list[tuple[int, tuple[float, ...]]]:
    """Return the functions that a plan uses: steps of a given size need none of those inside of a step.

    Each is how often z is halved, and the weights of phi_0, ..., phi_3.
    """
    last = max(t.function for t in method.terms if adaptive or t.row in ("v1", "v2", "v3", "v4"))
    return [(f.halvings, f.weights) for f in method.functions[: last + 1]]


def factor_rows(method: DifferencingTableau, adaptive: bool) -> int:
    """Return how many rows of factors there are: the linear part, and its functions."""
    return 1 + len(used_functions(method, adaptive))


class Stages:
    """Writes the launches of stages.

    Parameters
    ----------
    builder : PlanBuilder
    spectrum : Spectrum
    method : DifferencingTableau
    adaptive : bool

    Attributes
    ----------
    moved : int
        The row of modes that is transformed, the last.
    """

    def __init__(self, builder: PlanBuilder, spectrum: Spectrum, method: DifferencingTableau, adaptive: bool) -> None:
        self.builder, self.spectrum, self.method, self.adaptive = builder, spectrum, method, adaptive
        self.moved = spectrum.rows - 1

    def functions(self) -> Item:
        """Return the launch that computes the functions for a new size of the steps, which the slot "resized" tells."""
        functions = used_functions(self.method, self.adaptive)
        kernel = FunctionsKernel("functions", self.spectrum, functions, guard=("run", "resized"))
        return self.builder.add(kernel)

    def forward(self, row: Row) -> list[Item]:
        """Return launches that transform a row, to the row `moved` of modes."""
        extend = self.builder.add(ExtendKernel("extend", self.spectrum, row))
        return [extend, Fourier(True, 0, self.spectrum.row(self.moved))]

    def back(self, updates: list[ModeUpdate], target: Row) -> list[Item]:
        """Return launches that update modes, and write the last of them to a row."""
        last = updates[-1][0]
        if last != self.moved:
            updates = [*updates, (self.moved, [(None, Scale(), last)])]
        restrict = self.builder.add(RestrictKernel("restrict", self.spectrum, target))
        return [self.update(updates), Fourier(False, self.spectrum.row(self.moved), 0), restrict]

    def update(self, updates: list[ModeUpdate], name: str = "modes", guard: str = "run") -> Item:
        """Return the launch that updates modes."""
        return self.builder.add(ModesKernel(name, self.spectrum, updates, guard))

    def evaluate(self, source: Row, target: Row, node: float) -> list[Item]:
        """Return launches that evaluate the right-hand side at a row and transform it."""
        time = NOW if node == 0.0 else (*NOW, Scale(node, ("h",)))
        if node == 1.0 and self.adaptive:
            time = (Scale(1.0, ("t new",)),)
        return [*self.builder.evaluation(source, [Update(target, (Term(RATE),))], time), *self.forward(target)]

    def rest(self, target: int, value: int) -> ModeUpdate:
        """Return what is left of a right-hand side, which has been transformed, without the linear part."""
        return target, [(None, Scale(), self.moved), (0, Scale(-1.0), value)]

    def formed(self, name: str, target: int, rows: Mapping[str, int | None]) -> ModeUpdate:
        """Return what the table says of one of its rows, from rows of modes; None for what is in another one's sum."""
        terms: list[ModeTerm] = []
        for term in self.method.terms:
            if term.row == name:
                factor = {SAME: None, LINEAR: 0}.get(term.function, 1 + term.function)
                slots = ("h",) if term.by_step else ()
                sources = [(rows[source], weight) for source, weight in term.sources.items()]
                terms += [(factor, Scale(w, slots), row) for row, w in sources if row is not None]
        return target, terms
