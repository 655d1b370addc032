"""The compiled sweeps over an arena. The only module of the terms that imports Numba; loaded at first use.

Every kernel takes the address of an arena's state, which holds the addresses of its arrays. It may stop early and
report why in ``state``: an array is full (the arena grows it and runs the kernel again), a number is needed that is
no small integer (the arena computes it with Python's exact numbers, remembers it in ``memory``, takes back what was
made with a guess, and runs the kernel again), or the rules of construction that apply are known to the canonical
structure alone.
"""

import inspect
from typing import Any

import numpy as np
from numba import carray, njit, types
from numba.core.caching import CompileResultCacheImpl, FunctionCache, _CacheLocator
from numba.extending import intrinsic

from symnum.terms.arena.cache import code_folder
from symnum.terms.arena.layout import (
    ADDRESSES,
    BUDGET,
    CALL,
    COEFFICIENT,
    CONSTANT,
    COUNT,
    DEPTH,
    FACTORS,
    GENERATION,
    HASH,
    LENGTHS,
    LIMIT,
    MARK,
    MEMORY,
    NEED,
    NEED_FACTORS,
    NEED_MEMORY,
    NEED_NODES,
    NEED_POOL,
    NEED_TERMS,
    NODES,
    OFFSET,
    ONE,
    OPERATION,
    PENDING,
    PLACE,
    PLUS,
    POOL,
    POWER,
    PRODUCT,
    RAISE,
    SLOW,
    SPECIAL,
    STATUS,
    SUM,
    SYMBOL,
    TERMS,
    TIMES,
    VALUE,
    ZERO,
)  # fmt: skip

helper = njit(no_cpython_wrapper=True, no_cfunc_wrapper=True, error_model="numpy")


class _Locator(_CacheLocator):
    """Says where Numba keeps machine code: in a folder whose name stands for all sources of the arena."""

    _py_file = __file__

    def __init__(self, function: Any, folder: Any) -> None:
        self._function = function
        self._folder = folder

    def ensure_cache_path(self) -> None:
        pass

    def get_cache_path(self) -> str:
        return str(self._folder)

    def get_source_stamp(self) -> str:
        return str(self._folder.name)

    def get_disambiguator(self) -> str:
        return str(self._function.__code__.co_firstlineno)

    @classmethod
    def from_function(cls, py_func: Any, py_file: str) -> Any:
        return cls(py_func, code_folder())


class _Implementation(CompileResultCacheImpl):
    def __init__(self, py_func: Any) -> None:
        self._lineno = py_func.__code__.co_firstlineno
        self._locator = _Locator.from_function(py_func, inspect.getfile(py_func))
        self._filename_base = self.get_filename_base(py_func.__qualname__, "")


class _Cache(FunctionCache):
    _impl_class = _Implementation


def entry(function: Any) -> Any:
    """Compile a function that Python calls, and keep its machine code on disk (decorator)."""
    dispatcher = njit(error_model="numpy")(function)
    if code_folder() is not None:
        dispatcher._cache = _Cache(function)
    return dispatcher


# --- the arrays of an arena, seen through the addresses in its state (a kernel gets the address of the state) ---


@intrinsic
def _pointer(context: Any, address: Any) -> Any:
    """Return an address as a pointer to 64-bit integers."""
    pointer = types.CPointer(types.int64)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], context.get_value_type(pointer))

    return pointer(types.int64), generate


@helper
def _state(t):
    return carray(_pointer(t), 32)


@helper
def _nodes(t):
    state = _state(t)
    return carray(_pointer(state[ADDRESSES]), (state[LENGTHS], 8))


@helper
def _pool(t):
    state = _state(t)
    return carray(_pointer(state[ADDRESSES + 1]), (state[LENGTHS + 1], 2))


@helper
def _table(t):
    state = _state(t)
    return carray(_pointer(state[ADDRESSES + 2]), state[LENGTHS + 2])


@helper
def _memory(t):
    state = _state(t)
    return carray(_pointer(state[ADDRESSES + 3]), (state[LENGTHS + 3], 4))


