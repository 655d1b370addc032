"""Templates of the programs around a generated simulator."""

from collections.abc import Mapping
from pathlib import Path

__all__ = ["template"]


def template(name: str, values: Mapping[str, str]) -> str:
    """Return a template with every ``@KEY@`` replaced by its value.

    Parameters
    ----------
    name : str
        File name without ``.in``.
    values : mapping of str to str
        Text by key.
    """
    text = (Path(__file__).parent / f"{name}.in").read_text(encoding="utf-8")
    for key, value in values.items():
        text = text.replace(f"@{key}@", value)
    return text
