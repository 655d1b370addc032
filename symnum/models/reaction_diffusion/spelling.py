"""Signs of calculus in text, spelled out: ``D ∇²u`` is read as ``D*Δu``, ``D ∂²u/∂x²`` as ``D*u_xx``."""

import re

from symnum.errors import InputError

__all__ = ["spelled_out"]

_NAME = r"([^\W\d]\w*)"
_SQUARE = r"(?:²|\^\s*2|\*\*\s*2)"
_RULES = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"(?<=[\w)])[ \t]*(?=[∇∆]|\|\s*∇)", "*"),  # a factor in front, whether or not there is a sign between
        (rf"\|\s*∇\s*{_NAME}\s*\|\s*{_SQUARE}", r"gradient_squared(\1)"),
        (r"∇\s*(?:⁴|\^\s*4)\s*(?=\()", "bilaplacian"),
        (rf"∇\s*(?:⁴|\^\s*4)\s*{_NAME}", r"bilaplacian(\1)"),
        (rf"(?:∇\s*{_SQUARE}|∆)\s*(?=\()", "laplacian"),
        (rf"(?:∇\s*{_SQUARE}|∆)\s*{_NAME}", r"laplacian(\1)"),
        (r"∇\s*[·⋅∙•]\s*(?=\()", "divergence"),
        (rf"∇\s*[·⋅∙•]\s*{_NAME}", r"divergence(\1)"),
        (r"∇\s*(?=\()", "gradient"),
        (rf"∇\s*{_NAME}", r"gradient(\1)"),
    )
)

_ORDER = r"(?:\s*([²³⁴])|\s*(?:\^|\*\*)\s*([234]))?"
_ORDERS = {"²": 2, "³": 3, "⁴": 4}
# Along an axis: time is another matter, and stands on the left of equations.
_ALONG = re.compile(rf"∂\s*(?!t(?![a-zA-Z]))([a-zA-Z]){_ORDER}")
_DERIVATIVE = re.compile(
    rf"((?<=[\w)])[ \t]*)?∂{_ORDER}\s*{_NAME}\s*/\s*\(?((?:∂\s*(?!t(?![a-zA-Z]))[a-zA-Z][²³⁴^*\d]*\s*)+)\)?"
)
_INDEXED = re.compile(rf"((?<=[\w)])[ \t]*)?∂_?\{{?(?!t\b)([a-zA-Z]+)\}}?[ \t]+{_NAME}")
_BRACES = re.compile(r"(?<=\w)_\{(\w+)\}")
_ALONE = re.compile(r"(∇\s*(?:²|⁴|\^\s*[24])?|∆)\s*[)+*-]")
# Factors before an operator; elsewhere words side by side are no product ("no flux").
_SIDE_BY_SIDE = re.compile(
    r"(?<=[\w)])(?<!\band)(?<!\bor)(?<!\bnot)[ \t]+"
    r"(?=(?:\w+\*)+(?:laplacian|gradient|gradient_squared|bilaplacian|divergence)\()"
)
_KEYWORD = re.compile(r"([,(]\s*)(?:scheme|form)\s*=\s*([\"']?)(\w+)\2")


def _derivative(match: re.Match[str]) -> str:
    factor, sign, digit, name, below = match.groups()
    order = _ORDERS.get(sign or "", int(digit or 1))
    axes = "".join(a * _ORDERS.get(s, int(d or 1)) for a, s, d in _ALONG.findall(below))
    if len(axes) != order:
        raise InputError(f"{match[0].strip()} is of order {order} above the line and {len(axes)} below it.")
    return f"{'*' if factor is not None else ''}{name}_{axes} "


def spelled_out(text: str) -> str:
    """Return a text with the names of operators in the place of their signs.

    Raises
    ------
    InputError
        If a sign has no field to act on, or derivatives are not of one order.

    Examples
    --------
    >>> spelled_out("∂u/∂t = D ∇²u + ∇·(c ∇u)")
    '∂u/∂t = D*laplacian(u) + divergence(c*gradient(u))'
    """
    text = _KEYWORD.sub(r"\1\3", _BRACES.sub(r"_\1", text))
    if "∂" in text:
        text = _DERIVATIVE.sub(_derivative, text)
        text = _INDEXED.sub(lambda m: f"{'*' if m[1] is not None else ''}{m[3]}_{m[2]}", text)
    if "∇" in text or "∆" in text:
        alone = _ALONE.search(text)
        if alone is not None:
            raise InputError(
                f'"{alone[1].strip()}" has no field to act on; write (1 + ∇²)²u as u + 2*∇²u + ∇⁴u.'
            )
        for pattern, replacement in _RULES:
            text = pattern.sub(replacement, text)
        count = 1
        while count:  # from the operator backwards
            text, count = _SIDE_BY_SIDE.subn("*", text)
    return text