@helper
def _special(t):
    state = _state(t)
    return carray(_pointer(state[ADDRESSES + 4]), state[LENGTHS + 4])


@helper
def _terms(t):
    state = _state(t)
    return carray(_pointer(state[ADDRESSES + 5]), (state[LENGTHS + 5], 2))


@helper
def _factors(t):
    state = _state(t)
    return carray(_pointer(state[ADDRESSES + 6]), (state[LENGTHS + 6], 2))


# --- numbers ---------------------------------------------------------------------------------------------


@helper
def _mixed(h, x):
    h = (h ^ x) * np.uint64(0xFF51AFD7ED558CCD)
    return h ^ (h >> np.uint64(32))


@helper
def _asked(t, operation, a, b):
    """Look a result up; where it is not known, ask for it and return a guess."""
    state = _state(t)
    memory = _memory(t)
    mask = memory.shape[0] - 1
    h = _mixed(_mixed(np.uint64(operation), np.uint64(a)), np.uint64(b))
    p = np.int64(h & np.uint64(mask))
    while memory[p, 0] != 0:
        if abs(memory[p, 0]) == operation and memory[p, 1] == a and memory[p, 2] == b:
            return memory[p, 3]
        p = (p + 1) & mask
    if 2 * state[MEMORY] >= mask:
        state[NEED] |= NEED_MEMORY
        return np.int64(1)
    memory[p, 0] = -operation
    memory[p, 1] = a
    memory[p, 2] = b
    memory[p, 3] = 1
    state[MEMORY] += 1
    state[PENDING] += 1
    return np.int64(1)


@helper
def _plus(t, a, b):
    if a >= -LIMIT and b >= -LIMIT:
        s = a + b
        if -LIMIT <= s <= LIMIT:
            return s
    if a == 0:
        return b
    if b == 0:
        return a
    return _asked(t, PLUS, a, b)


@helper
def _times(t, a, b):
    if a == 1:
        return b
    if b == 1:
        return a
    if a == 0 or b == 0:
        return np.int64(0)
    if a >= -LIMIT and b >= -LIMIT and abs(b) <= LIMIT // abs(a):
        return a * b
    return _asked(t, TIMES, a, b)


@helper
def _raised(t, a, e):
    """Return the number a to the small whole power e."""
    if e == 1 or a == 1:
        return a
    if e == 2:
        return _times(t, a, a)
    return _asked(t, RAISE, a, e)


# --- hash-consing ----------------------------------------------------------------------------------------


@helper
def _code_hash(special, code):
    if code < -LIMIT:
        return np.uint64(special[code - SPECIAL])
    return np.uint64(code)


@helper
def _intern(t, operation, stack, start, count):
    """Return the node with these (child, code) pairs, which are in order already."""
    nodes = _nodes(t)
    pool = _pool(t)
    table = _table(t)
    state = _state(t)
    special = _special(t)
    seed = np.uint64(operation) * np.uint64(0x9E3779B97F4A7C15)
    h = seed
    for i in range(start, start + count):
        child = np.uint64(nodes[stack[i, 0], HASH])
        if operation >= POWER:
            h = _mixed(h + np.uint64(1), child)
        else:  # the same whatever the order of the children
            h += _mixed(_mixed(seed, _code_hash(special, stack[i, 1])), child)
    h = _mixed(h, np.uint64(count))
    key = np.int64(h)
    mask = table.shape[0] - 1
    p = np.int64(h & np.uint64(mask))
    while table[p] >= 0:
        j = table[p]
        if nodes[j, HASH] == key and nodes[j, OPERATION] == operation and nodes[j, COUNT] == count:
            offset = nodes[j, OFFSET]
            same = True
            for i in range(count):
                if pool[offset + i, 0] != stack[start + i, 0] or pool[offset + i, 1] != stack[start + i, 1]:
                    same = False
                    break
            if same:
                return j
        p = (p + 1) & mask
    j = state[NODES]
    offset = state[POOL]
    if j >= nodes.shape[0] or 2 * j >= mask:
        state[NEED] |= NEED_NODES
        return np.int64(ZERO)
    if offset + count > pool.shape[0]:
        state[NEED] |= NEED_POOL
        return np.int64(ZERO)
    depth = 0
    for i in range(count):
        pool[offset + i, 0] = stack[start + i, 0]
        pool[offset + i, 1] = stack[start + i, 1]
        depth = max(depth, nodes[stack[start + i, 0], DEPTH])
    table[p] = j
    nodes[j, OPERATION] = operation
    nodes[j, COUNT] = count
    nodes[j, OFFSET] = offset
    nodes[j, HASH] = key
    nodes[j, DEPTH] = depth + 1
    nodes[j, MARK] = 0
    nodes[j, PLACE] = 0
    state[NODES] = j + 1
    state[POOL] = offset + count
    return j


