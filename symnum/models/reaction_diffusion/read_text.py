"""A whole model as one text: equations, grid, parameters, boundary and initial values in sections."""

import re
from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from symnum.errors import DuplicateNameError, InputError, ParseError
from symnum.models.names import Scope
from symnum.models.reaction_diffusion.grid import Grid
from symnum.models.reaction_diffusion.spelling import spelled_out
from symnum.models.text import ASSIGNMENT, Fragment, Source, read_definitions, read_names, split_sections

__all__ = ["FieldText", "is_network_text"]

NETWORK_SECTIONS = ("species", "fixed", "combinatoric", "reactions")
SECTIONS = (
    "independent",
    "grid",
    "parameters",
    "diffusion",
    "boundary",
    "initial",
    "observables",
    "equations",
    "order",
    *NETWORK_SECTIONS,
)
_ARROW = re.compile(r"-->|<--|<=>|=>|->|→|⇌")
_AT = re.compile(r"(\S+)\s+(?:at|on)\s+(\S+)")
_EDGES = re.compile(r"edges\s*(\(.*\))", re.DOTALL)


def is_network_text(text: str) -> bool:
    """Whether a text holds reactions rather than equations."""
    return _ARROW.search(text.replace("<=", "  ").replace(">=", "  ")) is not None


class FieldText:
    """A text cut into sections.

    Parameters
    ----------
    text : str
    file : str, optional
        Where it came from, for messages.
    """

    _WHAT: ClassVar[dict[str, str]] = {
        "parameters": "parameter",
        "initial": "initial value",
        "observables": "observable",
        "diffusion": "diffusivity",
    }

    def __init__(self, text: str, file: str | None = None) -> None:
        self.source = Source(spelled_out(text), file)
        found = split_sections(self.source, SECTIONS, "")
        self.is_network = "reactions" in found or is_network_text("\n".join(s.text for s in found.get("", [])))
        default = "reactions" if self.is_network else "equations"
        found[default] = [*found.pop("", []), *found.get(default, [])]
        self.sections = found
        if self.is_network and "equations" in found:
            raise found["equations"][0].error(
                "A text holds reactions or equations, not both. Write the reactions as rates into the equations."
            )

    def network(self) -> str:
        """Return the text without what a reaction network does not have, line by line as it was."""
        return self.without(set(SECTIONS) - {*NETWORK_SECTIONS, "independent"})

    def without(self, sections: Collection[str]) -> str:
        """Return the text without some sections, line by line as it was."""
        header = re.compile(rf"({'|'.join(SECTIONS)}|initial[ _]values)\s*:(?!:)")
        text, kept = list(self.source.text), True
        for statement in self.source.statements():
            match = header.match(statement.masked)
            kept = kept if match is None else match[1].partition("_")[0].split()[0] not in sections
            if not kept:
                span = range(statement.start, statement.stop)
                text[statement.start : statement.stop] = ["\n" if text[k] == "\n" else " " for k in span]
        return "".join(text)

    @property
    def equations(self) -> list[Fragment]:
        """The statements that are equations."""
        return self.sections.get("equations", [])

    def definitions(self, section: str) -> dict[str, Fragment | None]:
        """Return the values in a section, still to be read, by name; of diffusivities also those without a value."""
        return read_definitions(self.sections.get(section, ()), self._WHAT[section])

    def independent(self) -> str | None:
        """Return the name of the independent variable, if it is given."""
        names = read_names(self.sections.get("independent", ()), "variable")
        return names[-1] if names else None

    def order(self) -> int | None:
        """Return the order of the differences, if it is given."""
        found = self.sections.get("order", [])
        if not found:
            return None
        if found[-1].text not in ("2", "4", "6"):
            raise found[-1].error("The order of the differences is 2, 4 or 6.")
        return int(found[-1].text)

    def grid(self) -> Grid | None:
        """Return the grid, if it is given."""
        if "grid" not in self.sections:
            return None
        if not self.sections["grid"]:
            raise ParseError("The section grid: is empty. Give the axes: grid: x = (0, 1, 64), y = (0, 1, 64).")
        given = read_definitions(self.sections["grid"], "axis")
        words: dict[str, Any] = {}
        for name, value in given.items():
            if value is None:
                raise self.sections["grid"][0].error(f'The axis "{name}" has no cells. Write {name} = (0, 1, 100).')
            words[name] = value.text.strip() if name in ("geometry", "periodic") else _axis(value)
        try:
            return Grid(**words)
        except InputError as error:
            raise self.sections["grid"][0].error(str(error)) from error

    def boundary(self) -> Mapping[Any, Any] | Fragment | None:
        """Return the boundary conditions, still to be read, if there are some."""
        if "boundary" not in self.sections:
            return None
        out: dict[Any, Any] = {}
        for statement in self.sections["boundary"]:
            for entry in statement.split():
                match = ASSIGNMENT.search(entry.masked)
                if match is None:
                    out["all"] = entry
                    continue
                left = entry.cut(0, match.start()).text.strip("`")
                at = _AT.fullmatch(left)
                key = left if at is None else (at[1].strip("`"), at[2])
                if key in out:
                    raise DuplicateNameError(f'The boundary condition for "{left}" is given twice. Remove one.')
                out[key] = entry.cut(match.end(), entry.stop - entry.start)
        return out


def _axis(value: Fragment) -> Any:
    """Read ``(0, 1, 100)``, ``100`` or ``edges(0, 0.1, 0.3)``."""
    edges = _EDGES.fullmatch(value.masked)
    inner = value if edges is None else value.cut(edges.start(1), edges.end(1))
    parts = inner.unbundle()
    numbers = [_number(part) for part in parts or [inner]]
    if edges is not None:
        import numpy as np

        return np.array(numbers, float)
    return tuple(numbers) if parts else numbers[0]


def _number(part: Fragment) -> Any:
    from symnum.terms.evaluate import evaluate

    found = part.expression(Scope({}, "a number"))
    if isinstance(found, int):
        return found
    try:
        return float(evaluate(found, {}))
    except (TypeError, ValueError) as error:
        raise ParseError(f"{part.text} is no number.") from error
