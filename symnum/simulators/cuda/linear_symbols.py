"""The linear part of a system on a grid as one number for each Fourier mode of each field."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from codegen.cuda.spectral_kernels import EVEN, ODD, PERIODIC, Spectrum
from symnum.errors import UnsupportedError
from symnum.systems.stencils.evaluate import evaluate_rhs
from symnum.systems.stencils.region import Region
from symnum.systems.stencils.system import StencilSystem
from symnum.terms.differentiate import differentiate
from symnum.terms.evaluate import evaluate
from symnum.terms.traverse import free_symbols

__all__ = ["check_symbols", "find_spectrum", "mode_symbols"]

_KINDS = {"periodic": PERIODIC, "neumann": EVEN, "dirichlet": ODD}
# States up to which the symbols are compared with the linear part itself.
_CHECKED = 1 << 20
_ADVICE = 'method="rkc2" and "tsit5" make no such assumption.'


def find_spectrum(system: StencilSystem, rows: int, factors: int) -> Spectrum:
    """Return how the fields of a system go on beyond the grid.

    Raises
    ------
    UnsupportedError
        Where Fourier modes are not what the linear part wants: no linear part, a grid that is not Cartesian and
        uniform, conditions other than periodic ones, of Neumann on both sides, or of Dirichlet on both.
    """
    if system.parts is None:
        raise UnsupportedError(
            f"etdrk4 on a device: this model has no linear part with constant coefficients. {_ADVICE}"
        )
    geometry = system.geometry
    if geometry is None or geometry.kind != "cartesian" or not all(axis.uniform for axis in geometry.axes):
        raise UnsupportedError(f"etdrk4 on a device needs a Cartesian grid of equal cells. {_ADVICE}")
    kinds = tuple(
        tuple(_kind(field.name, axis.name, field.boundary.get(axis.name)) for axis in geometry.axes)
        for field in system.fields
    )
    doubled = [any(k[a] != PERIODIC for k in kinds) for a in range(len(geometry.axes))]
    extended = tuple(2 * n if twice else n for n, twice in zip(geometry.shape, doubled, strict=True))
    arrays = tuple((system.arrays[f.array].offset, system.arrays[f.array].strides) for f in system.fields)
    return Spectrum(geometry.shape, extended, kinds, arrays, rows, factors, _is_odd(system))


def _kind(field: str, axis: str, sides: tuple[str, str] | None) -> str:
    low, high = sides or ("unknown", "unknown")
    if low != high or low not in _KINDS:
        raise UnsupportedError(
            f'etdrk4 on a device: "{field}" has the conditions {low} and {high} along {axis}; it takes periodic ones, '
            f"and Neumann or Dirichlet conditions on both sides. {_ADVICE}"
        )
    return _KINDS[low]


def _is_odd(system: StencilSystem) -> bool:
    """Whether the linear part of some field is not the same to the left and to the right."""
    unit = dict.fromkeys(system.parameters, 1.0) | {system.independent: 0.0}
    for found in _stencils(system, unit).values():
        for shift, value in found.items():
            if not math.isclose(value, found.get(tuple(-s for s in shift), 0.0), rel_tol=1e-12, abs_tol=0.0):
                return True
    return False


def _stencils(system: StencilSystem, values: dict[Any, float]) -> dict[str, dict[tuple[int, ...], float]]:
    """Per field, the weights of the neighbours in its own linear part, inside of the grid."""
    found: dict[str, dict[tuple[int, ...], float]] = {field.name: {} for field in system.fields}
    for field in system.fields:
        entry = _inside(system, field.array)
        if entry is None:
            continue
        region, target, term = entry
        for symbol in free_symbols(term):
            access = region.loads.get(symbol)
            if access is None or system.arrays[access.array].kind != "state":
                continue
            slope = differentiate(term, symbol)
            if any(s in region.loads for s in free_symbols(slope)):
                raise UnsupportedError(
                    f'etdrk4 on a device: the linear part of "{field.name}" has coefficients that vary in space. '
                    f"{_ADVICE}"
                )
            weight = float(evaluate(slope, values))
            if weight and access.array != field.array:
                raise UnsupportedError(
                    f'etdrk4 on a device: the linear part of "{field.name}" contains another field. {_ADVICE}'
                )
            pairs = zip(access.indices, target.indices, strict=True)
            shift = tuple(here.offset - there.offset for here, there in pairs)
            found[field.name][shift] = found[field.name].get(shift, 0.0) + weight
    return found


def _inside(system: StencilSystem, array: str) -> tuple[Region, Any, Any] | None:
    """The largest region of the linear part that says something about an array."""
    entries = [
        (region, target, term)
        for region in system.part(0).regions
        for target, term in region.stores
        if target.array == array
    ]
    return max(entries, key=lambda entry: math.prod(entry[0].shape), default=None)


def mode_symbols(system: StencilSystem, spectrum: Spectrum, p: NDArray[np.float64]) -> NDArray[Any]:
    """Return the linear part of every mode, shape (fields, *modes), real where it is symmetric."""
    values = dict(zip(system.parameters, p.tolist(), strict=False)) | {system.independent: 0.0}
    angles = [
        2.0 * np.pi * (np.fft.rfftfreq(n) if axis == len(spectrum.extended) - 1 else np.fft.fftfreq(n))
        for axis, n in enumerate(spectrum.extended)
    ]
    grids = np.meshgrid(*angles, indexing="ij", sparse=True)
    out = np.zeros((spectrum.fields, *spectrum.half), np.complex128)
    for row, stencil in zip(out, _stencils(system, values).values(), strict=True):
        for shift, weight in stencil.items():
            row += weight * np.exp(1j * sum(s * grid for s, grid in zip(shift, grids, strict=True)))
    return out if spectrum.complex_factors else out.real.copy()


def check_symbols(system: StencilSystem, spectrum: Spectrum, symbols: NDArray[Any], p: NDArray[np.float64]) -> None:
    """Compare the symbols with the linear part on a random state.

    Raises
    ------
    UnsupportedError
        If they differ: the modes are not those of this operator near the border.
    """
    if system.size > _CHECKED:
        return
    state = np.random.default_rng(0).standard_normal(system.size)
    # Regions may be missing where the linear part has nothing to add.
    wanted = np.nan_to_num(evaluate_rhs(system.part(0), 0.0, state, p))
    for number, field in enumerate(system.fields):
        array = system.arrays[field.array]
        grid = _mirrored(state[array.places()], spectrum, number)
        modes = np.fft.rfftn(grid) * symbols[number]
        inside = tuple(slice(n) for n in spectrum.shape)
        found = np.fft.irfftn(modes, spectrum.extended, axes=range(len(spectrum.extended)))[inside]
        allowed = 1e-9 * max(float(np.max(np.abs(symbols[number]))), 1e-300) * float(np.max(np.abs(state)))
        if not np.max(np.abs(found - wanted[array.places()])) <= allowed:
            raise UnsupportedError(
                f'etdrk4 on a device: the linear part of "{field.name}" has no Fourier modes with these boundary '
                f"conditions and this order of differences. {_ADVICE}"
            )


def _mirrored(grid: NDArray[np.float64], spectrum: Spectrum, number: int) -> NDArray[np.float64]:
    for axis, kind in enumerate(spectrum.kinds[number]):
        if spectrum.extended[axis] != spectrum.shape[axis]:
            other = grid if kind == PERIODIC else np.flip(grid, axis)
            grid = np.concatenate([grid, -other if kind == ODD else other], axis)
    return grid
