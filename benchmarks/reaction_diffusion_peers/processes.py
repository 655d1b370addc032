"""Peers in processes of their own, each with its own folder of packages, spoken to line by line."""

import importlib
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
#: Names a folder with a folder of packages for each peer: ``pip install --target FOLDER/devito devito``.
VARIABLE = "SYMNUM_PEERS"
FOLDERS = {"devito_tool": "devito", "pystencils_tool": "pystencils", "pypde_tool": "py-pde"}


def folder_of(module: str) -> Path | None:
    """Where a peer's packages are, if anywhere but in the environment."""
    name, root = FOLDERS.get(module), os.environ.get(VARIABLE)
    found = Path(root) / name if name and root else None
    return found if found is not None and found.is_dir() else None


def missing(module: str) -> str | None:
    """Why a peer cannot take part; None if it can."""
    package = getattr(importlib.import_module(f"reaction_diffusion_peers.{module}"), "PACKAGE", "numpy")
    if folder_of(module) is not None or importlib.util.find_spec(package) is not None:
        return None
    name = FOLDERS[module]
    return f"not installed: pip install --target FOLDER/{name} {name}, and {VARIABLE}=FOLDER"


class Peer:
    """One running tool.

    Parameters
    ----------
    module : str
        Of this package, with a class `Tool`.
    n : int
        Cells along each side.
    dtype : str
    """

    def __init__(self, module: str, n: int, dtype: str = "float64") -> None:
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        folder = folder_of(module)
        if folder is not None:
            environment["PYTHONPATH"] = str(folder)
        self.errors = tempfile.TemporaryFile(mode="w+")  # noqa: SIM115 - closed with the process
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "worker.py"), module, str(n), dtype],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, text=True, env=environment,
        )  # fmt: skip
        self.module, self.facts = module, self._read()

    def _read(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            self.errors.seek(0)
            raise RuntimeError(f"{self.module} ended:\n{self.errors.read()[-2000:]}")
        found: dict[str, Any] = json.loads(line)
        return found

    def ask(self, *words: object) -> dict[str, Any]:
        """Send one command and return the answer."""
        assert self.process.stdin is not None
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        return self._read()

    def seconds(self, steps: int) -> float:
        """CPU seconds of so many steps."""
        return float(self.ask("run", steps)["seconds"])

    def state(self) -> "np.ndarray[Any, np.dtype[np.float64]]":
        """Both fields, shape (2, n, n)."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "state.npy"
            self.ask("state", path)
            found: np.ndarray[Any, np.dtype[np.float64]] = np.load(path)
        return found

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()
        self.errors.close()
