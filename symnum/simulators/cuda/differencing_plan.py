"""Exponential time differencing on a device: the linear part exactly, in Fourier modes; the rest by Runge-Kutta.

The method of Cox and Matthews (J. Comput. Phys. 176 (2002) 430) with steps of a given size. The whole right-hand side
is evaluated on the grid and transformed; without what the linear part says of a mode, it is the rest.
"""

from codegen.cuda.control_kernel import ControlKernel
from codegen.cuda.kernel import RATE, Row, Scale, Term, Update
from codegen.cuda.spectral_kernels import ExtendKernel, ModesKernel, ModeTerm, RestrictKernel, Spectrum
from symnum.simulators.cuda.device import Fourier, Item
from symnum.simulators.cuda.fixed_plan import add_check, advance_program
from symnum.simulators.cuda.plan import Plan, PlanBuilder

__all__ = ["FACTORS", "ROWS", "differencing_plan"]

#: Rows of modes: the value, its rest, two stages, a sum of rests, and what is transformed.
_VALUE, _REST, _FIRST, _OTHER, _SUM, _MOVED = range(6)
ROWS = 6
#: Rows of factors: the linear part, exp(z/2), h/2 phi_1(z/2), exp(z), and the weights of the three kinds of rests.
_LINEAR, _HALF, _HALF_PHI, _WHOLE, _BEGIN, _MIDDLE, _END = range(7)
FACTORS = 7

_RATES, _TRIAL = 2, 3  # rows of the state's size


def differencing_plan(builder: PlanBuilder, spectrum: Spectrum) -> Plan:
    """Return the plan of ETDRK4."""
    step: list[Item] = []
    sources: list[Row] = ["row y", _TRIAL, _TRIAL, _TRIAL]
    for source, share, updates, target in zip(
        sources, (0.0, 0.5, 0.5, 1.0), _updates(), [_TRIAL] * 3 + ["row y"], strict=True
    ):
        time = (Scale(1.0, ("t",)), *([Scale(share, ("h",))] if share else []))
        step += builder.evaluation(source, [Update(_RATES, (Term(RATE),))], time)
        step += _forward(builder, spectrum, _RATES)
        step.append(builder.add(ModesKernel("modes", spectrum, updates)))
        step += [Fourier(False, spectrum.row(_MOVED), 0), builder.add(RestrictKernel("restrict", spectrum, target))]
    step.append(builder.add(ControlKernel("advance", (), advance_program(4.0))))
    begin = [
        *_forward(builder, spectrum, "row y"),
        builder.add(ModesKernel("value", spectrum, [_copy(_VALUE, _MOVED)])),
    ]
    plan = Plan(builder.kernels, begin, step, add_check(builder), 4, (0,), spectrum.size)
    plan.transform = spectrum.extended, spectrum.fields
    return plan


def _forward(builder: PlanBuilder, spectrum: Spectrum, row: Row) -> list[Item]:
    return [builder.add(ExtendKernel("extend", spectrum, row)), Fourier(True, 0, spectrum.row(_MOVED))]


def _copy(target: int, source: int) -> tuple[int, list[ModeTerm]]:
    return target, [(None, 1.0, source)]


def _updates() -> list[list[tuple[int, list[ModeTerm]]]]:
    """What is done with the modes after each of the four evaluations, which are in the row that is transformed."""
    rest_of_first: list[ModeTerm] = [(None, 1.0, _MOVED), (_LINEAR, -1.0, _FIRST)]
    rest_of_other: list[ModeTerm] = [(None, 1.0, _MOVED), (_LINEAR, -1.0, _OTHER)]
    return [
        [
            (_REST, [(None, 1.0, _MOVED), (_LINEAR, -1.0, _VALUE)]),
            (_FIRST, [(_HALF, 1.0, _VALUE), (_HALF_PHI, 1.0, _REST)]),
            _copy(_MOVED, _FIRST),
        ],
        [
            (_SUM, rest_of_first),
            (_OTHER, [(_HALF, 1.0, _VALUE), (_HALF_PHI, 1.0, _SUM)]),
            _copy(_MOVED, _OTHER),
        ],
        [
            (_MOVED, rest_of_other),
            (_OTHER, [(_HALF, 1.0, _FIRST), (_HALF_PHI, 2.0, _MOVED), (_HALF_PHI, -1.0, _REST)]),
            (_SUM, [(None, 1.0, _SUM), (None, 1.0, _MOVED)]),
            _copy(_MOVED, _OTHER),
        ],
        [
            (_MOVED, rest_of_other),
            (_VALUE, [(_WHOLE, 1.0, _VALUE), (_BEGIN, 1.0, _REST), (_MIDDLE, 1.0, _SUM), (_END, 1.0, _MOVED)]),
            _copy(_MOVED, _VALUE),
        ],
    ]
