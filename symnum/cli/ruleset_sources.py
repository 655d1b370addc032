"""What a word on the command line means as a ruleset: a name, a text file, or ``module:object`` in Python."""

import importlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from symnum.errors import InputError, UnknownNameError, suggest

if TYPE_CHECKING:
    from rewriters.ruleset import Ruleset

_OBJECT = re.compile(r"(?P<module>[^\W\d]\w*(?:\.[^\W\d]\w*)*):(?P<path>[^\W\d]\w*(?:\.[^\W\d]\w*)*)")


def ruleset_from(word: str) -> "Ruleset":
    """Return the ruleset that a word on the command line means.

    Parameters
    ----------
    word : str
        The name of a ruleset; the path of a text file; or ``module:object``. Only the last runs code: it imports the
        module, as an entry point does, because it was asked for by name. A path of a Python file is refused.

    Raises
    ------
    UnknownNameError
        If it is none of them.
    RuleError
        For a file that cannot be read as rules.
    InputError
        For a module that cannot be imported, or an object that is no ruleset.
    """
    from rewriters.ruleset_file import read_ruleset
    from rewriters.rulesets import get_ruleset, rulesets

    if word in rulesets():
        return get_ruleset(word)
    path = Path(word)
    found = _OBJECT.fullmatch(word)
    if found is not None and not path.exists():
        return _imported(word, found["module"], found["path"])
    if path.exists() or path.suffix or "/" in word:
        return read_ruleset(path)
    known = rulesets()
    raise UnknownNameError(
        f'"{word}" is no ruleset and no file.{suggest(word, known)} Give one of {", ".join(known)}, a text file '
        "of rules, or module:object."
    )


def _imported(word: str, module: str, path: str) -> "Ruleset":
    from rewriters.ruleset import Ruleset

    try:
        found = importlib.import_module(module)
    except ImportError as error:
        raise InputError(
            f"{word}: the module {module} cannot be imported: {error}. Install it, or put its folder on PYTHONPATH."
        ) from error
    for name in path.split("."):
        try:
            found = getattr(found, name)
        except AttributeError as error:
            raise InputError(f"{word}: there is no {name} in {module}.") from error
    if not isinstance(found, Ruleset):
        raise InputError(f"{word} is of type {type(found).__name__} and no ruleset: make one with sn.ruleset([...]).")
    return found
