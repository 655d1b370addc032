# ruff: noqa: E501
"""Random method-of-lines programs as source text: what they compute is tried on numbers while they are written."""

import itertools
import linecache

import numpy as np
import scipy.ndimage
import scipy.signal
import scipy.sparse

__all__ = ["RandomProgram"]

_NUMBER = itertools.count()

_OF_ONE = """
np.sin({a}) | np.tanh({a}) | {a}**2 | np.sqrt(1 + {a}**2) | np.abs({a}) | 1/(1 + {a}**2) | np.sign({a}) | np.maximum({a}, 0)
np.clip({a}, -0.3, 0.6) | {a}*({a} < 0.4) | ({a} > 0.5).astype(int) * {a} | np.floor({a}*3) | np.where({a} > 0.4, {a}, 0.1)
np.select([{a} < 0.2, {a} < 0.6], [{a}, -{a}], 0.3) | ~({a} > 0.3) * {a} | np.interp({a}, [0, 0.5, 1], [1, 2, 0.5])
np.roll({a}, {k}, {axis}) | np.roll({a}, {k}) | np.pad({a}, 1, 'wrap') | np.pad({a}, {w}, 'edge') | np.pad({a}, {w}, mode='reflect')
np.pad({a}, {w}, 'symmetric') | np.pad({a}, {w}, constant_values={c}) | np.diff({a}, axis={axis}) | np.diff({a}, 2, {axis})
np.diff({a}, prepend=0.5, axis={axis}) | np.gradient({a}, DT, axis={axis}) | np.gradient({a}, X{axis}, axis={axis}, edge_order=2)
{a}[{key}] | {a}[{key}] * 2 | np.flip({a}, {axis}) | {a}[::-1] | {a}.T | np.moveaxis({a}, 0, -1) | {a}.ravel() | {a}.copy()
np.array({a}, ndmin=2) | np.take({a}, IX{axis}, axis={axis}) | np.delete({a}, 1, axis={axis}) | np.repeat({a}, 2, axis={axis})
np.tile({a}, 2) | {a}[..., None] | np.broadcast_to({a}, (2, *{a}.shape)) | A{axis} @ {a} | {a} @ A{last} | np.dot(A0, {a})
S0 @ {a} | S0.dot({a}) | {a} @ S{last} | (S0 @ {a}.T).T | np.einsum('ij,...j->...i', A{last}, {a}) | np.tensordot(A0, {a}, 1)
np.inner({a}, A{last}) | WHOLE @ {a}.ravel() | {a}.sum() | {a}.mean(axis={axis}, keepdims=True) | {a}.max(axis={axis})
np.var({a}, axis={axis}, keepdims=True) | np.std({a}, axis={axis}) | np.cumsum({a}, axis={axis}) | np.linalg.norm({a}, axis={axis})
np.sum({a}, axis={axis}, where={a} > 0.4) | np.average({a}, axis={axis}, weights=X{axis}) | np.trapezoid({a}, X{axis}, axis={axis})
np.any({a} > 0.9, axis={axis}, keepdims=True) * 1.0 | np.convolve({a}, [0.5, 1, -2.0], 'same') | TABLE*{a} | np.where(MASK, {a}, {c})
scipy.ndimage.laplace({a}, mode='nearest') | scipy.ndimage.convolve({a}, KERNEL, mode='wrap') | {a}*X{last} | {a}[MASK]
scipy.ndimage.gaussian_filter({a}, 0.5) | np.array([{a}[i] - {a}[i - 1] for i in range(len({a}))]) | np.polyval([0.1, -0.5, 1], {a})
np.lib.stride_tricks.sliding_window_view({a}, 3, axis={axis}).sum(-1) | sum(c*np.roll({a}, s) for s, c in ((-1, 1.0), (0, -2.0)))
{c}*{a} - {a} | {a}*{c} + {a}.mean() | np.outer({a}, {a}) | np.triu({a}) | helper({a}, {a}) | np.ediff1d({a}) | {a}[[0, -1]]
"""
_OF_TWO = """
{a} + {b} | {a} - {b} | {a}*{b} | np.maximum({a}, {b}) | np.where({a} > {b}, {a}, {c}) | np.where(({a} > 0.2) & ({b} < 0.7), {a}, {b})
np.concatenate([{a}, {b}], axis={axis}) | np.stack([{a}, {b}]) | np.vstack([{a}, {b}]) | np.hstack([{a}, {b}]) | helper({a}, {b})
np.minimum(np.abs({a}), np.abs({b}))*np.sign({a}) | np.sum([{a}, {b}], axis=0) | np.add({a}, {b}, out=np.zeros({a}.shape))
np.einsum('...,...->...', {a}, {b}) | np.block([{a}, {b}]) | np.vdot({a}, {b}) | {a} / (1 + np.abs({b})) | np.append({a}, {b}, axis=0)
"""
_WRITING = """
{z} = np.zeros_like({a}); {z}[{key}] = {b}[{key}]
{z} = np.empty({a}.shape); {z}[:] = {a}; {z}[{key}] += {c}*{b}[{key}]
{z} = {a}.copy(); part = {z}[{key}]; part *= 2; {z}[{other}] = {c}
{z} = {a} + 0; {z}[1:] += {z}[:-1]
{z} = {a} * 1.0; {z} += {z}[::-1]
{z} = np.array({a}); {z}[{a} > 0.5] = {c}; {z}[{z} < 0.1] += 0.2
{z} = np.zeros({a}.shape); np.copyto({z}, {a}); np.copyto({z}, {b}*2, where={a} > 0.5)
{z} = np.zeros({a}.shape); {z}[MASK] = {a}[MASK] * 2
{z} = {a}.copy(); {z}[[0, -1]] = {b}[[1, -2]]; {z}[IX0] -= {c}
{z} = {a}.copy(); {z}.ravel()[::3] = 0.25; {z}.T[...] = {z}.T * 2
{z} = np.full({a}.shape, {c}); {z}[{key}] -= {b}[{key}]
{z} = np.zeros((len({a}) + 2, *{a}.shape[1:])); {z}[1:-1] = {a}; {z}[0] = {z}[1]; {z} = {z}[2:] + {z}[:-2] - 2*{z}[1:-1]
{z} = {a}.copy(); {z}[{key}], {z}[0] = {b}[{key}], {b}[-1]
{z} = np.zeros_like({a}); np.add.at({z}, IX0, {b})
"""
_LOOPS = """
{z} = np.zeros({a}.shape)
for i in range(1, len({a}) - 1):
    {z}[i] = {a}[i - 1] - 2*{b}[i] + {a}[i + 1]
---
{z} = np.zeros({a}.shape)
for place in np.ndindex({a}.shape):
    {z}[place] = {a}[place] - {b}[(place[0] - 1, *place[1:])]
---
{z} = []
for i in range(len({a})):
    {z}.append({a}[i] * (i + 1) - {b}[-i])
{z} = np.array({z})
---
{z} = {a}
for axis in range({a}.ndim):
    {z} = 0.5*{z} + np.roll({b}, 1, axis)
"""
_HELPER = """
def helper(a, b):
    out = np.zeros_like(a)
    out[1:] = a[1:] - b[:-1]
    return out

"""


