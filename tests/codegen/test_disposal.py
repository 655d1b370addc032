"""Loaded machine code may be disposed of by the garbage collector, in any order, without a crash."""

import subprocess
import sys

DROP_IN_CYCLES = """
import gc
from codegen.native import LoadedObject, object_code
code = object_code("define i32 @answer() { ret i32 42 }")
for _ in range(20):
    loaded = LoadedObject.load(code)
    cycle = [loaded]
    loaded.cycle = cycle
    del loaded, cycle
    gc.collect()
print("survived")
"""


def test_code_in_reference_cycles_is_disposed_of_safely() -> None:
    result = subprocess.run([sys.executable, "-c", DROP_IN_CYCLES], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (0, "survived\n"), result.stderr
