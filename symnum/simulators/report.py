"""What compiling cost and made."""

from collections.abc import Iterator, Mapping
from typing import Any

from symnum.display import format_bytes, format_seconds, html_table, plain_table

__all__ = ["CompileReport"]

_HEAD = ("kernel", "from", "lower", "rewrite", "emit", "LLVM", "load", "operations", "chunks", "code")

_STAGES = ("lower", "rewrite", "emit", "llvm", "load")


class CompileReport(Mapping[str, dict[str, Any]]):
    """Facts of every compiled kernel, by name.

    Each is a dictionary with `seconds` (per stage: "lower", "rewrite" where rulesets were applied, "emit", "llvm",
    or "load" from the cache), `operations` (additions, multiplications, divisions, calls at every evaluation),
    `nodes`, `chunks`, `code_bytes`, `cached`, `stage_size` and `scratch_size` (doubles).
    """

    def __init__(self, kernels: Mapping[str, dict[str, Any]]) -> None:
        hidden = ("indptr", "indices")
        self._kernels = {
            name: {k: v for k, v in facts.items() if k not in hidden} for name, facts in kernels.items()
        }

    def __getitem__(self, name: str) -> dict[str, Any]:
        return self._kernels[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._kernels)

    def __len__(self) -> int:
        return len(self._kernels)

    @property
    def seconds(self) -> float:
        """All seconds spent."""
        return float(sum(sum(facts["seconds"].values()) for facts in self._kernels.values()))

    def _rows(self) -> list[tuple[str, ...]]:
        rows = []
        for name, facts in self._kernels.items():
            seconds = facts["seconds"]
            stages = [format_seconds(seconds[s]) if s in seconds else "–" for s in _STAGES]
            count = str(sum(facts["operations"].values())) if "operations" in facts else "–"
            origin = "cache" if facts["cached"] else "compiled"
            chunks = str(facts.get("chunks", "–"))
            rows.append((name, origin, *stages, count, chunks, format_bytes(facts["code_bytes"])))
        return rows

    def __repr__(self) -> str:
        return plain_table([_HEAD, *self._rows()])

    def _repr_html_(self) -> str:
        return html_table(_HEAD, self._rows())
