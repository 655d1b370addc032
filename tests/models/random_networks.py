"""Random small reaction networks for hypothesis."""

from hypothesis import strategies as st

import symnum as sn

NAMES = "ABCD"

sides = st.dictionaries(st.sampled_from(NAMES), st.integers(1, 3), max_size=2)


@st.composite
def networks(draw, most_reactions=7):
    """Mass-action networks of up to four species with random complexes, reversed reactions among them."""
    pairs = draw(st.lists(st.tuples(sides, sides, st.booleans()), min_size=1, max_size=most_reactions))
    reactions = []
    for left, right, both in pairs:
        if left == right:
            right = {**right, "A": right.get("A", 0) + 1}
        reactions.append(sn.reaction(f"k{len(reactions)}", left, right))
        if both:
            reactions.append(sn.reaction(f"k{len(reactions)}", right, left))
    return sn.reaction_network(reactions)
