"""Between fields and Fourier modes: fields mirrored to be periodic, sums of modes with a factor for each mode.

The buffer "modes" holds, one after the other: the mirrored fields (real), complex rows of modes, and rows of factors,
one number (or, where the linear part is not symmetric, one complex number) for each mode.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from codegen.cuda.kernel import Guard, Row, Scale, factor, row_start
from codegen.cuda.layout import THREADS, Layout
from codegen.cuda.one_phase import EachElement, OnePhase, blocks_for, place_of_thread
from codegen.cuda.text import Text

__all__ = [
    "EVEN", "ODD", "PERIODIC", "ExtendKernel", "ModeTerm", "ModesKernel", "RestrictKernel", "Spectrum", "factor_places",
]  # fmt: skip

#: How a field goes on beyond an axis: by itself, by its mirror image, or by its mirror image with the other sign.
PERIODIC, EVEN, ODD = "periodic", "even", "odd"


@dataclass(frozen=True)
class Spectrum:
    """Places in the buffer "modes".

    Attributes
    ----------
    shape : tuple of int
        Cells of a field.
    extended : tuple of int
        Cells after mirroring: the same, or twice as many.
    kinds : tuple of tuple of str
        Per field and axis, how it goes on.
    arrays : tuple of (int, tuple of int)
        Per field its offset and strides in a state.
    rows, factors : int
        Complex rows, and rows of factors.
    complex_factors : bool
    """

    shape: tuple[int, ...]
    extended: tuple[int, ...]
    kinds: tuple[tuple[str, ...], ...]
    arrays: tuple[tuple[int, tuple[int, ...]], ...]
    rows: int
    factors: int
    complex_factors: bool = False

    @property
    def fields(self) -> int:
        """Number of fields."""
        return len(self.kinds)

    @property
    def half(self) -> tuple[int, ...]:
        """Modes per axis: of real fields, half of those along the last."""
        return (*self.extended[:-1], self.extended[-1] // 2 + 1)

    @property
    def grids(self) -> int:
        """Elements of all mirrored fields."""
        return self.fields * math.prod(self.extended)

    @property
    def modes(self) -> int:
        """Modes of all fields."""
        return self.fields * math.prod(self.half)

    def row(self, number: int) -> int:
        """Return where a complex row begins (at an even element, as complex numbers must)."""
        return self.grids + self.grids % 2 + 2 * self.modes * number

    def factor(self, number: int) -> int:
        """Return where a row of factors begins."""
        return self.row(self.rows) + self.factor_size * number

    @property
    def factor_size(self) -> int:
        """Elements of a row of factors."""
        return self.modes * (2 if self.complex_factors else 1)

    @property
    def size(self) -> int:
        """Elements of the buffer."""
        return self.factor(self.factors)


@dataclass(eq=False)
class ExtendKernel(OnePhase):
    """Fields of a row, mirrored, to the beginning of "modes"."""

    name: str
    spectrum: Spectrum
    source: Row
    guard: Guard = "run"

    def launch(self, layout: Layout) -> tuple[int, int]:
        """Return blocks and threads per block: blocks of one field after those of another."""
        return self.spectrum.fields * blocks_for(math.prod(self.spectrum.extended)), THREADS

    def _write(self, text: Text, layout: Layout) -> None:
        for number in range(self.spectrum.fields):
            with EachCell(text, number, self.spectrum.extended) as (cell, index):
                self._one(text, layout, number, cell, index)

    def _one(self, text: Text, layout: Layout, number: int, cell: str, index: list[str]) -> None:
        s = self.spectrum
        offset, strides = s.arrays[number]
        place, odd = str(offset), "false"
        for i, kind, n, stride in zip(index, s.kinds[number], s.shape, strides, strict=True):
            beyond = text.line(f"icmp sge i64 {i}, {n}")
            other = text.line(f"sub i64 {i}, {n}" if kind == PERIODIC else f"sub i64 {2 * n - 1}, {i}")
            inside = text.line(f"select i1 {beyond}, i64 {other}, i64 {i}")
            place = text.line(f"add i64 {place}, {text.line(f'mul i64 {inside}, {stride}')}")
            if kind == ODD:
                odd = text.line(f"xor i1 {odd}, {beyond}")
        value = text.load(text.element(row_start(text, layout, self.source), place))
        kind_ = text.fields.llvm
        signed = text.line(f"select i1 {odd}, {kind_} {text.line(f'fneg {kind_} {value}')}, {kind_} {value}")
        first = number * math.prod(s.extended)
        text.store(signed, text.element("modes", text.line(f"add i64 {cell}, {first}")))


@dataclass(eq=False)
class RestrictKernel(OnePhase):
    """Fields from the beginning of "modes" to a row, divided by what the inverse transform has multiplied them with."""

    name: str
    spectrum: Spectrum
    target: Row
    guard: Guard = "run"

    def launch(self, layout: Layout) -> tuple[int, int]:
        """Return blocks and threads per block."""
        return self.spectrum.fields * blocks_for(math.prod(self.spectrum.shape)), THREADS

    def _write(self, text: Text, layout: Layout) -> None:
        s = self.spectrum
        scale = text.fields.literal(1.0 / math.prod(s.extended))
        for number in range(s.fields):
            with EachCell(text, number, s.shape) as (_, index):
                offset, strides = s.arrays[number]
                source, target, step = str(number * math.prod(s.extended)), str(offset), 1
                for axis in reversed(range(len(index))):
                    source = text.line(f"add i64 {source}, {text.line(f'mul i64 {index[axis]}, {step}')}")
                    target = text.line(f"add i64 {target}, {text.line(f'mul i64 {index[axis]}, {strides[axis]}')}")
                    step *= s.extended[axis]
                value = text.load(text.element("modes", source))
                scaled = text.line(f"fmul {text.fields.llvm} {value}, {scale}")
                text.store(scaled, text.element(row_start(text, layout, self.target), target))


class EachCell:
    """Do what follows for the cell of a thread, where the block belongs to a field."""

    def __init__(self, text: Text, field: int, shape: tuple[int, ...]) -> None:
        blocks = blocks_for(math.prod(shape))
        local = text.line(f"sub i64 %block, {field * blocks}")
        self.cell = place_of_thread(text, local)
        mine = text.line(f"icmp ult i64 {local}, {blocks}")
        inside = text.line(f"icmp ult i64 {self.cell}, {math.prod(shape)}")
        self._context = text.only_if(text.line(f"and i1 {mine}, {inside}"))
        self.text, self.shape = text, shape

    def __enter__(self) -> tuple[str, list[str]]:
        self._context.__enter__()
        index, rest = [], self.cell
        for n in reversed(self.shape):
            index.append(self.text.line(f"urem i64 {rest}, {n}"))
            rest = self.text.line(f"udiv i64 {rest}, {n}")
        return self.cell, index[::-1]

    def __exit__(self, *arguments: object) -> None:
        self._context.__exit__(None, None, None)


#: A factor times a row: number of the row of factors (None: one), weight, number of the complex row.
ModeTerm = tuple[int | None, Scale, int]


def factor_places(text: Text, spectrum: Spectrum, number: int, mode: str) -> list[str]:
    """Return the addresses of a mode's factor: one, or two where it is complex."""
    first = spectrum.factor(number)
    if not spectrum.complex_factors:
        return [text.element("modes", text.line(f"add i64 {mode}, {first}"))]
    twice = text.line(f"mul i64 {mode}, 2")
    return [text.element("modes", text.line(f"add i64 {twice}, {first + k}")) for k in (0, 1)]