@entry
def rebuild_table(t, count):
    """Enter all nodes that have children into a larger table, in the order in which they were made."""
    nodes = _nodes(t)
    table = _table(t)
    mask = table.shape[0] - 1
    for j in range(count):
        if nodes[j, OPERATION] >= SUM:
            p = np.int64(np.uint64(nodes[j, HASH]) & np.uint64(mask))
            while table[p] >= 0:
                p = (p + 1) & mask
            table[p] = j


@entry
def take_back(t, first, count):
    """Remove the newest nodes from the table, the last one first, which leaves no gaps in it."""
    nodes = _nodes(t)
    table = _table(t)
    mask = table.shape[0] - 1
    for j in range(count - 1, first - 1, -1):
        if nodes[j, OPERATION] >= SUM:
            p = np.int64(np.uint64(nodes[j, HASH]) & np.uint64(mask))
            while table[p] != j:
                p = (p + 1) & mask
            table[p] = -1


# --- sums and products: pairs are put on a stack, then finished ----------------------------------------------


@helper
def _inserted(rows, start, end):
    """Sort a few rows by their first column; equal ones keep their order."""
    for i in range(start + 1, end):
        k = i
        while k > start and rows[k - 1, 0] > rows[k, 0]:
            for c in range(rows.shape[1]):
                rows[k, c], rows[k - 1, c] = rows[k - 1, c], rows[k, c]
            k -= 1


@helper
def _ordered(rows, start, end):
    """Sort rows by their first column; equal ones keep their order (merge sort from runs of 16)."""
    count = end - start
    if count <= 16:
        _inserted(rows, start, end)
        return
    sorted_up_to = start + 1
    while sorted_up_to < end and rows[sorted_up_to - 1, 0] <= rows[sorted_up_to, 0]:
        sorted_up_to += 1
    if sorted_up_to == end:
        return
    for i in range(start, end, 16):
        _inserted(rows, i, min(i + 16, end))
    columns = rows.shape[1]
    spare = np.empty((count, columns), np.int64)
    width = 16
    while width < count:
        for first in range(0, count, 2 * width):
            left, middle = start + first, start + min(first + width, count)
            right, last = middle, start + min(first + 2 * width, count)
            for k in range(first, last - start):
                if left < middle and (right >= last or rows[left, 0] <= rows[right, 0]):
                    source = left
                    left += 1
                else:
                    source = right
                    right += 1
                for c in range(columns):
                    spare[k, c] = rows[source, c]
        for k in range(count):
            for c in range(columns):
                rows[start + k, c] = spare[k, c]
        width *= 2


@helper
def _with_room(rows, size):
    """Return the rows, in a table of twice the size where it is full."""
    if size < rows.shape[0]:
        return rows
    larger = np.empty((2 * rows.shape[0], rows.shape[1]), np.int64)
    for i in range(size):
        for c in range(rows.shape[1]):
            larger[i, c] = rows[i, c]
    return larger


