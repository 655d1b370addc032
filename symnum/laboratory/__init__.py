"""The laboratory: rewrite rulesets measured against each other by what the compiled code costs."""

from symnum.laboratory.benchmark import benchmark_rulesets
from symnum.laboratory.corpora import Corpus, corpora, get_corpus, register_corpus
from symnum.laboratory.piece import Piece
from symnum.laboratory.results import RulesetBenchmark

__all__ = [
    "Corpus",
    "Piece",
    "RulesetBenchmark",
    "benchmark_rulesets",
    "corpora",
    "get_corpus",
    "register_corpus",
]
