"""`Arena`: terms as rows of arrays, made and transformed by compiled sweeps."""

import ctypes
import functools
import threading
from _weakref import _remove_dead_weakref  # type: ignore[attr-defined] # as weakref.WeakValueDictionary: atomic
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any
from weakref import ref

import numpy as np
from numpy.typing import NDArray

from symnum.errors import SymnumError
from symnum.terms.arena.layout import (
    ARGUMENTS,
    BOOLEAN,
    BUDGET,
    CALL,
    COEFFICIENT,
    CONSTANT,
    CONSTRUCT,
    COUNT,
    DEPTH,
    HASH,
    LIMIT,
    MEMORY,
    NEED,
    NEED_CELLS,
    NEED_FACTORS,
    NEED_LINKS,
    NEED_MEMORY,
    NEED_NODES,
    NEED_NUMBERS,
    NEED_PAIRS,
    NEED_POOL,
    NEED_TERMS,
    NODE_ROWS,
    NODES,
    OFFSET,
    ONE,
    OPERATION,
    PENDING,
    PLUS,
    POOL,
    PRODUCT,
    RAISE,
    REACHED,
    REBUILD,
    RESULT,
    ROOM,
    SLOW,
    SPECIAL,
    STATE_LENGTH,
    STATUS,
    SUM,
    SYMBOL,
    TIMES,
    WIDTH,
    ZERO,
)  # fmt: skip
from symnum.terms.numbers import integer_power, number_key, plus, times

Ids = NDArray[np.int64]
_ROUNDS = 24  # how often the side table may be asked before the canonical structure takes over

_CONSTRUCT = ctypes.c_int64(CONSTRUCT)
_OBJECTS = 10_000  # references to so many terms may be to dead ones
_FEW = 16  # so many arguments go through arrays that are there already

PLAIN = frozenset(
    "sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh exp log abs sign floor ceil mod "
    "< <= > >= == !=".split()
)
"""Functions that are applied as they stand, unless all their arguments are numbers or constants."""


class NeedsCanonical(Exception):
    """The rules that apply are known to the canonical structure alone."""


class TooManyTerms(Exception):
    """A sum grew beyond the budget."""


@functools.cache
def _sweep() -> Any:
    """Return the compiled sweeps' entry point, loaded (or compiled) when something is first made in an arena."""
    from symnum.terms.arena.kernels.sweep import sweep

    return sweep.call


def address(array: NDArray[Any]) -> int:
    """Return where an array lies in memory."""
    return int(array.__array_interface__["data"][0])