@helper
def _merged(t, stack, start, end):
    """Order pairs, add the codes of equal children, drop exact zeros; return the new end."""
    _ordered(stack, start, end)
    w = start
    i = start
    while i < end:
        child = stack[i, 0]
        code = stack[i, 1]
        i += 1
        while i < end and stack[i, 0] == child:
            code = _plus(t, code, stack[i, 1])
            i += 1
        if code != 0:
            stack[w, 0] = child
            stack[w, 1] = code
            w += 1
    return w


@helper
def _put_term(t, node, code):
    """Put code * node on the stack of terms, sums pair by pair."""
    nodes = _nodes(t)
    pool = _pool(t)
    state = _state(t)
    terms = _terms(t)
    top = state[TERMS]
    if nodes[node, OPERATION] != SUM:
        if top >= terms.shape[0]:
            state[NEED] |= NEED_TERMS
            return
        terms[top, 0] = node
        terms[top, 1] = code
        state[TERMS] = top + 1
        return
    count = nodes[node, COUNT]
    offset = nodes[node, OFFSET]
    if top + count > terms.shape[0]:
        state[NEED] |= NEED_TERMS
        return
    for i in range(count):
        terms[top + i, 0] = pool[offset + i, 0]
        terms[top + i, 1] = _times(t, pool[offset + i, 1], code)
    state[TERMS] = top + count


@helper
def _finish_sum(t, start):
    """Return the sum of the terms put since `start`, and take them off the stack."""
    terms = _terms(t)
    state = _state(t)
    end = _merged(t, terms, start, state[TERMS])
    state[TERMS] = start
    if end == start + 1 and terms[start, 1] == 1:
        return terms[start, 0]
    return _intern(t, SUM, terms, start, end - start)


@helper
def _put_pair(t, base, exponent):
    nodes = _nodes(t)
    pool = _pool(t)
    state = _state(t)
    factors = _factors(t)
    operation = nodes[base, OPERATION]
    if operation == POWER or (
        operation == SUM and nodes[base, COUNT] < 2 and pool[nodes[base, OFFSET], 0] == ONE
    ):
        state[STATUS] = SLOW  # symbolic exponents and powers of numbers merge by rules of their own
        return
    top = state[FACTORS]
    if top >= factors.shape[0]:
        state[NEED] |= NEED_FACTORS
        return
    factors[top, 0] = base
    factors[top, 1] = exponent
    state[FACTORS] = top + 1


@helper
def _put_factor(t, node, exponent):
    """Put node ** exponent on the stack of factors, its number into the coefficient."""
    nodes = _nodes(t)
    pool = _pool(t)
    state = _state(t)
    operation = nodes[node, OPERATION]
    if operation == SUM and nodes[node, COUNT] < 2:
        if nodes[node, COUNT] == 0 and exponent > 0:
            state[COEFFICIENT] = 0
            return
        if nodes[node, COUNT] == 0 or exponent < -LIMIT:
            state[STATUS] = SLOW
            return
        offset = nodes[node, OFFSET]
        number = _raised(t, pool[offset, 1], exponent)
        state[COEFFICIENT] = _times(t, state[COEFFICIENT], number)
        node = pool[offset, 0]
        operation = nodes[node, OPERATION]
    if operation != PRODUCT:
        if exponent < -LIMIT and operation == CONSTANT:
            state[STATUS] = SLOW
            return
        _put_pair(t, node, exponent)
        return
    if exponent < -LIMIT and node != ONE:
        state[STATUS] = SLOW
        return
    offset = nodes[node, OFFSET]
    for i in range(offset, offset + nodes[node, COUNT]):
        _put_pair(t, pool[i, 0], _times(t, pool[i, 1], exponent))


@helper
def _scaled(t, node, coefficient):
    if coefficient == 1:
        return node
    start = _state(t)[TERMS]
    _put_term(t, node, coefficient)
    return _finish_sum(t, start)