@dataclass(eq=False)
class ModesKernel(EachElement):
    """Sums of complex rows with factors, mode by mode; later updates see what earlier ones have made."""

    name: str
    spectrum: Spectrum
    updates: Sequence[tuple[int, Sequence[ModeTerm]]]
    guard: Guard = "run"

    def count(self, layout: Layout) -> int:
        """Return the number of modes."""
        return self.spectrum.modes

    def _write(self, text: Text, layout: Layout) -> None:
        with self.element(text, layout) as mode:
            twice = text.line(f"mul i64 {mode}, 2")
            known: dict[int, tuple[str, str]] = {}
            factors: dict[int, list[str]] = {}
            for target, terms in self.updates:
                parts = [self._term(text, layout, term, (mode, twice), known, factors) for term in terms]
                known[target] = self._total(text, [p[0] for p in parts]), self._total(text, [p[1] for p in parts])
            for target in dict(self.updates):
                for value, place in zip(known[target], self._places(text, target, twice), strict=True):
                    text.store(value, place)

    def _places(self, text: Text, row: int, twice: str) -> tuple[str, str]:
        first = self.spectrum.row(row)
        return tuple(text.element("modes", text.line(f"add i64 {twice}, {first + k}")) for k in (0, 1))  # type: ignore[return-value]

    def _term(
        self,
        text: Text,
        layout: Layout,
        term: ModeTerm,
        place: tuple[str, str],
        known: dict[int, tuple[str, str]],
        factors: dict[int, list[str]],
    ) -> tuple[str, str]:
        number, weight, row = term
        kind = text.fields.llvm
        if row not in known:
            one, other = self._places(text, row, place[1])
            known[row] = text.load(one), text.load(other)
        real, imaginary = known[row]
        if number is not None:
            if number not in factors:
                factors[number] = [text.load(p) for p in factor_places(text, self.spectrum, number, place[0])]
            real, imaginary = _product(text, factors[number], real, imaginary)
        by = factor(text, layout, weight)
        if by is not None:
            real, imaginary = (text.line(f"fmul contract {kind} {by}, {v}") for v in (real, imaginary))
        return real, imaginary

    def _total(self, text: Text, values: list[str]) -> str:
        total = values[0]
        for value in values[1:]:
            total = text.line(f"fadd contract {text.fields.llvm} {total}, {value}")
        return total


def _product(text: Text, factors: list[str], real: str, imaginary: str) -> tuple[str, str]:
    """A real or complex factor times a complex number."""
    kind, a = text.fields.llvm, factors[0]
    one, other = (text.line(f"fmul contract {kind} {a}, {v}") for v in (real, imaginary))
    if len(factors) == 1:
        return one, other
    minus, plus = (text.line(f"fmul contract {kind} {factors[1]}, {v}") for v in (imaginary, real))
    return text.line(f"fsub contract {kind} {one}, {minus}"), text.line(f"fadd contract {kind} {other}, {plus}")
