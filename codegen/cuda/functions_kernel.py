"""Functions of the linear part for a step of any size, mode by mode, as exponential time differencing needs them.

The formulas are those of the processor's engine: a Taylor series of phi_3 for a z that has been halved until it is
small, the others from it, then doubling. Nothing is a difference of nearly equal numbers. All of it is in double
precision, since it happens only where steps change their size.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import factorial

from codegen.cuda.kernel import Guard
from codegen.cuda.layout import Layout
from codegen.cuda.one_phase import EachElement
from codegen.cuda.spectral_kernels import Spectrum, factor_places
from codegen.cuda.text import DOUBLE, Text

__all__ = ["FunctionsKernel"]

# Terms of the Taylor series of phi_3, for a size of a half.
_TERMS = 12
# A number of this size is halved so often before the series is summed, at most.
_MOST = 100

#: A real number by the name of its value, or a complex one.
Number = tuple[str, ...]


@dataclass(eq=False)
class FunctionsKernel(EachElement):
    """Rows of factors from the first one, which is the linear part, and the size of the steps.

    Attributes
    ----------
    name : str
    spectrum : Spectrum
    functions : sequence of (int, tuple of float)
        How often z is halved, and the weights of phi_0, ..., phi_3; the first function is the second row of factors.
    step : str
        The control slot of the size.
    guard : str or tuple of str, optional
    """

    name: str
    spectrum: Spectrum
    functions: Sequence[tuple[int, tuple[float, ...]]]
    step: str = "h"
    guard: Guard = "run"

    def count(self, layout: Layout) -> int:
        """Return the number of modes."""
        return self.spectrum.modes

    def _write(self, text: Text, layout: Layout) -> None:
        with self.element(text, layout) as mode:
            h = text.control(layout.slot(self.step))
            linear = [text.widened(text.load(p)) for p in factor_places(text, self.spectrum, 0, mode)]
            z = tuple(text.line(f"fmul double {h}, {value}") for value in linear)
            least = max(halvings for halvings, _ in self.functions)
            with text.doubles():
                level, scale = _halvings(text, z, least)
                phi = _series(text, tuple(text.line(f"fmul double {part}, {scale}") for part in z))
                phi = _doubled_often(text, phi, text.line(f"sub i64 {level}, {least}"))
                values = self._weighed(text, phi, least)
            for number, value in values.items():
                for part, place in zip(value, factor_places(text, self.spectrum, 1 + number, mode), strict=True):
                    text.store(part if text.fields == DOUBLE else text.line(f"fptrunc double {part} to float"), place)

    def _weighed(self, text: Text, phi: list[Number], least: int) -> dict[int, Number]:
        """The functions, by their number, from phi_0, ..., phi_3 of z so often halved."""
        values: dict[int, Number] = {}
        for level in range(least, -1, -1):
            for number, (halvings, weights) in enumerate(self.functions):
                if halvings == level:
                    parts = [_scaled(text, w, p) for w, p in zip(weights, phi, strict=True) if w]
                    values[number] = _sum(text, parts)
            if level:
                phi = _doubled(text, phi)
        return values


def _halvings(text: Text, z: Number, least: int) -> tuple[str, str]:
    """How often z is halved until it is at most a half, by the digits of its size, and the factor that this is."""
    sizes = [text.call("llvm.fabs", [part]) for part in z]
    size = sizes[0] if len(sizes) == 1 else text.line(f"fadd double {sizes[0]}, {sizes[1]}")
    bits = text.line(f"bitcast double {size} to i64")
    above = text.line(f"sub i64 {text.line(f'lshr i64 {bits}, 52')}, 1021")
    is_power = text.line(f"icmp eq i64 {text.line(f'and i64 {bits}, {(1 << 52) - 1}')}, 0")
    level = text.line(f"sub i64 {above}, {text.line(f'zext i1 {is_power} to i64')}")
    few = text.line(f"icmp slt i64 {level}, {least}")
    level = text.line(f"select i1 {few}, i64 {least}, i64 {level}")
    many = text.line(f"icmp sgt i64 {level}, {_MOST}")
    level = text.line(f"select i1 {many}, i64 {_MOST}, i64 {level}")
    shifted = text.line(f"shl i64 {text.line(f'sub i64 1023, {level}')}, 52")
    return level, text.line(f"bitcast i64 {shifted} to double")


def _series(text: Text, z: Number) -> list[Number]:
    """phi_0, ..., phi_3 of a small z."""
    term = 1.0 / factorial(_TERMS + 3)
    phi: Number = (DOUBLE.literal(term), *[DOUBLE.literal(0.0)] * (len(z) - 1))
    out = []
    for k in range(_TERMS + 3, 0, -1):
        term = {3: 0.5, 2: 1.0, 1: 1.0}.get(k, term * k)
        phi = _times(text, z, phi)
        phi = (text.line(f"fadd double {phi[0]}, {DOUBLE.literal(term)}"), *phi[1:])
        if k <= 4:
            out.append(phi)
    return out[::-1]


def _doubled_often(text: Text, phi: list[Number], count: str) -> list[Number]:
    """phi_0, ..., phi_3 of z doubled so many times."""
    places = [[text.accumulator() for _ in number] for number in phi]

    def keep(numbers: list[Number]) -> None:
        for number, place in zip(numbers, places, strict=True):
            for part, where in zip(number, place, strict=True):
                text.put(f"store double {part}, ptr {where}")

    def kept() -> list[Number]:
        return [tuple(text.line(f"load double, ptr {where}") for where in place) for place in places]

    keep(phi)
    with text.loop("0", count, "1"):
        keep(_doubled(text, kept()))
    return kept()


def _doubled(text: Text, phi: list[Number]) -> list[Number]:
    """phi_k(2 z) = 2^-k (phi_0 phi_k + sum of phi_j / (k - j)!, j = 1, ..., k)."""
    p0, p1, p2, p3 = phi
    three = _sum(text, [_times(text, p0, p3), p3, p2, _scaled(text, 0.5, p1)])
    two = _sum(text, [_times(text, p0, p2), p2, p1])
    one = _sum(text, [_times(text, p0, p1), p1])
    scaled = [_scaled(text, weight, number) for weight, number in ((0.5, one), (0.25, two), (0.125, three))]
    return [_times(text, p0, p0), *scaled]


def _times(text: Text, x: Number, y: Number) -> Number:
    if len(x) == 1:
        return (text.line(f"fmul double {x[0]}, {y[0]}"),)
    products = [[text.line(f"fmul double {a}, {b}") for b in y] for a in x]
    real = text.line(f"fsub double {products[0][0]}, {products[1][1]}")
    return real, text.line(f"fadd double {products[0][1]}, {products[1][0]}")


def _scaled(text: Text, weight: float, x: Number) -> Number:
    return x if weight == 1.0 else tuple(text.line(f"fmul double {DOUBLE.literal(weight)}, {part}") for part in x)


def _sum(text: Text, numbers: list[Number]) -> Number:
    total = numbers[0]
    for number in numbers[1:]:
        total = tuple(text.line(f"fadd double {a}, {b}") for a, b in zip(total, number, strict=True))
    return total
