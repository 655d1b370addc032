"""Random systems on grids: any boxes, any accesses that stay inside, any mixture of arrays."""

import itertools

import numpy as np

import symnum as sn
from symnum.systems.stencils.access import FIXED, Access, Index
from symnum.systems.stencils.arrays import StencilArray
from symnum.systems.stencils.region import Region, Sum
from symnum.systems.stencils.system import StencilSystem
from symnum.terms.functions import piecewise

__all__ = ["random_system"]

_LENGTHS = {1: [1, 2, 5, 9, 30, 67], 2: [1, 2, 4, 9, 21, 40], 3: [1, 2, 3, 5, 18]}


def random_system(seed, smooth=False):
    """A system of one to three dimensions; without jumps if it is to be differentiated by differences."""
    return _Maker(np.random.default_rng(seed), smooth).system()


class _Maker:
    def __init__(self, rng, smooth):
        self.rng, self.smooth = rng, smooth
        self.dimensions = int(rng.integers(1, 4))
        self.shape = tuple(int(n) for n in rng.choice(_LENGTHS[self.dimensions], self.dimensions))
        self.t = sn.symbols("t")
        self.p = [sn.symbols(name) for name in ("a", "b", "c")[: rng.integers(0, 4)]]
        self.fields = ["u", "v", "w"][: rng.integers(1, 4)]
        self.arrays = {a.name: a for a in [*self.states(), *self.others()]}
        self.total = sn.symbols("total")
        self.recipes = [self.recipe() for _ in range(2)]

    def states(self):
        """Field by field, or cell by cell."""
        size, count = int(np.prod(self.shape)), len(self.fields)
        steps = [int(np.prod(self.shape[k + 1 :])) for k in range(self.dimensions)]
        if self.rng.random() < 0.3:
            return [
                StencilArray(f, self.shape, "state", k, tuple(count * s for s in steps))
                for k, f in enumerate(self.fields)
            ]
        return [StencilArray(f, self.shape, "state", k * size) for k, f in enumerate(self.fields)]

    def others(self):
        """Tables and arrays of parameters, larger than the grid or thinner."""
        found, start = [], len(self.p)
        for k in range(int(self.rng.integers(0, 3))):
            shape = tuple(int(n + self.rng.integers(0, 3)) for n in self.shape[-int(self.rng.integers(1, 3)) :])
            if self.rng.random() < 0.5:
                found.append(StencilArray(f"T{k}", shape, "table", values=self.rng.uniform(0.5, 1.5, shape)))
            else:
                found.append(StencilArray(f"P{k}", shape, "parameter", start))
                start += found[-1].size
        return found

    def recipe(self):
        """How a kind of region computes: which loads, and terms of them."""
        count = int(self.rng.integers(1, 6))
        return [str(self.rng.choice(list(self.arrays))) for _ in range(count)], int(self.rng.integers(1 << 31))

    def index(self, box, n):
        """One index that stays in 0..n-1."""
        choices = [Index(FIXED, int(self.rng.integers(n)))]
        for axis, (start, stop) in enumerate(box):
            if stop - start <= n:
                low, high = -start, n - stop
                choices += [Index(axis, int(self.rng.integers(low, high + 1)))] * 4
                low, high = stop - 1, n - 1 + start
                choices.append(Index(axis, int(self.rng.integers(low, high + 1)), -1))
        return choices[int(self.rng.integers(len(choices)))]

    def access(self, name, box):
        array = self.arrays[name]
        if self.rng.random() < 0.7 and len(array.shape) == len(box) and array.kind == "state":
            near = []
            for axis, ((start, stop), n) in enumerate(zip(box, array.shape, strict=True)):
                shift = int(np.clip(self.rng.integers(-2, 3), -start, n - stop))
                near.append(Index(axis, shift))
            return Access(name, tuple(near))
        return Access(name, tuple(self.index(box, n) for n in array.shape))

    def term(self, x, rng):
        """A random term of some symbols."""

        def pick():
            return x[int(rng.integers(len(x)))]

        kinds = ["sum", "product", "power", "quotient", "exp", "root", "number"]
        kinds += [] if self.smooth else ["piecewise", "extreme", "abs", "boolean"]
        result = int(rng.integers(-2, 3)) * pick()
        for _ in range(int(rng.integers(1, 5))):
            kind = kinds[int(rng.integers(len(kinds)))]
            a, b, c = pick(), pick(), pick()
            result = result + self.summand(kind, a, b, c)
        return result

    def summand(self, kind, a, b, c):
        return {
            "sum": lambda: 0.5 * a - b + 3 * c,
            "product": lambda: a * b * (c - 1),
            "power": lambda: a**2 - b**3,
            "quotient": lambda: a / (2 + b**2),
            "exp": lambda: sn.exp(-(a**2)) * b,
            "root": lambda: sn.sqrt(1 + a**2) + c,
            "number": lambda: 1.25,
            "piecewise": lambda: piecewise(a, b < c, c * b),
            "extreme": lambda: sn.minimum(a, b) - sn.maximum(b, c),
            "abs": lambda: abs(a - b),
            "boolean": lambda: piecewise(1, (a < b) & (self.t > 0.5), 2),
        }[kind]()

    def region(self, box, stores, sums):
        names, seed = self.recipes[int(self.rng.integers(2))]
        loads = {}
        for k, name in enumerate(names):
            access = self.access(name, box)
            symbol = access.symbol if self.rng.random() < 0.5 else sn.symbols(f"load{k}")
            loads[symbol] = access
        rng = np.random.default_rng(seed)
        x = [*loads, *self.p, self.t, *sums]
        return Region(box, loads, tuple((target, self.term(x, rng)) for target in stores))

    def boxes(self):
        cuts = []
        for n in self.shape:
            inner = sorted({int(k) for k in self.rng.integers(1, n, 2)}) if n > 1 else []
            borders = [0, *inner, n]
            cuts.append(list(itertools.pairwise(borders)))
        return list(itertools.product(*cuts))

    def system(self):
        here = {f: Access(f, tuple(Index(a, 0) for a in range(self.dimensions))) for f in self.fields}
        sums = []
        if self.rng.random() < 0.5:
            regions = [self.region(box, [here[self.fields[0]]], []) for box in self.boxes()]
            sums = [Sum(self.total, tuple(regions))]
        known = [self.total] if sums else []
        regions = [self.region(box, list(here.values()), known) for box in self.boxes()]
        return StencilSystem(
            arrays=list(self.arrays.values()),
            regions=regions,
            independent=self.t,
            parameters=self.p,
            sums=sums,
            observables={total.symbol.name: total for total in sums},
        )
