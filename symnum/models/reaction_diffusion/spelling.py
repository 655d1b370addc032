"""Signs of vector calculus in text, spelled out: ``D ∇²u`` is read as ``D*Δu``."""

import re

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


def spelled_out(text: str) -> str:
    """Return a text with the names of operators in the place of their signs.

    Examples
    --------
    >>> spelled_out("∂u/∂t = D ∇²u + ∇·(c ∇u)")
    '∂u/∂t = D*laplacian(u) + divergence(c*gradient(u))'
    """
    if "∇" in text or "∆" in text:
        for pattern, replacement in _RULES:
            text = pattern.sub(replacement, text)
    return text
