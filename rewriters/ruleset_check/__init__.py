"""Checking rulesets: does every rule do what it states? By exact, complex, special and floating points, and SymPy."""

from rewriters.ruleset_check.check import check_ruleset
from rewriters.ruleset_check.report import RuleCheck, RulesetCheck

__all__ = ["RuleCheck", "RulesetCheck", "check_ruleset"]
