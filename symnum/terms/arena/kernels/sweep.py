"""The one entry point of the compiled sweeps: everything is compiled and loaded together."""

from symnum.compiling.pointers import int_pointer
from symnum.terms.arena.kernels.compiled import compiled_callback
from symnum.terms.arena.kernels.construct import construct
from symnum.terms.arena.kernels.expand import expand
from symnum.terms.arena.kernels.gradients import gradients
from symnum.terms.arena.kernels.hash_consing import rebuild, take_back
from symnum.terms.arena.kernels.reach import dependent, reached
from symnum.terms.arena.kernels.substitute import substitute
from symnum.terms.arena.layout import (
    COEFFICIENT,
    CONSTRUCT,
    DEPENDENT,
    EXPAND,
    FACTORS,
    GRADIENTS,
    NEED,
    NODES,
    NODES_BEFORE,
    PENDING,
    POOL,
    POOL_BEFORE,
    REACHED,
    REBUILD,
    STATUS,
    SUBSTITUTE,
    TERMS,
    WAITING,
)  # fmt: skip


@compiled_callback("int64(int64, int64)", seconds=1.5, optimise=2)
def sweep(address, which):
    """Run one of the sweeps on the arena whose state lies at an address; return 0 if all is done."""
    s = int_pointer(address)
    if which == REBUILD:
        rebuild(s)
        return 0
    s[TERMS] = 0
    s[FACTORS] = 0
    s[COEFFICIENT] = 1
    s[WAITING] = 0
    s[STATUS] = 0
    s[NEED] = 0
    s[PENDING] = 0
    s[NODES_BEFORE] = s[NODES]
    s[POOL_BEFORE] = s[POOL]
    if which == CONSTRUCT:
        construct(s)
    elif which == REACHED:
        reached(s)
    elif which == DEPENDENT:
        dependent(s)
    elif which == SUBSTITUTE:
        substitute(s)
    elif which == EXPAND:
        expand(s)
    elif which == GRADIENTS:
        gradients(s)
    failed = s[STATUS] | s[PENDING]
    if failed != 0:
        take_back(s)
        s[NODES] = s[NODES_BEFORE]
        s[POOL] = s[POOL_BEFORE]
    return failed | s[NEED]
