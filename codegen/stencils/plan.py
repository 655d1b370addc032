"""From regions to rows: which boxes compute the same thing, and what of them can be swept together.

An access that leaves a periodic grid on one side and enters on the other differs from its inner neighbours in its
offset alone, by the length of the axis. Named by its offset modulo that length, the same access is the same leaf of
the tape in all regions; so borders of periodic grids become the same nodes as the interior, and adjacent boxes of one
row become one segment, in which some lanes read elsewhere.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from codegen.functions import Op
from codegen.lower import Lowering
from codegen.parameter_factors import fold_coefficients
from codegen.reciprocals import share_reciprocals
from codegen.stencils.weights import share_weights
from codegen.tape import Tape, TapeBuilder
from symnum.errors import UnknownNameError
from symnum.systems.stencils.access import FIXED, Access, Index
from symnum.systems.stencils.arrays import StencilArray
from symnum.systems.stencils.region import Box, Region, Sum
from symnum.terms.interning import bulk

__all__ = [
    "PARAMETER",
    "TABLE",
    "Leaf",
    "Loops",
    "Piece",
    "Place",
    "Plan",
    "Segment",
    "leaf_name",
    "make_plan",
    "tables_block",
]

#: Bases beside the state arrays, which are numbered from 0.
PARAMETER, TABLE = -1, -2


class Place(NamedTuple):
    """Element ``offset + sum(strides[a] * i_a)`` from a base."""

    base: int
    offset: int
    strides: tuple[int, ...]


class Piece(NamedTuple):
    """Cells ``start .. stop`` of a row, which read from `offset`."""

    start: int
    stop: int
    offset: int


class Leaf(NamedTuple):
    """What a load reads in a segment: the same strides everywhere, offsets by pieces of the row."""

    base: int
    strides: tuple[int, ...]
    pieces: tuple[Piece, ...]

    @property
    def main(self) -> Piece:
        """The longest piece."""
        return max(self.pieces, key=lambda piece: piece.stop - piece.start)


@dataclass(frozen=True)
class Loops:
    """What is to be compiled: regions and sums over arrays.

    Attributes
    ----------
    arrays : mapping of str to StencilArray
    regions : sequence of Region
    sums : sequence of Sum
    parameters : sequence of Symbol
    independent : Symbol
    columns : sequence of tuples of Symbol, optional
        For Jacobians: per region and store, by which of its loads its value is the derivative.
    """

    arrays: Mapping[str, StencilArray]
    regions: Sequence[Region]
    sums: Sequence[Sum]
    parameters: Sequence[Any]
    independent: Any
    columns: Sequence[tuple[Any, ...]] | None = None


@dataclass(frozen=True, eq=False)
class Segment:
    """Neighbouring regions of one row that compute the same nodes.

    Attributes
    ----------
    box : tuple of (int, int)
        The last range is that of the whole segment.
    outputs : tuple of int
        Nodes of the tape.
    stores : tuple of Place
    leaves : dict of int to Leaf
        By the number of the leaf on the tape.
    sum_number : int
        Of the sum that it is part of, or -1.
    columns : tuple of Leaf
        For Jacobians: by which state each output is a derivative.
    """

    box: Box
    outputs: tuple[int, ...]
    stores: tuple[Place, ...]
    leaves: dict[int, Leaf]
    sum_number: int = -1
    columns: tuple[Leaf, ...] = ()


@dataclass(eq=False)
class Plan:
    """A tape that all segments share, and the segments.

    Attributes
    ----------
    tape : Tape
        Its state leaves are numbered loads; those from `first_sum` on are sums.
    segments, sum_segments : list of Segment
    states : list of StencilArray
        The bases from 0 on.
    first_sum : int
    n_sums : int
    table_offsets : dict of str to int
        Where each table that is read starts in the block of them.
    table_size : int
    """

    tape: Tape
    segments: list[Segment]
    sum_segments: list[Segment]
    states: list[StencilArray]
    first_sum: int
    n_sums: int
    table_offsets: dict[str, int]
    table_size: int


@dataclass(eq=False)
class _Form:
    """A region whose terms are nodes."""

    box: Box
    loads: dict[int, Place]
    stores: tuple[Place, ...]
    first_output: int
    sum_number: int
    columns: tuple[int, ...] = ()
    outputs: tuple[int, ...] = ()
    used: frozenset[int] = field(default_factory=frozenset)


def make_plan(loops: Loops) -> Plan:
    """Bring regions to nodes of one tape and join what can be swept together."""
    with bulk():
        maker = _Maker(loops)
        columns = loops.columns or [()] * len(loops.regions)
        forms = [maker.form(region, -1, c) for region, c in zip(loops.regions, columns, strict=True) if _cells(region)]
        for number, total in enumerate(loops.sums):
            forms += [maker.form(region, number) for region in total.regions if _cells(region)]
        tape = share_reciprocals(fold_coefficients(share_weights(maker.builder.finish(maker.outputs))))
    maker.settle(forms, tape)
    return Plan(
        tape,
        _joined([form for form in forms if form.sum_number < 0]),
        _joined([form for form in forms if form.sum_number >= 0]),
        maker.states,
        _FIRST_SUM,
        len(loops.sums),
        maker.table_offsets,
        maker.table_size,
    )


_FIRST_SUM = 1 << 30


class _Maker:
    def __init__(self, loops: Loops) -> None:
        self.arrays = loops.arrays
        self.states = [a for a in loops.arrays.values() if a.kind == "state"]
        self.bases = {array.name: i for i, array in enumerate(self.states)}
        self.table_offsets: dict[str, int] = {}
        self.table_size = 0
        self.builder = TapeBuilder()
        self.symbols = {s: self.builder.parameter(i) for i, s in enumerate(loops.parameters)}
        self.symbols[loops.independent] = self.builder.time()
        self.symbols |= {s.symbol: self.builder.state(_FIRST_SUM + i) for i, s in enumerate(loops.sums)}
        self.lower = Lowering(self.builder, self.symbols)
        self.numbers: dict[str, int] = {}
        self.outputs: list[int] = []

    def form(self, region: Region, sum_number: int, columns: tuple[Any, ...] = ()) -> _Form:
        """Lower a region's terms."""
        loads: dict[int, Place] = {}
        nodes = {}
        for symbol, access in region.loads.items():
            number = self._number(symbol, access)
            loads[number] = self.place(access, len(region.box))
            nodes[symbol] = self.builder.state(number)
        known = self.lower.known
        if any(known.get(symbol, node) != node for symbol, node in nodes.items()):
            self.lower = Lowering(self.builder, self.symbols)
        self.lower.known.update(nodes)
        first = len(self.outputs)
        stores = () if sum_number >= 0 else tuple(self.place(a, len(region.box)) for a, _ in region.stores)
        self.outputs += [self.lower(term) for _, term in region.stores]
        if not self.symbols.keys().isdisjoint(nodes):
            self.lower = Lowering(self.builder, self.symbols)  # such names mean something else elsewhere
        by = [self._number(symbol, region.loads[symbol]) for symbol in columns]
        return _Form(region.box, loads, stores, first, sum_number, columns=tuple(by))

    def _number(self, symbol: Any, access: Access) -> int:
        return self.numbers.setdefault(leaf_name(symbol, access, self.arrays), len(self.numbers))

    def place(self, access: Access, dimensions: int) -> Place:
        """Return where an access is, in elements from its base."""
        array = self.arrays[access.array]
        offset, strides = 0, [0] * dimensions
        for index, stride in zip(access.indices, array.strides, strict=True):
            offset += index.offset * stride
            if index.axis != FIXED:
                strides[index.axis] += index.step * stride
        if array.kind == "state":
            return Place(self.bases[array.name], offset, tuple(strides))
        if array.kind == "parameter":
            return Place(PARAMETER, array.offset + offset, tuple(strides))
        return Place(TABLE, self._table(array) + array.offset + offset, tuple(strides))

    def _table(self, array: StencilArray) -> int:
        """Return where a table starts: tables that are read stand one after the other, from multiples of 16 on."""
        if array.name not in self.table_offsets:
            self.table_offsets[array.name] = self.table_size
            self.table_size += -(-array.size // 16) * 16
        return self.table_offsets[array.name]

    def settle(self, forms: list[_Form], tape: Tape) -> None:
        """Tell forms their nodes on the finished tape, and which leaves these read."""
        ends = [*(form.first_output for form in forms[1:]), len(self.outputs)][: len(forms)]
        reached: dict[tuple[int, ...], frozenset[int]] = {}
        for form, end in zip(forms, ends, strict=True):
            form.outputs = tuple(tape.output[form.first_output : end].tolist())
            if form.outputs not in reached:
                reached[form.outputs] = _leaves_of(tape, form.outputs)
            form.used = reached[form.outputs]
            foreign = form.used - form.loads.keys()
            if foreign:
                names = [name for name, number in self.numbers.items() if number in foreign]
                raise UnknownNameError(f"A region over {form.box} reads {names[0]}, which is not among its loads.")


def _cells(region: Region) -> bool:
    return all(stop > start for start, stop in region.box)


def leaf_name(symbol: Any, access: Access, arrays: Mapping[str, StencilArray]) -> str:
    """Return what a load is called, so that regions that compute the same have the same names.

    A symbol that is not simply its access is a name that somebody chose: a neighbour that lies elsewhere at a border.
    An access of a state is named by its offsets modulo the lengths of the axes.
    """
    array, text = arrays[access.array], str(access)
    if symbol.name != text:
        return str(symbol.name)
    if array.kind != "state":
        return text
    indices = []
    for index, n in zip(access.indices, array.shape, strict=True):
        if index.axis == FIXED or index.step != 1 or abs(index.offset) * 2 <= n:
            indices.append(index)
        else:
            indices.append(Index(index.axis, index.offset - n * round(index.offset / n)))
    return str(Access(access.array, tuple(indices)))


def _leaves_of(tape: Tape, outputs: Iterable[int]) -> frozenset[int]:
    operation, offset, argument = tape.operation, tape.offset, tape.argument
    found, seen, stack = set(), set(outputs), list(set(outputs))
    while stack:
        node = stack.pop()
        op = operation[node]
        if op == Op.STATE:
            found.add(int(argument[offset[node]]))
        elif op not in (Op.CONSTANT, Op.PARAMETER, Op.TIME):
            new = {int(a) for a in argument[offset[node] : offset[node + 1]]} - seen
            seen |= new
            stack += new
    return frozenset(n for n in found if n < _FIRST_SUM)


def _joined(forms: list[_Form]) -> list[Segment]:
    """Join forms of one row that touch and compute the same."""
    rows: dict[Any, list[_Form]] = {}
    for form in forms:
        rows.setdefault((form.box[:-1], form.sum_number), []).append(form)
    segments = []
    for row in rows.values():
        row.sort(key=lambda form: form.box[-1])
        run: list[_Form] = []
        for form in row:
            if run and not _continues(run[-1], form):
                segments.append(_segment(run))
                run = []
            run.append(form)
        segments.append(_segment(run))
    return segments


def _continues(a: _Form, b: _Form) -> bool:
    if a.box[-1][1] != b.box[-1][0] or a.outputs != b.outputs or a.stores != b.stores or a.columns != b.columns:
        return False
    for number in a.used.union(a.columns):
        one, other = a.loads[number], b.loads[number]
        if one.base != other.base or one.strides != other.strides:
            return False
        if one.strides[-1] == 0 and one.offset != other.offset:
            return False
    return True


def _segment(run: list[_Form]) -> Segment:
    first = run[0]
    leaves = {number: _leaf(run, number) for number in sorted(first.used)}
    columns = tuple(_leaf(run, number) for number in first.columns)
    box = (*first.box[:-1], (first.box[-1][0], run[-1].box[-1][1]))
    return Segment(box, first.outputs, first.stores, leaves, first.sum_number, columns)


def _leaf(run: list[_Form], number: int) -> Leaf:
    pieces: list[Piece] = []
    for form in run:
        piece = Piece(*form.box[-1], form.loads[number].offset)
        if pieces and pieces[-1].offset == piece.offset:
            piece = Piece(pieces.pop().start, piece.stop, piece.offset)
        pieces.append(piece)
    place = run[0].loads[number]
    return Leaf(place.base, place.strides, tuple(pieces))


def tables_block(plan: Plan, arrays: Mapping[str, StencilArray], dtype: Any) -> Any:
    """Return the numbers of the tables that segments read."""
    block = np.zeros(plan.table_size, dtype)
    for name, offset in plan.table_offsets.items():
        array = arrays[name]
        assert array.values is not None
        block[offset : offset + array.size] = array.values.ravel()
    return block
