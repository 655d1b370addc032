"""The kinetic laws in SBML files: their MathML read as terms, without the rest of the model.

Enough of MathML for rates: numbers, names, arithmetic, functions, choices, and calls of the file's own functions. Laws
with anything else (delays, random numbers) are left out and counted. Names are taken as they are, apart from each
file's own: the same name in two files is one symbol.
"""

import tarfile
import xml.etree.ElementTree as xml
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from symnum.errors import InputError
from symnum.laboratory.corpora.kinetic_laws import KineticLaw
from symnum.terms import free_symbols, functions, pi, substitute
from symnum.terms.symbols import apply, symbols

__all__ = ["sbml_laws"]

_MATH = "{http://www.w3.org/1998/Math/MathML}"
_LARGEST_FILE = 4_000_000

_SAME = "exp abs floor sin cos tan sinh cosh tanh and or not min max".split()
_FUNCTIONS: dict[str, str] = {
    **{name: name for name in _SAME},
    "ln": "log",
    "ceiling": "ceil",
    "arcsin": "asin",
    "arccos": "acos",
    "arctan": "atan",
    "arcsinh": "asinh",
    "arccosh": "acosh",
    "arctanh": "atanh",
    "lt": "<",
    "leq": "<=",
    "gt": ">",
    "geq": ">=",
    "eq": "==",
    "neq": "!=",
}
_CONSTANTS: dict[str, Any] = {"true": True, "false": False}


class _Unsupported(Exception):
    """Something in a law that is no expression in species and parameters."""


def sbml_laws(archive: str | Path) -> list[KineticLaw]:
    """Return the distinct kinetic laws of all SBML files in an archive or a folder, in the order of names.

    Parameters
    ----------
    archive : str or Path
        A ``.tar.gz`` file, a folder, or one ``.xml`` file.

    Raises
    ------
    InputError
        If there is no such file.
    """
    path = Path(archive)
    if not path.exists():
        raise InputError(f'there is no file or folder "{path}" to read kinetic laws from.')
    found: dict[Any, KineticLaw] = {}
    for name, content in sorted(_files(path)):
        for law in _laws_of(name, content):
            found.setdefault(law.term, law)
    return list(found.values())


def _files(path: Path) -> Iterator[tuple[str, bytes]]:
    if path.is_dir():
        for file in sorted(path.rglob("*.xml")):
            yield file.stem, file.read_bytes()
    elif path.suffix == ".xml":
        yield path.stem, path.read_bytes()
    else:
        with tarfile.open(path) as archive:
            for member in archive:
                if member.isfile() and member.name.endswith(".xml") and member.size <= _LARGEST_FILE:
                    content = archive.extractfile(member)
                    assert content is not None
                    yield Path(member.name).stem, content.read()


def _laws_of(name: str, content: bytes) -> Iterator[KineticLaw]:
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content or b"<kineticLaw" not in content:
        return
    root = xml.fromstring(content)  # noqa: S314 - files that define entities were left out
    level = root.tag.partition("}")[0] + "}"
    defined = {f.get("id"): f.find(f"{_MATH}math/{_MATH}lambda") for f in root.iter(f"{level}functionDefinition")}
    species = {s.get("id") for s in root.iter(f"{level}species")}
    read = _Reader({k: v for k, v in defined.items() if k and v is not None})
    for number, law in enumerate(root.iter(f"{level}kineticLaw")):
        math = law.find(f"{_MATH}math")
        if math is None or len(math) != 1:
            continue
        try:
            term = read(math[0])
            inside = free_symbols(term)
        except (_Unsupported, InputError):
            continue
        if inside:
            changing = tuple(s for s in inside if s.name in species or s.name == "time")
            kept = tuple(s for s in inside if s not in changing)
            yield KineticLaw(f"{name.partition('-')[0]}_{number}", term, changing, kept)


class _Reader:
    """From MathML to terms."""

    def __init__(self, defined: dict[str, Any]) -> None:
        self.defined = defined

    def __call__(self, node: Any, depth: int = 0) -> Any:
        if depth > 200:
            raise _Unsupported("too deep")
        tag = node.tag.removeprefix(_MATH)
        if tag == "cn":
            return _number(node)
        if tag in ("ci", "csymbol"):
            name = (node.get("definitionURL") or "").rpartition("/")[2] if tag == "csymbol" else node.text.strip()
            if tag == "csymbol" and name != "time":
                raise _Unsupported(name)
            return symbols([name])[0]
        if tag == "apply":
            return self._apply(node, depth + 1)
        if tag == "piecewise":
            return self._piecewise(node, depth + 1)
        if tag == "pi":
            return pi
        if tag in _CONSTANTS:
            return _CONSTANTS[tag]
        raise _Unsupported(tag)

    def _apply(self, node: Any, depth: int) -> Any:
        head, *rest = list(node)
        tag = head.tag.removeprefix(_MATH)
        if tag == "root" or (tag == "log" and rest and rest[0].tag in (f"{_MATH}logbase", f"{_MATH}degree")):
            return self._with_degree(tag, rest, depth)
        arguments = [self(argument, depth) for argument in rest]
        if tag == "ci":
            return self._call(head.text.strip(), arguments, depth)
        if tag in _ARITHMETIC:
            return _ARITHMETIC[tag](*arguments)
        if tag in _FUNCTIONS:
            return apply(_FUNCTIONS[tag], *arguments)
        raise _Unsupported(tag)

    def _with_degree(self, tag: str, rest: list[Any], depth: int) -> Any:
        degree = self(rest[0][0], depth) if len(rest) == 2 else 2
        argument = self(rest[-1], depth)
        if tag == "log":
            return functions.log(argument) / functions.log(degree)
        return argument ** Fraction(1, degree) if degree.__class__ is int else argument ** (1 / degree)

    def _call(self, name: str, arguments: list[Any], depth: int) -> Any:
        if name not in self.defined:
            raise _Unsupported(name)
        *variables, body = list(self.defined[name])
        names = [v.findtext(f"{_MATH}ci", "").strip() for v in variables]
        if len(names) != len(arguments):
            raise _Unsupported(name)
        return substitute(self(body, depth), dict(zip(symbols(names), arguments))) if names else self(body, depth)

    def _piecewise(self, node: Any, depth: int) -> Any:
        parts: list[Any] = []
        default: Any = None
        for child in node:
            if child.tag == f"{_MATH}otherwise":
                default = self(child[0], depth)
            else:
                parts += [self(child[0], depth), self(child[1], depth)]
        if default is None:
            raise _Unsupported("piecewise without otherwise")
        return apply("piecewise", *parts, default)


def _minus(a: Any, b: Any = None) -> Any:
    return -a if b is None else a - b


def _sum(*terms: Any) -> Any:
    return sum(terms, 0)


def _product(*terms: Any) -> Any:
    made: Any = 1
    for term in terms:
        made = made * term
    return made


_ARITHMETIC: dict[str, Callable[..., Any]] = {
    "plus": _sum,
    "times": _product,
    "minus": _minus,
    "divide": lambda a, b: a / b if b.__class__ is not int or a.__class__ is not int else Fraction(a, b),
    "power": lambda a, b: a**b,
}


def _number(node: Any) -> Any:
    kind = node.get("type", "real")
    texts = [text.strip() for text in node.itertext() if text.strip()]
    if kind == "integer":
        return int(texts[0])
    if kind == "rational":
        return Fraction(int(texts[0]), int(texts[1]))
    value = float("e".join(texts)) if kind == "e-notation" else float(texts[0])
    return int(value) if value == int(value) and abs(value) < 1e15 else value