@helper
def _finish_product(t):
    """Return the coefficient times the product of all factors put, and empty the stack."""
    nodes = _nodes(t)
    state = _state(t)
    factors = _factors(t)
    end = _merged(t, factors, 0, state[FACTORS])
    state[FACTORS] = 0
    coefficient = state[COEFFICIENT]
    state[COEFFICIENT] = 1
    if coefficient == 0:
        return np.int64(ZERO)
    for i in range(end):
        if factors[i, 1] >= -LIMIT:
            base = factors[i, 0]
            if nodes[base, OPERATION] == PRODUCT or (
                nodes[base, OPERATION] == SUM and nodes[base, COUNT] < 2
            ):
                state[STATUS] = SLOW  # a root became whole: (x*y)^(1/2) squared
    if end == 1 and factors[0, 1] == 1:
        return _scaled(t, factors[0, 0], coefficient)
    return _scaled(t, _intern(t, PRODUCT, factors, 0, end), coefficient)


@helper
def _stopped(state):
    return state[STATUS] != 0 or state[NEED] != 0


@helper
def _is_number(nodes, pool, node):
    if node in (ONE, ZERO):
        return True
    return nodes[node, OPERATION] == SUM and nodes[node, COUNT] == 1 and pool[nodes[node, OFFSET], 0] == ONE


@helper
def _called(t, operation, plain, start, count):
    """Return a call whose arguments were put as terms one by one; only where construction folds nothing."""
    nodes = _nodes(t)
    pool = _pool(t)
    state = _state(t)
    terms = _terms(t)
    state[TERMS] = start
    folds = True
    for i in range(start, start + count):
        node = terms[i, 0]
        if nodes[node, OPERATION] != CONSTANT and not _is_number(nodes, pool, node):
            folds = False
    if operation < CALL or not plain[operation - CALL] or folds:
        state[STATUS] = SLOW
        return np.int64(ZERO)
    return _intern(t, operation, terms, start, count)


@helper
def _put_argument(t, node):
    state = _state(t)
    top = state[TERMS]
    terms = _terms(t)
    if top >= terms.shape[0]:
        state[NEED] |= NEED_TERMS
        return
    terms[top, 0] = node
    terms[top, 1] = 0
    state[TERMS] = top + 1


@entry
def construct(t, kinds, offsets, references, codes, out):
    """Make nodes in order: sums and products by the rules of construction, other kinds as they stand.

    A reference that is negative, -1 - k, means the result of the k-th of these nodes. A negative kind is a
    product that needs no rules.
    """
    state = _state(t)
    terms = _terms(t)
    for k in range(kinds.shape[0]):
        kind = kinds[k]
        start = state[TERMS]
        for i in range(offsets[k], offsets[k + 1]):
            node = references[i]
            if node < 0:
                node = out[-1 - node]
            if kind == SUM:
                _put_term(t, node, codes[i])
            elif kind == PRODUCT:
                _put_factor(t, node, codes[i])
            else:
                _put_argument(t, node)
                terms[state[TERMS] - 1, 1] = codes[i]
        if kind == SUM:
            out[k] = _finish_sum(t, start)
        elif kind == PRODUCT:
            out[k] = _finish_product(t)
        else:
            count = state[TERMS] - start
            state[TERMS] = start
            if kind < 0:
                _ordered(terms, start, start + count)
            out[k] = _intern(t, PRODUCT if kind < 0 else kind, terms, start, count)
        if _stopped(state):
            return


# --- sweeps ----------------------------------------------------------------------------------------------


@helper
def _reached(t, roots, stops):
    """Return all nodes within some nodes, children before parents; `stops` are not looked into."""
    nodes = _nodes(t)
    pool = _pool(t)
    state = _state(t)
    state[GENERATION] += 1
    mark = state[GENERATION]
    found = np.empty((1024, 1), np.int64)
    count = 0
    for i in range(stops.shape[0]):
        nodes[stops[i], MARK] = -mark
    next_one = 0  # the list is its own work list: what stands from here on has not been looked into yet
    for root in roots:
        if abs(nodes[root, MARK]) != mark:
            nodes[root, MARK] = mark
            found = _with_room(found, count)
            found[count, 0] = root
            count += 1
        while next_one < count:
            offset = nodes[found[next_one, 0], OFFSET]
            end = offset + nodes[found[next_one, 0], COUNT]
            next_one += 1
            for k in range(offset, end):
                child = pool[k, 0]
                if abs(nodes[child, MARK]) != mark:
                    nodes[child, MARK] = mark
                    found = _with_room(found, count)
                    found[count, 0] = child
                    count += 1
    _ordered(found, 0, count)
    order = np.empty(count, np.int64)
    for i in range(count):
        order[i] = found[i, 0]
    return order


