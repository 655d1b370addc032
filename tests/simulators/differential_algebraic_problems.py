"""The index-1 problems of the test set, written as a user would write them."""

import json

import numpy as np

import symnum as sn

ROBERTSON = """
D(y1) = -0.04*y1 + 1e4*y2*y3
D(y2) = 0.04*y1 - 1e4*y2*y3 - 3e7*y2^2
0 = y1 + y2 + y3 - 1
initial: y1 = 1, y2 = 0, y3 = 0
"""

AKZO_NOBEL = """
D(y1) = -2*r1 + r2 - r3 - r4
D(y2) = -r1/2 - r4 - r5/2 + F
D(y3) = r1 - r2 + r3
D(y4) = -r2 + r3 - 2*r4
D(y5) = r2 - r3 + r5
0 = Ks*y1*y4 - y6
r1 = 18.7*y1^4*sqrt(y2)
r2 = 0.58*y3*y4
r3 = 0.58/34.4*y1*y5
r4 = 0.09*y1*y4^2
r5 = 0.42*y6^2*sqrt(y2)
F = 3.3*(0.9/737 - y2)
parameters: Ks = 115.83
initial: y1 = 0.444, y2 = 0.00123, y3 = 0, y4 = 0.007, y5 = 0
"""

TRANSISTOR = """
C1*(D(u2) - D(u1)) = (u1 - Ue)/R0
C1*(D(u1) - D(u2)) = -Ub/R + 2*u2/R - (alpha - 1)*g1
-C2*D(u3) = -g1 + u3/R
C3*(D(u5) - D(u4)) = -Ub/R + u4/R + alpha*g1
C3*(D(u4) - D(u5)) = -Ub/R + 2*u5/R - (alpha - 1)*g2
-C4*D(u6) = -g2 + u6/R
C5*(D(u8) - D(u7)) = -Ub/R + u7/R + alpha*g2
C5*(D(u7) - D(u8)) = u8/R
Ue = 0.1*sin(200*pi*t)
g1 = beta*(exp((u2 - u3)/UF) - 1)
g2 = beta*(exp((u5 - u6)/UF) - 1)
parameters:
    Ub = 6, UF = 0.026, alpha = 0.99, beta = 1e-6, R0 = 1000, R = 9000
    C1 = 1e-6, C2 = 2e-6, C3 = 3e-6, C4 = 4e-6, C5 = 5e-6
initial: u1 = 0, u2 = 3, u3 = 3, u4 = 6, u5 = 3, u6 = 3, u7 = 6, u8 = 0
"""


def robertson(tear=True):
    return sn.ode_system(ROBERTSON, tear=tear)


def akzo_nobel(tear=True):
    return sn.ode_system(AKZO_NOBEL, tear=tear)


def transistor_amplifier():
    return sn.ode_system(TRANSISTOR)


def reference(folder, name):
    """Values at the end, own ones where there are any."""
    entry = json.loads((folder / "ivp" / "references.json").read_text())["problems"][name]
    found = entry["own"]["y"] if "own" in entry else entry["published"]["y"]
    return np.array([float(v) for v in found])
