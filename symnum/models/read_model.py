"""`sn.read_model`: a model from a file, its format told from its name and its content."""

import re
from pathlib import Path
from typing import Any

from symnum.errors import InputError, ParseError, UnsupportedError

__all__ = ["read_model"]

_LARGEST_FILE = 1 << 30
_NETWORK = re.compile(r"^[ \t]*begin[ \t]+(species|reactions)\b", re.MULTILINE)
_EQUATION = re.compile(
    r"^[ \t]*(D[ \t]*\(|d\w+[ \t]*/[ \t]*d\w+[ \t]*=|[^\W\d]\w*[ \t]*'[ \t]*=)", re.MULTILINE
)
_ARROW = re.compile(r"-->|=>|<--|->|→|↔|⇌|⟶")
# What the beginning of a foreign file looks like: pattern, name, what to do.
_FOREIGN: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (
        re.compile(r"<ListOf(Parameters|MoleculeTypes|Species|ReactionRules|Observables|Functions)\b"),
        "BioNetGen XML",
        (
            "That format holds rules, not a network: write a network with BioNetGen's generate_network, "
            "and read the .net file."
        ),
    ),
    (re.compile(r"<sbml[\s>]"), "SBML", "SBML is not read yet."),
    (re.compile(r"<cellml|<model[\s>]|CellML", re.IGNORECASE), "CellML", "CellML is not read."),
    (re.compile(r"^\s*(<\?xml|<!DOCTYPE|<\w+[\s>])"), "XML", "No XML format is read yet."),
    (
        re.compile(r"^\s*begin\s+(model|reaction rules|molecule types|seed species)\b", re.MULTILINE),
        "a BioNetGen rule file (.bngl)",
        "It holds rules, not a network: write a network with BioNetGen's generate_network, and read the .net file.",
    ),
    (re.compile(r"^\s*[\[{]"), "JSON", "No JSON format is read."),
    (
        re.compile(r"^\s*(%\w+:|model\s+\*?\w+\s*\()", re.MULTILINE),
        "Antimony or a similar language",
        "It is not read.",
    ),
)


def read_model(path: str | Path, *, name: str | None = None) -> Any:
    """Read a model from a file.

    Parameters
    ----------
    path : str or Path
        A BioNetGen network (`.net`), or a text in symnum's own form: reactions (`.rn`, see
        `sn.reaction_network`) or equations (`.ode`, see `sn.ode_system`). The content decides; the
        extension only where the content does not.
    name : str, optional
        Name of the model; the file's name without extension if not given.

    Returns
    -------
    ReactionNetwork or ODEModel
        The model.

    Raises
    ------
    InputError
        If there is no such file.
    ParseError
        If the file is damaged, with file and line.
    UnsupportedError
        If it is in a format that is not read; the message names what it looks like.
    """
    try:
        path = Path(path)
    except TypeError:
        raise InputError(f'{path!r} is no path. Give the name of a file, such as "model.net".') from None
    text = _read_text(path)
    file = str(path)
    title = name if name is not None else path.stem or "model"
    kind = _kind(text, path)
    if kind == "net":
        from symnum.models.importers.bionetgen import read_bionetgen

        return read_bionetgen(text, file=file, name=title)
    if kind == "ode":
        from symnum.models.ode_system import ode_system

        return ode_system(text, name=title, file=file)
    from symnum.models.reaction_network import reaction_network

    return reaction_network(text, name=title, file=file)


def _read_text(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise InputError(f"{path} has more than {_LARGEST_FILE:,} bytes; such a file is not read.")
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}. Check the path.") from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ParseError(
            f"The byte 0x{data[error.start]:02x} here is not UTF-8 text. Save the file as UTF-8.",
            file=path,
            line=line,
        ) from None
    nul = text.find("\0")
    if nul >= 0:
        line = text.count("\n", 0, nul) + 1
        raise ParseError("There is a NUL byte here: this is not a text file.", file=path, line=line)
    return text


def _kind(text: str, path: Path) -> str:
    """Return "net", "ode" or "rn", or raise for a foreign format."""
    beginning = text[:20_000]
    # A rule file may have parameters too, but only a network has species and reactions.
    if _NETWORK.search(text):
        return "net"
    if path.suffix == ".net" and not beginning.lstrip().startswith("<"):
        return "net"
    for pattern, title, advice in _FOREIGN:
        if pattern.search(beginning):
            raise UnsupportedError(
                f"{path} looks like {title}. {advice} symnum reads BioNetGen networks (.net) and its own "
                "reactions (.rn) and equations (.ode)."
            )
    if path.suffix in (".ode", ".rn"):
        return path.suffix[1:]
    if _EQUATION.search(text):
        return "ode"
    if _ARROW.search(text):
        return "rn"
    raise UnsupportedError(
        f"{path} looks like no format that symnum knows: it has neither reactions (A --> B) nor equations "
        "(D(x) = ...) nor the sections of a BioNetGen network. symnum reads .net, .rn and .ode files."
    )
