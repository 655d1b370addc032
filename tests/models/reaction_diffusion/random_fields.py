"""Random equations for fields, beside what they mean on arrays that are padded by hand: order 2, all geometries.

Nothing of the package is used for the values: volumes, areas, values beyond sides and on faces follow from the edges of
the cells and the conditions, by formulas of the explanation of how space is discretised.
"""

import numpy as np

import symnum as sn

__all__ = ["RandomFields"]

TIME = 0.4
PARAMETERS = {"D": 0.3, "k": 1.3, "h": 0.7}
FACTORS = {"D": 0.3, "0.5": 0.5, "-k": -1.3, "t*h": TIME * 0.7}
AROUND = {"cartesian": 1.0, "polar": 2 * np.pi, "cylindrical": 2 * np.pi, "spherical": 4 * np.pi}
CURVED = {"cartesian": 0, "polar": 1, "cylindrical": 1, "spherical": 2}
PERIODIC, AXIS = ("periodic", "periodic"), "axis"


class RandomFields:
    """A model of a seed, and its right-hand side by arrays."""

    def __init__(self, seed):
        rng = self.rng = np.random.default_rng(seed)
        self.geometry = str(rng.choice(list(AROUND), p=[0.7, 0.1, 0.1, 0.1]))
        count = int(rng.choice([1, 2, 3], p=[0.4, 0.4, 0.2]))
        self.axes = {"cartesian": "xyz"[:count], "cylindrical": "rz"}.get(self.geometry, "r")
        self.fields = "uvw"[: rng.choice([1, 2, 3], p=[0.4, 0.4, 0.2])]
        self.edges, given = [], {}
        for name in self.axes:
            cells = int(rng.integers(5, 9 if len(self.axes) > 1 else 14))
            low = 0.0 if name == "r" and rng.random() < 0.6 else float(rng.uniform(0.2, 1))
            edges, given[name] = np.linspace(low, low + 2.0, cells + 1), (low, low + 2.0, cells)
            if rng.random() < 0.3:
                edges[1:-1] += rng.uniform(-0.2, 0.2, cells - 1) * 2 / cells
                given[name] = edges
            self.edges.append(edges)
        self.centres = [(e[1:] + e[:-1]) / 2 for e in self.edges]
        self.shape = tuple(len(x) for x in self.centres)
        closed = [name != "r" and rng.random() < 0.25 for name in self.axes]
        self.conditions, boundary = {}, {}
        for f in self.fields:
            self.conditions[f], boundary[f] = self._sides(closed)
        self.terms = {f: [self._term(f) for _ in range(rng.integers(1, 4))] for f in self.fields}
        self.equations = {f: " + ".join(text for text, _ in terms) for f, terms in self.terms.items()}
        grid = sn.Grid(**given, geometry=self.geometry)
        self.model = sn.reaction_diffusion(self.equations, grid=grid, boundary=boundary, parameters=PARAMETERS)

    def rates(self, values):
        """Return the right-hand side for arrays by field, flat."""
        made = [sum(function(values) for _, function in self.terms[f]) for f in self.fields]
        return np.concatenate([np.broadcast_to(m, self.shape).ravel() for m in made])

    # What is written ------------------------------------------------------------------------

    def _sides(self, closed):
        found, written = [], {}
        for k, name in enumerate(self.axes):
            if closed[k]:
                found.append(PERIODIC)
                written[name] = "periodic"
                continue
            pair = []
            for side in "-+":
                if name == "r" and side == "-" and self.edges[k][0] == 0:
                    pair.append(AXIS)
                    continue
                text, number = self._target(k)
                ways = [
                    (sn.dirichlet(text), (1.0, 0.0, number)),
                    (sn.neumann(text), (0.0, 1.0, number)),
                    (sn.robin("h", 2, text), (0.7, 2.0, number)),
                    (None, (0.0, 1.0, 0.0)),
                ]
                condition, numbers = ways[self.rng.integers(4)]
                pair.append(numbers)
                if condition is not None:
                    written[name + side] = condition
            found.append(tuple(pair))
        return found, written

    def _target(self, k):
        """Return a target as text, and as a number or an array along the side."""
        others = [j for j in range(len(self.axes)) if j != k]
        ways = [("0", 0.0), ("sin(t)*h", np.sin(TIME) * 0.7), ("k - t^2", 1.3 - TIME**2)]
        if others:
            j = int(self.rng.choice(others))
            along = [-1 if q == j else 1 for q in others]
            ways.append((f"cos({self.axes[j]}) + t", np.cos(self.centres[j]).reshape(along) + TIME))
        return ways[self.rng.integers(len(ways))]

    def _term(self, f):
        """Return a summand as text, and as a function of arrays."""
        rng = self.rng
        text = str(rng.choice(list(FACTORS)))
        c, q, k = FACTORS[text], str(rng.choice(list(self.fields))), int(rng.integers(len(self.axes)))
        name, last, sides = self.axes[k], self.axes[-1], self.conditions[q]
        speeds = [round(float(s), 2) for s in rng.uniform(-1, 1, len(self.axes))]
        vector = f"vector({', '.join(map(str, speeds))})"
        middle = self._along(self.centres[-1], len(self.axes) - 1)
        ways = [
            (f"{text}*laplacian({q})", lambda v: c * self.laplacian(v[q], sides)),
            (f"{text}*D({q}, {name})", lambda v: c * self.derivative(v[q], k, sides[k], 1)),
            (f"{text}*D({q}, {name}, 2)", lambda v: c * self.derivative(v[q], k, sides[k], 2)),
            (f"{text}*divergence((1 + {q}^2)*gradient({q}))", lambda v: c * self.nonlinear(v[q], sides)),
            (f"{text}*advection({vector}, {q})", lambda v: c * self.upwind(v[q], speeds, sides)),
            (f"{text}*advection({vector}, {q}, central)", lambda v: c * self.central(v[q], speeds, sides)),
            (
                f"{text}*laplacian(laplacian({q}))",
                lambda v: c * self.laplacian(self.laplacian(v[q], sides), self.without_targets(sides)),
            ),
            (f"{text}*integral({q}^2)/(1 + {f}^2)", lambda v: c * np.sum(self.volumes() * v[q] ** 2) / (1 + v[f] ** 2)),
            (f"mean({q})*{text}*sin({last})", lambda v: c * np.average(v[q], weights=self.volumes()) * np.sin(middle)),
            (
                f"{text}*gradient_squared({q})",
                lambda v: c * sum(self.derivative(v[q], j, s, 1) ** 2 for j, s in enumerate(sides)),
            ),
            (f"{text}*{f}*{q}^2 - {q}*exp(-{f})", lambda v: c * v[f] * v[q] ** 2 - v[q] * np.exp(-v[f])),
            (f"piecewise({text}, {q} > 0.5, 0.1*{f})", lambda v: np.where(v[q] > 0.5, c, 0.1 * v[f])),
        ]
        return ways[rng.integers(len(ways))]

    # What it means --------------------------------------------------------------------------

    def _along(self, values, k):
        return np.reshape(values, [-1 if j == k else 1 for j in range(len(self.edges))])

    def _places(self, k, is_closed):
        """Return the centres of cells along an axis, with one more beyond each end."""
        e, x = self.edges[k], self.centres[k]
        length = e[-1] - e[0]
        ends = (x[-1] - length, x[0] + length) if is_closed else (2 * e[0] - x[0], 2 * e[-1] - x[-1])
        return np.array([ends[0], *x, ends[1]])

    def padded(self, u, k, sides):
        """Return an array with one more cell at both ends of an axis, mirrored as its condition says."""
        u, e, x = np.moveaxis(u, k, 0), self.edges[k], self.centres[k]
        if sides == PERIODIC:
            return np.moveaxis(np.concatenate([u[-1:], u, u[:1]]), 0, k)
        ends = []
        for near, depth, condition in ((u[0], x[0] - e[0], sides[0]), (u[-1], e[-1] - x[-1], sides[1])):
            if condition == AXIS:
                ends.append(near[None])
                continue
            a, b, g = condition
            on_side = (depth * np.asarray(g) + b * near) / (depth * a + b)
            ends.append((2 * on_side - near)[None])
        return np.moveaxis(np.concatenate([ends[0], u, ends[1]]), 0, k)

    def faces(self, u, k, sides):
        """Return values on faces, by linear interpolation."""
        x, wide = self._places(k, sides == PERIODIC), np.moveaxis(self.padded(u, k, sides), k, -1)
        share = (self.edges[k] - x[:-1]) / np.diff(x)
        return np.moveaxis(wide[..., :-1] * (1 - share) + wide[..., 1:] * share, -1, k)

    def slopes(self, u, k, sides):
        """Return derivatives on faces."""
        return np.diff(self.padded(u, k, sides), axis=k) / self._along(np.diff(self._places(k, sides == PERIODIC)), k)

    def outflow(self, flux, k):
        """Return what leaves cells through their faces across an axis, by volume."""
        m = CURVED[self.geometry] if k == 0 else 0
        areas, volumes = self.edges[k] ** m, np.diff(self.edges[k] ** (m + 1)) / (m + 1)
        return np.diff(self._along(areas, k) * flux, axis=k) / self._along(volumes, k)

    def volumes(self):
        """Return the volumes of cells."""
        found = np.array(AROUND[self.geometry])
        for k, e in enumerate(self.edges):
            m = CURVED[self.geometry] if k == 0 else 0
            found = found * self._along(np.diff(e ** (m + 1)) / (m + 1), k)
        return np.broadcast_to(found, self.shape)

    def laplacian(self, u, sides):
        """Return what flows in through all faces."""
        return sum(self.outflow(self.slopes(u, k, s), k) for k, s in enumerate(sides))

    def nonlinear(self, u, sides):
        """Return the divergence of ``(1 + u^2)*gradient(u)``."""
        return sum(self.outflow((1 + self.faces(u, k, s) ** 2) * self.slopes(u, k, s), k) for k, s in enumerate(sides))

    def central(self, u, speeds, sides):
        """Return the divergence of a velocity times what is on faces."""
        return sum(self.outflow(speeds[k] * self.faces(u, k, s), k) for k, s in enumerate(sides))

    def upwind(self, u, speeds, sides):
        """Return the divergence of a velocity times what is in the cell that it comes from; beyond a side, on it."""
        total = 0.0
        for k, s in enumerate(sides):
            wide = np.moveaxis(self.padded(u, k, s), k, 0).copy()
            if s != PERIODIC:
                wide[[0, -1]] = np.moveaxis(self.faces(u, k, s), k, 0)[[0, -1]]
            flux = speeds[k] * (wide[:-1] if speeds[k] > 0 else wide[1:])
            total = total + self.outflow(np.moveaxis(flux, 0, k), k)
        return total

    def derivative(self, u, k, sides, order):
        """Return the derivative of the parabola through a cell and its neighbours."""
        x, wide = self._places(k, sides == PERIODIC), np.moveaxis(self.padded(u, k, sides), k, -1)
        a, b = np.diff(x)[:-1], np.diff(x)[1:]
        slopes = np.diff(wide, axis=-1) / np.diff(x)
        if order == 1:
            found = (slopes[..., :-1] * b + slopes[..., 1:] * a) / (a + b)
        else:
            found = 2 * np.diff(slopes, axis=-1) / (a + b)
        return np.moveaxis(found, -1, k)

    def without_targets(self, sides):
        """Return conditions of the same kinds with zero as their targets."""
        return [s if s == PERIODIC else tuple(c if c == AXIS else (c[0], c[1], 0.0) for c in s) for s in sides]
