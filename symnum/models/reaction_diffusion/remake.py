"""Models made again with other arguments."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from symnum.errors import UnknownNameError, UnsupportedError, suggest

if TYPE_CHECKING:
    from symnum.models.reaction_diffusion.model import ReactionDiffusionModel

__all__ = ["remake"]

_ADDED = ("parameters", "initial")
"""Arguments that come to those that are there."""


def remake(model: "ReactionDiffusionModel", changes: Mapping[str, Any]) -> "ReactionDiffusionModel":
    """Return a model made again; see `ReactionDiffusionModel.replace`."""
    from symnum.models.reaction_diffusion.make_model import reaction_diffusion
    from symnum.models.reaction_diffusion.read_text import FieldText

    old = model.__dict__.get("arguments")
    if old is None:
        raise UnsupportedError(
            "This model was unpickled, and what it was made from is not known: make it from its text, "
            "sn.reaction_diffusion(model.to_text())."
        )
    for name in changes:
        if name not in old:
            raise UnknownNameError(
                f'"{name}" is no argument of sn.reaction_diffusion.{suggest(name, list(old))} There are '
                f"{', '.join(old)}."
            )
    new = {**old, **changes}
    for name in _ADDED:
        before, after = old[name], changes.get(name)
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            new[name] = {str(getattr(k, "name", k)): v for given in (before, after) for k, v in given.items()}
    if isinstance(new["equations"], str) and "equations" not in changes:
        new["equations"] = FieldText(new["equations"]).without(set(changes) - {*_ADDED, "observables"})
    return reaction_diffusion(**new)
