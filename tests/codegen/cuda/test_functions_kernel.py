"""Functions of the linear part for steps of any size, as the device computes them, compared with many digits."""

import mpmath
import numpy as np
import pytest

from codegen.cuda.cells import Tapes
from codegen.cuda.control_kernel import EarlyKernel
from codegen.cuda.functions_kernel import FunctionsKernel
from codegen.cuda.layout import Layout
from codegen.cuda.module import write_module
from codegen.cuda.precision import PRECISIONS
from codegen.cuda.spectral_kernels import PERIODIC, Spectrum
from codegen.cuda.text import BUFFERS
from symnum.integrators.methods.etdrk4 import ETDRK4
from symnum.simulators.cuda.simulated import SimulatedMemory
from tests.systems.stencil_examples import gray_scott

FUNCTIONS = [(f.halvings, f.weights) for f in ETDRK4.functions]
Z = [0.0, -1e-9, -0.3, -0.5, -1.0, -2.0, -7.5, -40.0, 0.1, 3.0, -1e3, -1e12]


def computed(z, h, dtype="float64"):
    """All functions of the numbers z, with the linear part that such a step has."""
    spectrum = Spectrum((2 * len(z) - 2,), (2 * len(z) - 2,), ((PERIODIC,),), ((0, (1,)),), 0, 11, np.iscomplexobj(z))
    real = PRECISIONS[dtype]
    system = gray_scott((4,))
    layout, tapes = Layout(system, real), Tapes(system)
    kernel = FunctionsKernel("functions", spectrum, FUNCTIONS, guard=None)
    module = write_module([kernel, EarlyKernel(tapes)], layout)
    sizes = dict.fromkeys(BUFFERS, (4, real.dtype)) | {"modes": (spectrum.size, real.dtype)}
    memory = SimulatedMemory(module, sizes | {"control": (len(layout.slots), float)})
    memory.write("modes", (np.asarray(z) / h).view(float).astype(real.dtype), spectrum.factor(0))
    memory.write("control", np.array([h]), layout.slots["h"])
    memory.queue(["functions"])
    found = memory.buffers["modes"][spectrum.factor(1) :].astype(float)
    return found.view(np.asarray(z).dtype).reshape(len(FUNCTIONS), len(z))


def wanted(function, z):
    """A function by its definition, in more digits than can be lost."""
    halvings, weights = function
    with mpmath.workdps(80):
        x = mpmath.mpmathify(z) / 2**halvings
        phi = [mpmath.exp(x)]
        for k in range(3):
            phi.append((phi[k] - 1 / mpmath.factorial(k)) / x if x else 1 / mpmath.factorial(k + 1))
        return complex(mpmath.fsum(w * p for w, p in zip(weights, phi, strict=True)))


@pytest.mark.parametrize("h", [0.25, -3.0])
def test_functions_are_accurate_for_steps_of_every_size(h):
    for function, values in zip(FUNCTIONS, computed(Z, h), strict=True):
        # Far out, where phi_1 - 3 phi_2 + 4 phi_3 tends to -1/z^2, its summands tend to multiples of 1/z: 1e-12.
        np.testing.assert_allclose(values, [wanted(function, z).real for z in Z], rtol=1e-12, atol=1e-27)


def test_functions_of_complex_numbers():
    z = np.array([-2.0 + 3.0j, 0.2j, 12.0j, -0.1 - 0.3j, -30.0 + 5.0j, 1.0])
    for function, values in zip(FUNCTIONS, computed(z, 0.5), strict=True):
        np.testing.assert_allclose(values, [wanted(function, x) for x in z], rtol=1e-12)


def test_single_precision_loses_no_more_than_its_rounding():
    z = np.array(Z[:-1])
    found, expected = computed(z, 0.25, "float32"), computed(z, 0.25)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-30)
    assert np.any(found != expected)
