"""Networks of the literature, with what is known of them, for the tests of structure."""

MICHAELIS_MENTEN = "(k1, k2), S + E <--> C;  k3, C --> E + P"
EDELSTEIN = "(a, b), A <--> 2A;  (c, d), A + B <--> C;  (e, f), C <--> B"
SCHLOEGL = "(a, b), 0 <--> X;  (c, d), 2X <--> 3X"
HORN_JACKSON = "a, 3A --> A + 2B;  b, A + 2B --> 3B;  c, 3B --> 2A + B;  d, 2A + B --> 3A"
FEINBERG = "(a, b), A <--> 2B;  (c, d), A + C <--> D;  e, D --> B + E;  f, B + E --> A + C"
TRIANGLE = "(a, b), A <--> B;  (c, d), B <--> C;  (e, f), C <--> A"
SHINAR_FEINBERG = "a, A + B --> 2B;  b, B --> A"
# Shinar and Feinberg, Science 327 (2010) 1389: Yp is robust. XD carries ADP, XT carries ATP.
ENVZ_OMPR = (
    "(k1, k2), XD <--> X;  (k3, k4), X <--> XT;  k5, XT --> Xp;  (k6, k7), Xp + Y <--> XpY;  k8, XpY --> X + Yp;"
    "  (k9, k10), XD + Yp <--> XDYp;  k11, XDYp --> XD + Y"
)

# complexes, linkage classes, rank, deficiency, deficiencies of linkage classes, reversible, weakly reversible
KNOWN = {
    "MICHAELIS_MENTEN": (3, 1, 2, 0, (0,), False, False),
    "EDELSTEIN": (5, 2, 2, 1, (0, 0), True, True),
    "SCHLOEGL": (4, 2, 1, 1, (0, 0), True, True),
    "HORN_JACKSON": (4, 1, 1, 2, (2,), False, True),
    "FEINBERG": (5, 2, 3, 0, (0, 0), False, True),
    "TRIANGLE": (3, 1, 2, 0, (0,), True, True),
    "SHINAR_FEINBERG": (4, 2, 1, 1, (0, 0), False, False),
    "ENVZ_OMPR": (10, 3, 6, 1, (0, 0, 0), False, False),
}
