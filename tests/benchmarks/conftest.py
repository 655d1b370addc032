"""The benchmarks' modules are found as their scripts find them; what they set for their own process is undone."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

_before = dict(os.environ)
import harness  # noqa: E402, F401 - limits threads when it is imported

for _name in set(os.environ) - set(_before):
    del os.environ[_name]
