"""Reading models from files of other systems."""

from symnum.models.read_model import read_model

__all__ = ["read_model"]