def _choices(text):
    return [one.strip() for line in text.strip().splitlines() for one in line.split(" | ")]


EXPRESSIONS = [*_choices(_OF_ONE), *_choices(_OF_TWO), *_choices(_OF_TWO)]
STATEMENTS = [*(s.replace("; ", "\n") for s in _WRITING.strip().splitlines()), *_LOOPS.strip().split("\n---\n")]


class RandomProgram:
    """A program of a seed: its source, and what it needs to be called."""

    def __init__(self, seed):
        rng = self.rng = np.random.default_rng(seed)
        axes = int(rng.choice([1, 2, 3], p=[0.4, 0.45, 0.15]))
        self.cells = tuple(int(n) for n in rng.integers(4, {1: 20, 2: 9, 3: 6}[axes], axes))
        self.fields = "uvw"[: rng.choice([1, 2, 3], p=[0.45, 0.4, 0.15])]
        self.layout = str(rng.choice(["first", "last", "flat", "interleaved"])) if len(self.fields) > 1 else "plain"
        self.names = self._names()
        self.values = {f: rng.uniform(0.05, 1.0, self.cells) for f in self.fields}
        self.lines = self._body()
        count, size = len(self.fields), int(np.prod(self.cells))
        flat = (count * size,)
        self.shape = {"plain": self.cells, "first": (count, *self.cells), "last": (*self.cells, count)}.get(
            self.layout, flat
        )
        self.source = self._written()
        name = f"<program {next(_NUMBER)}>"
        linecache.cache[name] = (len(self.source), None, self.source.splitlines(True), name)
        scope = dict(self.names)
        exec(compile(self.source, name, "exec"), scope)
        self.function = scope["f"]

    def run(self, t, y):
        """Return what the program gives for numbers, flat."""
        with np.errstate(all="ignore"):
            return np.asarray(self.function(t, y.reshape(self.shape).copy()), float).ravel()

    def _names(self):
        rng, cells = self.rng, self.cells
        found = {
            "np": np,
            "scipy": scipy,
            "DT": 0.37,
            "TABLE": rng.uniform(0.5, 1.5, cells),
            "MASK": rng.random(cells) < 0.5,
        }
        found["KERNEL"] = rng.uniform(-1, 1, (3,) * len(cells))
        whole = scipy.sparse.eye(1)
        for axis, n in enumerate(cells):
            bands = np.diag(np.full(n, -2.0)) + np.diag(np.ones(n - 1), 1) + np.diag(np.ones(n - 1), -1)
            bands[0, 1 if rng.random() < 0.5 else -1] = 2.0
            found[f"A{axis}"] = bands * (1.0 if rng.random() < 0.7 else rng.uniform(0.5, 1.5, (n, 1)))
            kind = str(rng.choice(["csr_matrix", "csc_array", "coo_matrix", "dia_array"]))
            found[f"S{axis}"] = getattr(scipy.sparse, kind)(found[f"A{axis}"])
            found[f"X{axis}"] = np.linspace(0.1, 1.0, n) ** 2
            found[f"IX{axis}"] = (np.arange(n) + int(rng.integers(-2, 3))) % n
            whole = scipy.sparse.kron(whole, scipy.sparse.eye(n) + found[f"S{axis}"])
        found["WHOLE"] = whole.tocsr()
        exec(_HELPER, found)
        return found

    def _slices(self, shape):
        kinds = ["1:", ":-1", "1:-1", "::2", "1::2", "::-1", "2:", ":", ":", ":", "0", "-1", "1:3"]
        return ", ".join(str(k) for k in self.rng.choice(kinds, len(shape)))

    def _filled(self, text, name):
        rng = self.rng
        known = [n for n, v in self.values.items() if np.ndim(v)]
        a = known[int(len(known) * rng.random() ** 0.6)]
        shape = np.shape(self.values[a])
        alike = [n for n, v in self.values.items() if np.shape(v) == shape]
        width = [(int(rng.integers(0, 3)), int(rng.integers(0, 3))) for _ in shape]
        return text.format(
            a=a, b=rng.choice(alike), z=name, axis=rng.integers(len(shape)), last=len(shape) - 1, k=rng.integers(-3, 4), w=width,
            c=rng.choice(["0.5", "p", "np.sin(t)", "(1 + t)"]), key=self._slices(shape), other=self._slices(shape),
        )  # fmt: skip

    def _body(self):
        """Return lines that run on numbers, and remember what they give."""
        rng, lines, wanted = self.rng, [], int(self.rng.integers(1, 6))
        for number in range(40):
            name = f"z{number}"
            is_short = rng.random() < 0.65
            text = self._filled(str(rng.choice(EXPRESSIONS if is_short else STATEMENTS)), name)
            text = f"{name} = {text}" if is_short else text
            scope = {**self.names, **{n: np.copy(v) for n, v in self.values.items()}, "t": 0.6, "p": 0.7}
            try:
                with np.errstate(all="ignore"):
                    exec(text, scope)
            except (ValueError, IndexError, TypeError, AttributeError, NameError, RuntimeError, KeyError):
                continue
            value = np.asarray(scope[name])
            if value.dtype.kind == "f" and 0 < value.size < 500 and value.ndim < 5 and np.max(np.abs(value)) < 50:
                self.values[name] = value
                lines += text.split("\n")
                wanted -= 1
            if not wanted:
                break
        return lines

    def _written(self):
        cells, fields, count = self.cells, self.fields, len(self.fields)
        take = {"plain": "y", "first": "y[{k}]", "last": "y[..., {k}]", "flat": f"y.reshape({(count, *cells)})[{{k}}]"}
        take["interleaved"] = f"y[{{k}}::{count}].reshape({cells})"
        lines = [f"{f} = {take[self.layout].format(k=k)}" for k, f in enumerate(fields)] + self.lines
        for field in fields:
            parts = [f"{self.rng.choice(['0.5', '2', 'p', 't'])}*{self._fitting(n, v)}" for n, v in self.values.items()]
            lines.append(f"d{field} = {' + '.join(parts)}")
        derivatives = ", ".join(f"d{f}" for f in fields)
        give = {"plain": "du", "first": f"np.stack([{derivatives}])", "last": f"np.stack([{derivatives}], axis=-1)"}
        give["flat"] = f"np.array([{derivatives}]).reshape(-1)"
        give["interleaved"] = f"np.stack([{derivatives}], axis=-1).ravel()"
        return "def f(t, y, p=0.7):\n" + "".join(f"    {line}\n" for line in [*lines, f"return {give[self.layout]}"])

    def _fitting(self, name, value):
        shape = np.shape(value)
        if _fits(shape, self.cells):
            return name
        if len(shape) == len(self.cells) and all(a >= b for a, b in zip(shape, self.cells, strict=True)):
            return f"{name}[{', '.join(f':{n}' for n in self.cells)}]"
        return f"{name}.ravel()[0]" if shape else name


def _fits(shape, cells):
    return all(a in (1, b) for a, b in zip(reversed(shape), reversed(cells), strict=False)) and len(shape) <= len(cells)