class Arena:
    """Terms in flat arrays: operation, children and exact coefficients, each distinct term once.

    Nodes are never freed one by one: memory is given back when the arena and all its terms are gone.

    Examples
    --------
    >>> from symnum.terms.arena import Arena
    >>> arena = Arena()
    >>> x, y = arena.symbol("x"), arena.symbol("y")
    >>> (x + y) * 2 + x
    3*x + 2*y
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.labels: list[Any] = []  # of symbols, constants and truth values, by OFFSET
        self.leaves: dict[Any, int] = {}
        self.functions: list[str] = []
        self._function_index: dict[str, int] = {}
        self.plain = np.zeros(0, dtype=np.int64)
        self.seeds = np.zeros(32, dtype=np.int64)
        self.numbers: list[Any] = []  # the side table
        self._codes: dict[Any, int] = {}
        self.state = np.zeros(STATE_LENGTH, dtype=np.int64)
        self.state[COEFFICIENT] = 1
        self.nodes = np.zeros((1024, WIDTH), dtype=np.int64)
        self.pool = np.zeros((4096, 2), dtype=np.int64)
        self.table = np.full(4096, -1, dtype=np.int64)
        self.memory = np.zeros((256, 4), dtype=np.int64)
        self.special = np.zeros(64, dtype=np.int64)
        self.terms = np.zeros((4096, 2), dtype=np.int64)
        self.factors = np.zeros((1024, 2), dtype=np.int64)
        self.cells, self.links = (np.zeros((4096, 3), dtype=np.int64) for _ in range(2))
        self.waiting = np.zeros(256, dtype=np.int64)
        self.old_pairs, self.new_pairs = (np.zeros((1024, 2), dtype=np.int64) for _ in range(2))
        self.objects: dict[int, Any] = {}  # weak references to the living terms by node, and some of dead ones
        self._most_objects = _OBJECTS
        self.as_canonical: dict[int, Any] = {}
        self.from_canonical: dict[Any, int] = {}
        few = [np.zeros(n, dtype=np.int64) for n in (1, 2, _FEW, _FEW, 1)]
        self._few_addresses = (1, *(address(array) for array in few))
        self._few_block = np.array(self._few_addresses).data
        self._few = tuple(array.data for array in few)
        self._sweep = _sweep()
        self._pack()
        self.build_nodes([PRODUCT, SUM], [0, 0, 0], [], [])  # ONE and ZERO

    def _pack(self) -> None:
        """Write where the arrays lie into the state, and make the working space as large as they ask for."""
        count = len(self.nodes)
        longest = max(count, *(array.size for array in (self.terms, self.factors, self.cells)))
        self.order, self.begin = np.zeros(count, dtype=np.int64), np.zeros(count + 1, dtype=np.int64)
        self.spare = np.empty(longest, dtype=np.int64)
        arrays = (
            self.nodes, self.pool, self.table, self.memory, self.special, self.terms, self.factors,
            self.order, self.begin, self.spare, self.cells, self.links, self.waiting, self.old_pairs, self.new_pairs,
            self.seeds,
        )  # fmt: skip
        for place, array in enumerate(arrays, NODE_ROWS):
            self.state[place], self.state[place + ROOM] = address(array), len(array)
        self._address = ctypes.c_int64(address(self.state))  # a plain integer is converted at every call
        # Plain integers out of a memoryview cost a third of what NumPy's scalars do.
        self.rows, self._report = self.nodes.data, self.state.data

    def __len__(self) -> int:
        return int(self.state[NODES])

    def __repr__(self) -> str:
        return f"<Arena of {len(self)} nodes>"

    # --- numbers

    def code_of(self, number: Any) -> int:
        """Return the code of a plain number."""
        if number.__class__ is int and -LIMIT <= number <= LIMIT:
            return int(number)
        if number.__class__ is Fraction and number.denominator == 1:
            return self.code_of(number.numerator)
        key = number_key(number)
        code = self._codes.get(key)
        if code is None:
            code = self._codes[key] = SPECIAL + len(self.numbers)
            if len(self.numbers) == len(self.special):
                self.special = np.concatenate((self.special, np.zeros_like(self.special)))
                self._pack()
            self.special[len(self.numbers)] = _number_hash(number)
            self.numbers.append(number)
        return code

    def number_of(self, code: int) -> Any:
        """Return the plain number that a code stands for."""
        return code if code >= -LIMIT else self.numbers[code - SPECIAL]

    def _answer(self) -> bool:
        """Compute the numbers that a kernel asked for; False if one of them does not exist."""
        asked = np.flatnonzero(self.memory[:, 0] < 0)
        for place in asked.tolist():
            operation, a, b, _ = self.memory[place].tolist()
            compute = _ARITHMETIC[-operation]
            try:
                value = compute(self.number_of(a), self.number_of(b))
            except SymnumError:  # perhaps of a guess: the slow way tells
                self._forget()
                return False
            self.memory[place, 3] = self.code_of(value)
            self.memory[place, 0] = -operation
        return True

    def _forget(self) -> None:
        self.memory[:] = 0
        self.state[MEMORY] = self.state[PENDING] = 0

    # --- running kernels

    def run(self, which: int, *arguments: int) -> int:
        """Run a sweep of `kernels` until it has what it needs, and return its result.

        Arguments are numbers and addresses of arrays, which the caller keeps.

        Raises
        ------
        NeedsCanonical, TooManyTerms
            Where the sweep gave up.
        """
        report = self._report
        rounds = 0
        while True:
            for place, argument in enumerate(arguments, ARGUMENTS):
                report[place] = argument
            if not self._sweep(self._address, which):
                return report[RESULT]
            rounds += self._provide(rounds)

    def _provide(self, rounds: int) -> bool:
        """Give a sweep what it stopped for, or raise; return whether that was the value of numbers."""
        status, need, pending = (self._report[place] for place in (STATUS, NEED, PENDING))
        if need:
            self._grow(need)
        if pending and not need & NEED_MEMORY:
            if not self._answer() or rounds >= _ROUNDS:
                raise NeedsCanonical
            return True
        if status == SLOW and not need:
            raise NeedsCanonical
        if status == BUDGET and not need:
            raise TooManyTerms
        return False

    def _grow(self, need: int) -> None:
        if need & NEED_NODES:
            self.nodes = np.concatenate((self.nodes, np.zeros_like(self.nodes)))
            self.table = np.full(4 * len(self.nodes), -1, dtype=np.int64)
            self._pack()
            self._sweep(self._address, REBUILD)
        if need & NEED_POOL:
            self.pool = np.concatenate((self.pool, np.zeros_like(self.pool)))
        if need & NEED_TERMS:
            self.terms = np.zeros((2 * len(self.terms), 2), dtype=np.int64)
        if need & NEED_FACTORS:
            self.factors = np.zeros((2 * len(self.factors), 2), dtype=np.int64)
        if need & NEED_CELLS:
            self.cells = np.zeros((4 * len(self.cells), 3), dtype=np.int64)
        if need & NEED_LINKS:
            self.links = np.zeros((4 * len(self.links), 3), dtype=np.int64)
        if need & NEED_NUMBERS:
            self.waiting = np.zeros(4 * len(self.waiting), dtype=np.int64)
        if need & NEED_PAIRS:
            rows = 4 * len(self.old_pairs)
            self.old_pairs, self.new_pairs = (np.zeros((rows, 2), dtype=np.int64) for _ in range(2))
        if need & NEED_MEMORY:  # what was known is asked for again
            self.memory = np.zeros((4 * len(self.memory), 4), dtype=np.int64)
            self.state[MEMORY] = 0
        self._pack()

    def reserve(self, nodes: int, pairs: int) -> None:
        """Make room for that many more nodes and pairs at once."""
        while len(self.nodes) < len(self) + nodes + 1:
            self._grow(NEED_NODES)
        while len(self.pool) < int(self.state[POOL]) + pairs + 1:
            self._grow(NEED_POOL)
        while len(self.terms) < min(pairs, 1 << 20):
            self._grow(NEED_TERMS)

    # --- nodes

    def leaf(self, kind: int, label: Any, key: Any, digest: bytes) -> int:
        """Return the node of a symbol, constant or truth value."""
        found = self.leaves.get(key)
        if found is not None:
            return found
        with self.lock:
            if key in self.leaves:
                return self.leaves[key]
            if len(self) >= len(self.nodes):
                self._grow(NEED_NODES)
            node = len(self)
            row = self.nodes[node]
            row[:] = 0
            row[OPERATION], row[OFFSET] = kind, len(self.labels)
            row[HASH] = int.from_bytes(_digest(bytes([kind]) + digest), "little", signed=True)
            self.labels.append(label)
            self.state[NODES] = node + 1
            self.leaves[key] = node
        return node

    def function(self, name: str) -> int:
        """Return the kind of the calls of a function."""
        index = self._function_index.get(name)
        if index is None:
            with self.lock:
                index = self._function_index.get(name)
                if index is None:
                    index = self._add_function(name)
        return CALL + index

    def _add_function(self, name: str) -> int:
        index = len(self.functions)
        self.functions.append(name)
        self.plain = np.append(self.plain, np.int64(name in PLAIN))
        if index == len(self.seeds):
            self.seeds = np.concatenate((self.seeds, np.zeros_like(self.seeds)))
            self._pack()
        self.seeds[index] = int.from_bytes(_digest(name.encode()), "little", signed=True)
        self._function_index[name] = index
        return index

    def build_nodes(self, kinds: Any, offsets: Any, references: Any, codes: Any) -> Ids:
        """Make nodes in bulk; see `kernels.construct`.

        Parameters
        ----------
        kinds : int64 array of shape (n,)
        offsets : int64 array of shape (n + 1,)
        references, codes : int64 arrays of shape (offsets[n],)

        Returns
        -------
        int64 array of shape (n,)
        """
        parts = [np.ascontiguousarray(part, dtype=np.int64) for part in (kinds, offsets, references, codes)]
        out = np.zeros(len(kinds), dtype=np.int64)
        with self.lock:
            self.run(CONSTRUCT, len(kinds), *map(address, parts), address(out))
        return out

    def sum_of(self, nodes: Sequence[int], codes: Sequence[int]) -> int:
        """Return the node of ``sum(code * node)``."""
        return self._one(SUM, nodes, codes)

    def product_of(self, nodes: Sequence[int], codes: Sequence[int]) -> int:
        """Return the node of ``prod(node ** code)``."""
        return self._one(PRODUCT, nodes, codes)

    def power_of(self, base: int, code: int) -> int:
        """Return the node of ``base ** code`` for a base of which no whole power multiplies out."""
        return self._one(-PRODUCT, (base,), (code,))

    def call_of(self, kind: int, nodes: Sequence[int]) -> int:
        """Return the node of a call of a kind, with its arguments as they stand."""
        return self._one(kind, nodes, (0,) * len(nodes))

    def _one(self, kind: int, nodes: Sequence[int], codes: Sequence[int]) -> int:
        count = len(nodes)
        if count > _FEW:
            return int(self.build_nodes([kind], [0, count], nodes, codes)[0])
        kinds, offsets, references, numbers, out = self._few
        with self.lock:
            kinds[0], offsets[1] = kind, count
            for i in range(count):
                references[i], numbers[i] = nodes[i], codes[i]
            self._report[ARGUMENTS : ARGUMENTS + len(self._few_addresses)] = self._few_block
            if self._sweep(self._address, _CONSTRUCT):
                self._provide(0)
                self.run(CONSTRUCT, *self._few_addresses)
            return out[0]

    def number(self, value: Any) -> int:
        """Return the node of a plain number."""
        code = self.code_of(value)
        if code in (0, 1):
            return ZERO if code == 0 else ONE
        return self.sum_of((ONE,), (code,))

    def pairs(self, node: int) -> list[list[int]]:
        """Return the (child, code) pairs of a node."""
        offset, count = self.rows[node, OFFSET], self.rows[node, COUNT]
        pairs: list[list[int]] = self.pool[offset : offset + count].tolist()
        return pairs

    def kind(self, node: int) -> int:
        """Return what a node is: a kind of `layout`."""
        return self.rows[node, OPERATION]

    def depth(self, node: int) -> int:
        """Return the length of the longest chain of nodes within a node."""
        return self.rows[node, DEPTH]

    def is_number(self, node: int) -> bool:
        """Tell whether a node is a plain number (ZERO, ONE or a sum of nothing but a number)."""
        if node in (ONE, ZERO):
            return True
        rows = self.rows
        return (
            rows[node, OPERATION] == SUM
            and rows[node, COUNT] == 1
            and int(self.pool[rows[node, OFFSET], 0]) == ONE
        )

    def reached(self, nodes: Sequence[int]) -> list[int]:
        """Return all nodes within some nodes, children before parents."""
        roots = np.array(nodes, dtype=np.int64)
        with self.lock:
            count = self.run(REACHED, address(roots), len(roots))
            found: list[int] = self.order[:count].tolist()
        return found

    # --- terms

    def symbol(self, name: Any) -> Any:
        """Return the term of a symbol, given by name or as a canonical symbol."""
        return self.term(self.symbol_node(name))

    def symbol_node(self, name: Any) -> int:
        """Return the node of a symbol, given by name or as a canonical symbol."""
        from symnum.terms.canonical import Symbol

        symbol = Symbol(name) if isinstance(name, str) else name
        found = self.leaves.get(symbol)
        if found is not None:
            return found
        label = repr(symbol.__reduce__()[1]).encode("utf-8", "surrogatepass")
        return self.leaf(SYMBOL, symbol, symbol, label)

    def constant_node(self, constant: Any) -> int:
        """Return the node of a canonical constant."""
        return self.leaf(CONSTANT, constant, constant, constant.name.encode())

    def truth_node(self, value: bool) -> int:
        """Return the node of a truth value."""
        return self.leaf(BOOLEAN, value, (bool, value), str(value).encode())

    def noted(self, node: int, term: Any) -> Any:
        """Remember the term of a node and return it, or the living one that was remembered before."""
        objects = self.objects
        mine = ref(term)
        while True:
            found = objects.setdefault(node, mine)
            if found is mine:
                break
            living = found()
            if living is not None:
                return living
            _remove_dead_weakref(objects, node)
        if len(objects) > self._most_objects:
            for key, reference in list(objects.items()):
                if reference() is None:
                    _remove_dead_weakref(objects, key)
            self._most_objects = max(_OBJECTS, 2 * len(objects))
        return term

    def term(self, node: int) -> Any:
        """Return the term of a node: a plain number, a truth value or an `ArenaTerm`."""
        from symnum.terms.arena.term import wrap

        return wrap(self, node)


def _digest(data: bytes) -> bytes:
    from hashlib import blake2b

    return blake2b(data, digest_size=8).digest()


def _number_hash(number: Any) -> int:
    """Return a hash that is the same in every process (hashes of numbers are not salted)."""
    kind = {int: b"i", float: b"f", complex: b"c"}.get(number.__class__, b"q")
    return int.from_bytes(_digest(kind + _digits(number).encode()), "little", signed=True)


def _digits(number: Any) -> str:
    return "nan" if number != number else str(hash(number))


_ARITHMETIC: dict[int, Callable[[Any, Any], Any]] = {PLUS: plus, TIMES: times, RAISE: integer_power}
