"""Between a grid and one that is coarser by two along some axes: averages, linear interpolation, coefficients."""

from symnum.integrators.addresses import offset
from symnum.integrators.compiled import compiled

__all__ = ["add_interpolated", "average", "restrict_coefficients"]


@compiled
def _add_row(m, count, halved, weight, source, target):  # type: ignore[no-untyped-def]
    """target += weight times the means of `source` over the cells of each coarse cell, along a row."""
    if halved == 0:
        for q in range(m):
            target[q] += weight * source[q]
        return
    half = 0.5 * weight
    for q in range(m // 2):
        target[q] += half * (source[2 * q] + source[2 * q + 1])
    if m % 2 == 1:
        target[count - 1] += weight * source[m - 1]


@compiled
def average(fields, fine, coarse, mask, x, out):  # type: ignore[no-untyped-def]
    """out = means over the cells of each coarse cell, field by field; grids are cells along three axes."""
    cells = fine[0] * fine[1] * fine[2]
    few = coarse[0] * coarse[1] * coarse[2]
    by0, by1, by2 = mask % 2, (mask >> 1) % 2, (mask >> 2) % 2
    for f in range(fields):
        for i in range(coarse[0]):
            first0 = i << by0
            last0 = min(first0 + 1 + by0, fine[0])
            for j in range(coarse[1]):
                first1 = j << by1
                last1 = min(first1 + 1 + by1, fine[1])
                target = offset(out, f * few + (i * coarse[1] + j) * coarse[2])
                for q in range(coarse[2]):
                    target[q] = 0.0
                weight = 1.0 / ((last0 - first0) * (last1 - first1))
                for k in range(first0, last0):
                    for l in range(first1, last1):
                        source = offset(x, f * cells + (k * fine[1] + l) * fine[2])
                        _add_row(fine[2], coarse[2], by2, weight, source, target)


@compiled
def _expand(outer, few, many, inner, periodic, x, out):  # type: ignore[no-untyped-def]
    """Linear interpolation along the middle one of three axes; beyond a side values go on as they are."""
    for o in range(outer):
        for i in range(many):
            here = i >> 1
            there = here - 1 if i % 2 == 0 else here + 1
            if there < 0:
                there = few - 1 if periodic != 0 else 0
            elif there >= few:
                there = 0 if periodic != 0 else few - 1
            near = offset(x, (o * few + here) * inner)
            far = offset(x, (o * few + there) * inner)
            target = offset(out, (o * many + i) * inner)
            for q in range(inner):
                target[q] = 0.75 * near[q] + 0.25 * far[q]


@compiled
def add_interpolated(fields, periodic, fine, coarse, mask, x, out, spare):  # type: ignore[no-untyped-def]
    """out += x interpolated from the coarse to the fine grid, field by field; `spare` is twice as large as a field."""
    cells = fine[0] * fine[1] * fine[2]
    few = coarse[0] * coarse[1] * coarse[2]
    for f in range(fields):
        source = offset(x, f * few)
        place = 0
        n0, n1, n2 = coarse[0], coarse[1], coarse[2]
        if (mask >> 2) % 2 == 1:
            target = offset(spare, place)
            _expand(n0 * n1, n2, fine[2], 1, periodic[2], source, target)
            n2 = fine[2]
            source = target
            place = cells - place
        if (mask >> 1) % 2 == 1:
            target = offset(spare, place)
            _expand(n0, n1, fine[1], n2, periodic[1], source, target)
            n1 = fine[1]
            source = target
            place = cells - place
        if mask % 2 == 1:
            target = offset(spare, place)
            _expand(1, n0, fine[0], n1 * n2, periodic[0], source, target)
            source = target
        values = offset(out, f * cells)
        for i in range(cells):
            values[i] += source[i]


@compiled
def restrict_coefficients(fields, first, periodic, fine, coarse, mask, k, k_coarse, rest, rest_coarse):  # type: ignore[no-untyped-def]
    """Couplings and what happens in a cell on the coarse grid.

    Along axes made coarser only the faces between coarse cells count, and the distance of their centres has grown.
    """
    cells = fine[0] * fine[1] * fine[2]
    few = coarse[0] * coarse[1] * coarse[2]
    average(fields * fields, fine, coarse, mask, rest, rest_coarse)
    average(2 * (3 - first) * fields, fine, coarse, mask, k, k_coarse)
    for axis in range(first, 3):
        if (mask >> axis) % 2 == 0:
            continue
        for side in range(2):
            for f in range(fields):
                number = ((axis - first) * 2 + side) * fields + f
                _outer_faces(fine, coarse, mask, axis, side, offset(k, number * cells), offset(k_coarse, number * few))
                if periodic[axis] != 0 and coarse[axis] == 1:
                    target = offset(k_coarse, number * few)
                    for i in range(few):
                        target[i] = 0.0


@compiled
def _outer_faces(fine, coarse, mask, axis, side, k, out):  # type: ignore[no-untyped-def]
    """Means of the couplings of those cells of a coarse cell that lie at one of its sides, over all its cells."""
    n1, n2 = fine[1], fine[2]
    for i in range(coarse[0]):
        for j in range(coarse[1]):
            for q in range(coarse[2]):
                total = 0.0
                count = 0
                place = i if axis == 0 else j if axis == 1 else q
                # Centres are twice as far apart as on the fine grid, less at an odd end.
                for a in range(i << (mask % 2), min((i + 1) << (mask % 2), fine[0])):
                    for b in range(j << ((mask >> 1) % 2), min((j + 1) << ((mask >> 1) % 2), fine[1])):
                        for c in range(q << ((mask >> 2) % 2), min((q + 1) << ((mask >> 2) % 2), fine[2])):
                            here = a if axis == 0 else b if axis == 1 else c
                            edge = 2 * place if side == 0 else min(2 * place + 1, fine[axis] - 1)
                            count += 1
                            if here == edge:
                                total += k[(a * n1 + b) * n2 + c]
                odd = fine[axis] % 2 == 1
                last = place == coarse[axis] - 1
                neighbour_is_last = (side == 1 and place == coarse[axis] - 2) or (side == 0 and place == 0)
                shorter = odd and (last or neighbour_is_last)
                out[(i * coarse[1] + j) * coarse[2] + q] = (total / count) * (2.0 / 3.0 if shorter else 0.5)
