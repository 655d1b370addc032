"""A small library of models: ready to simulate, and examples of how models are written.

Every function returns a model with parameters, initial values and a suggested `t_span`.
"""

from symnum.models.library.brusselator import brusselator
from symnum.models.library.lorenz import lorenz
from symnum.models.library.lotka_volterra import lotka_volterra
from symnum.models.library.michaelis_menten import michaelis_menten
from symnum.models.library.oregonator import oregonator
from symnum.models.library.receptor_scaffold import receptor_scaffold
from symnum.models.library.repressilator import repressilator
from symnum.models.library.robertson import robertson
from symnum.models.library.van_der_pol import van_der_pol

__all__ = [
    "brusselator",
    "lorenz",
    "lotka_volterra",
    "michaelis_menten",
    "oregonator",
    "receptor_scaffold",
    "repressilator",
    "robertson",
    "van_der_pol",
]
