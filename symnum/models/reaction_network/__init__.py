"""Reaction networks: the text form, the programmatic form, and the model class."""

from symnum.models.reaction_network.network import ReactionNetwork
from symnum.models.reaction_network.reaction import Reaction, reaction
from symnum.models.reaction_network.reaction_network import reaction_network

__all__ = ["Reaction", "ReactionNetwork", "reaction", "reaction_network"]
