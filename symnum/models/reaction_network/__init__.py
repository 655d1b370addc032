"""Reaction networks: the text form, the programmatic form, and the model class.

Names are looked up on first use: reading a network from a file needs little of this.
"""

import importlib
from typing import TYPE_CHECKING

_HOME = {
    "Reaction": "make_reaction",
    "ReactionNetwork": "network",
    "reaction": "make_reaction",
    "reaction_network": "make_network",
}

__all__ = ["Reaction", "ReactionNetwork", "reaction", "reaction_network"]

if TYPE_CHECKING:
    from symnum.models.reaction_network.make_network import reaction_network
    from symnum.models.reaction_network.make_reaction import Reaction, reaction
    from symnum.models.reaction_network.network import ReactionNetwork
else:

    def __getattr__(name):
        """Import a public name on first use and keep it."""
        if name not in _HOME:
            raise AttributeError(
                f'symnum.models.reaction_network has no "{name}"; it has {", ".join(__all__)}.'
            )
        value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
        globals()[name] = value
        return value