@entry
def reached(t, roots):
    """Return all nodes within some nodes, children before parents."""
    return _reached(t, roots, roots[:0])


@entry
def dependent(t, roots, symbols):
    """Return the nodes within some nodes in which one of some symbols occurs, children before parents."""
    nodes = _nodes(t)
    pool = _pool(t)
    order = _reached(t, roots, roots[:0])
    for node in order:
        nodes[node, VALUE] = 0
    for symbol in symbols:
        nodes[symbol, VALUE] = 1
    count = 0
    for node in order:
        offset = nodes[node, OFFSET]
        for k in range(offset, offset + nodes[node, COUNT]):
            if nodes[pool[k, 0], VALUE] == 1:
                nodes[node, VALUE] = 1
                break
        if nodes[node, VALUE] == 1:
            order[count] = node
            count += 1
    return order[:count]


@entry
def substitute(t, roots, keys, values, plain, out):
    """Replace the nodes `keys` by `values`, all at once."""
    nodes = _nodes(t)
    pool = _pool(t)
    state = _state(t)
    order = _reached(t, roots, keys)
    for i in range(keys.shape[0]):
        nodes[keys[i], VALUE] = values[i]
    for node in order:
        offset = nodes[node, OFFSET]
        count = nodes[node, COUNT]
        operation = nodes[node, OPERATION]
        changed = False
        for k in range(offset, offset + count):
            if nodes[pool[k, 0], VALUE] != pool[k, 0]:
                changed = True
                break
        if not changed:
            nodes[node, VALUE] = node
            continue
        start = state[TERMS]
        for k in range(offset, offset + count):
            new = nodes[pool[k, 0], VALUE]
            if operation == SUM:
                _put_term(t, new, pool[k, 1])
            elif operation == PRODUCT:
                _put_factor(t, new, pool[k, 1])
            else:
                _put_argument(t, new)
        if operation == SUM:
            nodes[node, VALUE] = _finish_sum(t, start)
        elif operation == PRODUCT:
            nodes[node, VALUE] = _finish_product(t)
        else:
            nodes[node, VALUE] = _called(t, operation, plain, start, count)
        if _stopped(state):
            return
    for i in range(roots.shape[0]):
        out[i] = nodes[roots[i], VALUE]


@helper
def _multiplied(t, old, length, total):
    """Multiply (node, code) pairs by every term of a sum; return the collected pairs and their number."""
    nodes = _nodes(t)
    pool = _pool(t)
    state = _state(t)
    begin = nodes[total, OFFSET]
    new = np.empty((max(length, nodes[total, COUNT]), 2), np.int64)
    size = 0
    for j in range(begin, begin + nodes[total, COUNT]):
        for i in range(length):
            _put_factor(t, old[i, 0], 1)
            _put_factor(t, pool[j, 0], 1)
            node = _finish_product(t)
            code = _times(t, old[i, 1], pool[j, 1])
            if nodes[node, OPERATION] == SUM:
                if nodes[node, COUNT] != 1:  # two roots of a sum made the sum itself
                    state[STATUS] = SLOW
                    break
                code = _times(t, code, pool[nodes[node, OFFSET], 1])
                node = pool[nodes[node, OFFSET], 0]
            if _stopped(state):
                break
            place = nodes[node, PLACE]
            if place > 0:
                new[place - 1, 1] = _plus(t, new[place - 1, 1], code)
                continue
            new = _with_room(new, size)
            new[size, 0] = node
            new[size, 1] = code
            size += 1
            nodes[node, PLACE] = size
        if _stopped(state):
            break
    for i in range(size):
        nodes[new[i, 0], PLACE] = 0
    return new, size


