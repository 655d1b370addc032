"""Rules, matching, strategies and equality saturation: the part of symnum that rewrites expressions."""

__symnum__ = True
"""Marks this package as symnum's own; `import symnum` checks it, because the plain name could be taken."""

import symnum as _symnum  # noqa: E402 - the marker has to stand before: symnum looks for it

if not hasattr(_symnum, "__symnum__"):
    raise ImportError(
        f"symnum's package `rewriters` found a foreign package named `symnum` at {_symnum.__file__}. "
        "The distribution that belongs to it is called `symnum-modeling`; uninstall the other `symnum`, "
        "or put this one first on sys.path."
    )
