"""Which names can stand in text as they are, and which need backticks."""

import re

RESERVED_NAMES = frozenset({"and", "or", "not", "True", "False"})
"""Words of the grammar."""

NAMED_NUMBERS = frozenset({"pi", "π", "inf", "nan"})
"""Names that mean a number unless they stand in backticks."""

SUPERSCRIPTS = "⁰¹²³⁴-⁹"
"""Digits that are powers and no part of names, as a character class."""

IDENTIFIER = rf"[^\W\d{SUPERSCRIPTS}][^\W{SUPERSCRIPTS}]*"
"""What a name can be without backticks, as a regular expression."""

_PLAIN = re.compile(IDENTIFIER)


def written(name: str) -> str:
    """Return a symbol's name as text that reads back as this symbol; only names with line breaks do not.

    Examples
    --------
    >>> written("x7"), written("A(b~U)"), written("pi")
    ('x7', '`A(b~U)`', '`pi`')
    """
    if _PLAIN.fullmatch(name) and name not in RESERVED_NAMES and name not in NAMED_NUMBERS:
        return name
    return "`" + name.replace("`", "``") + "`"
