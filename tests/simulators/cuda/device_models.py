"""Models of fields for tests of devices: all kinds of boundaries, and what else a right-hand side may have."""

import symnum as sn

GRID = {"x": (0, 1, 16), "y": (0, 2, 16)}
START = {"u": "1 + 0.5*cos(pi*x)*cos(pi*y)", "v": "1 + 0.3*exp(-20*((x - 0.5)^2 + (y - 1)^2))"}


def activator(boundary="periodic", initial=None, shape=None):
    """Two fields that react and diffuse."""
    equations = {"u": "D*laplacian(u) + u^2*v - 2*u", "v": "D/2*laplacian(v) - u^2*v + 1 - v"}
    return sn.reaction_diffusion(
        equations, grid=sn.Grid(**(shape or GRID)), boundary=boundary, parameters={"D": 0.02}, initial=initial or START
    )


def fisher(boundary):
    """One field with functions of its value, of time and of place."""
    equation = {"u": "D*laplacian(u) + u*(1 - u)/(1 + exp(-u)) + x*sin(t)"}
    return sn.reaction_diffusion(
        equation, grid=sn.Grid(**GRID), boundary=boundary, parameters={"D": 0.02}, initial={"u": "exp(-10*(x - 0.5)^2)"}
    )
