"""What identifies a system on a grid, so that a file is not gone on with by another model."""

import hashlib

from symnum.systems.stencils.region import Region, Sum
from symnum.systems.stencils.system import StencilSystem

__all__ = ["system_digest"]


def system_digest(system: StencilSystem) -> str:
    """Return a digest of arrays, loops, terms and parameters of a system, with the values that these have.

    Parameters
    ----------
    system : StencilSystem
    """
    digest = hashlib.sha256()

    def add(*parts: object) -> None:
        digest.update(repr(parts).encode())

    for array in system.arrays.values():
        add(array.name, array.shape, array.kind, array.offset, array.strides)
        if array.values is not None:
            digest.update(array.values.tobytes())
    add(system.independent.name, system.parameter_names, [str(v) for v in system.parameter_values], system.field_names)
    for region in system.regions:
        _add_region(add, region)
    for total in system.sums:
        _add_sum(add, total)
    for name, total in system.observables.items():
        add(name)
        _add_sum(add, total)
    return digest.hexdigest()


def _add_region(add: object, region: Region) -> None:
    assert callable(add)
    add(region.box, sorted((str(s), str(a)) for s, a in region.loads.items()))
    for target, term in region.stores:
        add(str(target), str(term))


def _add_sum(add: object, total: Sum) -> None:
    assert callable(add)
    add(str(total.symbol))
    for region in total.regions:
        _add_region(add, region)
