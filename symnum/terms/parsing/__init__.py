"""Reading mathematics from text, safely: a tokenizer and a parser that never recurse or execute anything."""

from symnum.terms.parsing.expression import parse, parse_expression, parse_tokens
from symnum.terms.parsing.tokenize import Token, tokenize

__all__ = ["Token", "parse", "parse_expression", "parse_tokens", "tokenize"]
