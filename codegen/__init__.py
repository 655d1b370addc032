"""From expressions to machine code: tape, factoring, partitioning, emitters, and the kernel cache.

Names are looked up on first use, so that importing this package loads neither llvmlite nor numpy.
"""

__symnum__ = True
"""Marks this package as symnum's own; `import symnum` checks it, because the plain name could be taken."""

import symnum as _symnum  # noqa: E402 - the marker has to stand before: symnum looks for it

if not hasattr(_symnum, "__symnum__"):
    raise ImportError(
        f"symnum's package `codegen` found a foreign package named `symnum` at {_symnum.__file__}. "
        "The distribution that belongs to it is called `symnum-modeling`; uninstall the other `symnum`, "
        "or put this one first on sys.path."
    )