@helper
def _distributed(t, node, limit):
    """Multiply the sums out that are factors of a product (or of a scaled one)."""
    nodes = _nodes(t)
    pool = _pool(t)
    state = _state(t)
    coefficient = np.int64(1)
    if nodes[node, OPERATION] == SUM and nodes[node, COUNT] == 1:
        coefficient = pool[nodes[node, OFFSET], 1]
        node = pool[nodes[node, OFFSET], 0]
    if nodes[node, OPERATION] != PRODUCT:
        return _scaled(t, node, coefficient)
    offset = nodes[node, OFFSET]
    count = nodes[node, COUNT]
    many = False
    for k in range(offset, offset + count):
        base = pool[k, 0]
        if nodes[base, OPERATION] == SUM and nodes[base, COUNT] > 1 and pool[k, 1] > 0:
            many = True
        else:
            _put_pair(t, base, pool[k, 1])
    if not many:
        state[FACTORS] = 0
        return _scaled(t, node, coefficient)
    old = np.empty((1, 2), np.int64)
    old[0, 0] = _finish_product(t)
    old[0, 1] = coefficient
    length = 1
    for k in range(offset, offset + count):
        base = pool[k, 0]
        if not (nodes[base, OPERATION] == SUM and nodes[base, COUNT] > 1 and pool[k, 1] > 0):
            continue
        for _ in range(pool[k, 1]):
            old, length = _multiplied(t, old, length, base)
            if length > limit:
                state[STATUS] = BUDGET
            if _stopped(state):
                return np.int64(ZERO)
    start = state[TERMS]
    for i in range(length):
        if old[i, 1] != 0:
            _put_term(t, old[i, 0], old[i, 1])
    return _finish_sum(t, start)


@entry
def expand(t, roots, plain, limit, out):  # noqa: C901 - one flat case analysis
    """Multiply out products and whole powers of sums at every depth."""
    nodes = _nodes(t)
    pool = _pool(t)
    state = _state(t)
    order = _reached(t, roots, roots[:0])
    for node in order:
        offset = nodes[node, OFFSET]
        count = nodes[node, COUNT]
        operation = nodes[node, OPERATION]
        nodes[node, VALUE] = node
        if operation < SUM or node in (ONE, ZERO):
            continue
        changed = False
        many = False
        for k in range(offset, offset + count):
            child = pool[k, 0]
            if nodes[child, VALUE] != child:
                changed = True
            if nodes[nodes[child, VALUE], OPERATION] == SUM:
                many = True
        if not changed and not (many and operation == PRODUCT):
            continue
        start = state[TERMS]
        for k in range(offset, offset + count):
            new = nodes[pool[k, 0], VALUE]
            if operation == SUM:
                _put_term(t, new, pool[k, 1])
            elif operation == PRODUCT:
                _put_factor(t, new, pool[k, 1])
            else:
                _put_argument(t, new)
        if operation == SUM:
            made = _finish_sum(t, start)
            if nodes[made, OPERATION] == SUM and nodes[made, COUNT] > limit:
                state[STATUS] = BUDGET
        elif operation == PRODUCT:
            made = _finish_product(t)
            if not _stopped(state):
                made = _distributed(t, made, limit)
        else:
            made = _called(t, operation, plain, start, count)
        nodes[node, VALUE] = made
        if _stopped(state):
            return
    for i in range(roots.shape[0]):
        out[i] = nodes[roots[i], VALUE]


@helper
def _gather(t, cells, start, end):
    """Add up the (column, node, code) cells of one node; return the new end. Columns come in order."""
    state = _state(t)
    _ordered(cells, start, end)
    w = start
    i = start
    while i < end:
        column = cells[i, 0]
        top = state[TERMS]
        while i < end and cells[i, 0] == column:
            _put_term(t, cells[i, 1], cells[i, 2])
            i += 1
        node = _finish_sum(t, top)
        if node != ZERO:
            cells[w, 0] = column
            cells[w, 1] = node
            cells[w, 2] = 1
            w += 1
    return w


