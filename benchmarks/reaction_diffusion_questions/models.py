"""The benchmark's models as a user of symnum writes them."""

from typing import Any

from reaction_diffusion_peers import brusselator as bruss
from reaction_diffusion_peers import gray_scott as gray

import symnum as sn


def gray_scott(n: int) -> Any:
    """Gray and Scott's model on n by n periodic cells of width 1."""
    return sn.reaction_diffusion(
        {"u": "Du*laplacian(u) - u*v^2 + F*(1 - u)", "v": "Dv*laplacian(v) + u*v^2 - (F + k)*v"},
        grid=sn.Grid(x=(0, n, n), y=(0, n, n), periodic=True),
        parameters={"Du": gray.DU, "Dv": gray.DV, "F": gray.FEED, "k": gray.KILL},
        initial=dict(zip("uv", gray.initial(n), strict=True)),
    )


def brusselator(n: int) -> Any:
    """The Brusselator on the periodic unit square with the disc that is fed; cells about the points i/n."""
    low, high = -0.5 / n, 1.0 - 0.5 / n
    fed = f"if((x - 0.3)^2 + (y - 0.6)^2 <= 0.01 and t >= {bruss.FED_FROM}, {bruss.FEED}, 0)"
    return sn.reaction_diffusion(
        {
            "u": f"B + u^2*v - (A + 1)*u + alpha*laplacian(u) + {fed}",
            "v": "A*u - u^2*v + alpha*laplacian(v)",
        },
        grid=sn.Grid(x=(low, high, n), y=(low, high, n), periodic=True),
        parameters={"A": bruss.A, "B": bruss.B, "alpha": bruss.ALPHA},
        # The middle of the first cell may be -1e-19 instead of 0, of which there is no such power.
        initial={"u": "22*abs(y*(1 - y))^1.5", "v": "27*abs(x*(1 - x))^1.5"},
    )
