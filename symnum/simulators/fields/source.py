"""The loops of a system on a grid as text."""

from typing import Any

from symnum.display import elide
from symnum.systems.stencils.region import Region
from symnum.systems.stencils.system import StencilSystem

__all__ = ["readable"]

_LETTERS = "ijklmn"
#: Characters of one term that are shown.
_SHOWN = 4000


def readable(system: StencilSystem) -> str:
    """Return the right-hand side of a system as loops over cells, for people to read.

    Regions that differ in nothing but their neighbours elsewhere, as at periodic sides, are shown once.

    Parameters
    ----------
    system : StencilSystem
    """
    names = ", ".join(f"{f.name} {'×'.join(map(str, system.arrays[f.array].shape))}" for f in system.fields)
    lines = [f"# {system.name}: {names}"]
    for total in system.sums:
        lines.append(f"{total.symbol} = sum over cells of")
        lines += [f"    {elide(str(region.stores[0][1]), _SHOWN)}" for region in total.regions]
    seen: dict[Any, list[Region]] = {}
    for region in system.regions:
        seen.setdefault(tuple(term for _, term in region.stores), []).append(region)
    for regions in sorted(seen.values(), key=lambda r: -max(_cells(x) for x in r)):
        lines += _loops(max(regions, key=_cells), len(regions) - 1, system.independent.name)
    return "\n".join(lines)


def _cells(region: Region) -> int:
    count = 1
    for n in region.shape:
        count *= n
    return count


def _loops(region: Region, others: int, time: str) -> list[str]:
    head = ", ".join(
        f"{_LETTERS[k]} = {start}" if stop - start == 1 else f"{_LETTERS[k]} in {start} … {stop - 1}"
        for k, (start, stop) in enumerate(region.box)
    )
    more = f"   # and {others} more boxes with the same terms" if others else ""
    lines = [f"for {head}:{more}"]
    elsewhere = [f"{s} = {a}" for s, a in region.loads.items() if getattr(s, "name", "") != str(a)]
    if elsewhere:
        lines.append(f"    # where {', '.join(elsewhere)}")
    lines += [f"    d({target})/d{time} = {elide(str(term), _SHOWN)}" for target, term in region.stores]
    return lines