@helper
def _derived(t, node, k, below, partial):
    """Return the derivative of a node by its k-th child's symbol, up to the code of that child."""
    nodes = _nodes(t)
    pool = _pool(t)
    if nodes[node, OPERATION] == SUM:
        return below
    if nodes[node, OPERATION] == PRODUCT:
        offset = nodes[node, OFFSET]
        for j in range(offset, offset + nodes[node, COUNT]):
            if j != k:
                _put_pair(t, pool[j, 0], pool[j, 1])
            elif pool[k, 1] != 1:
                _put_pair(t, pool[j, 0], _plus(t, pool[k, 1], np.int64(-1)))
    else:
        _put_factor(t, partial, 1)
    if below != ONE:
        _put_factor(t, below, 1)
    return _finish_product(t)


@helper
def _rows_of(t, roots, begin, cells):
    """Return the cells of some nodes as rows (place among the nodes, column, node)."""
    nodes = _nodes(t)
    total = 0
    for i in range(roots.shape[0]):
        where = nodes[roots[i], VALUE]
        total += begin[where + 1] - begin[where]
    result = np.empty((total, 3), np.int64)
    w = 0
    for i in range(roots.shape[0]):
        where = nodes[roots[i], VALUE]
        for c in range(begin[where], begin[where + 1]):
            result[w, 0] = i
            result[w, 1] = cells[c, 0]
            result[w, 2] = cells[c, 1]
            w += 1
    return result


@entry
def gradients(t, roots, symbols, columns, calls, starts, partials):
    """Return the derivatives of some nodes by some symbols as rows (root, column, node), in one sweep.

    Of each call in which a symbol occurs, `partials` holds the derivatives by its arguments.
    """
    nodes = _nodes(t)
    pool = _pool(t)
    state = _state(t)
    order = _reached(t, roots, roots[:0])
    for i in range(order.shape[0]):
        nodes[order[i], VALUE] = -1
    for i in range(symbols.shape[0]):
        nodes[symbols[i], PLACE] = columns[i] + 1
    for i in range(calls.shape[0]):
        nodes[calls[i], PLACE] = i + 1
    begin = np.zeros(order.shape[0] + 1, np.int64)  # where the cells of each node begin
    cells = np.empty((2 * order.shape[0] + 1024, 3), np.int64)
    size = 0
    for position in range(order.shape[0]):
        node = order[position]
        begin[position] = size
        nodes[node, VALUE] = position
        operation = nodes[node, OPERATION]
        place = nodes[node, PLACE]
        if operation == SYMBOL:
            if place > 0:
                cells = _with_room(cells, size)
                cells[size, 0] = place - 1
                cells[size, 1] = ONE
                cells[size, 2] = 1
                size += 1
            continue
        if operation < SUM:
            continue
        offset = nodes[node, OFFSET]
        count = nodes[node, COUNT]
        for k in range(offset, offset + count):
            where = nodes[pool[k, 0], VALUE]
            for c in range(begin[where], begin[where + 1]):
                partial = partials[starts[place - 1] + k - offset] if operation > PRODUCT else ONE
                made = _derived(t, node, k, cells[c, 1], partial)
                cells = _with_room(cells, size)
                cells[size, 0] = cells[c, 0]
                cells[size, 1] = made
                cells[size, 2] = pool[k, 1] if operation <= PRODUCT else 1
                size += 1
        if size > begin[position]:
            size = _gather(t, cells, begin[position], size)
        begin[position + 1] = size
        if _stopped(state):
            break
    for i in range(symbols.shape[0]):
        nodes[symbols[i], PLACE] = 0
    for i in range(calls.shape[0]):
        nodes[calls[i], PLACE] = 0
    if _stopped(state):
        return np.empty((0, 3), np.int64)
    begin[order.shape[0]] = size
    return _rows_of(t, roots, begin, cells)
