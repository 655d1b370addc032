"""The machine-code cache: never stale, never trusted when damaged or foreign."""

import os
import shutil
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from symnum.compiling import codestore
from symnum.compiling.codestore import CodeStore, Entry, default_store
from symnum.compiling.compiled import CodePackage
from symnum.errors import CacheError, CompilationError, SymnumWarning
from symnum.integrators.compiled import compiled, compiled_callback, solvers
from symnum.integrators.vectors import weighted_norm

PROGRAM = textwrap.dedent(
    """
    import sys
    import numpy as np
    from symnum.integrators.compiled import compiled_callback
    from symnum.integrators.vectors import weighted_norm

    @compiled_callback("float64(int64, CPointer(float64), CPointer(float64))")
    def norm(n, x, w):
        return weighted_norm(n, x, w)

    x = np.full(4, 3.0)
    print(norm(4, x.ctypes.data, np.ones(4).ctypes.data), "symnum.compiling.plain.translator" in sys.modules)
    """
)


def test_an_edit_of_a_helper_never_meets_old_code(project_root, tmp_path):
    for package in ("symnum", "rewriters", "codegen"):
        shutil.copytree(
            project_root / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    script = tmp_path / "program.py"
    script.write_text(PROGRAM)
    # Python's own bytecode files trust time and size, which the edit below keeps: they must not hide it.
    environment = {
        **os.environ,
        "PYTHONPATH": str(tmp_path),
        "PYTHONDONTWRITEBYTECODE": "1",
        "SYMNUM_CACHE_DIR": str(tmp_path / "cache"),
    }

    def run():
        command = [sys.executable, str(script)]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, check=True
        ).stdout.split()

    assert run() == ["3.0", "True"]
    assert run() == ["3.0", "False"]  # from the cache, without the compiler
    helper = tmp_path / "symnum" / "integrators" / "vectors.py"
    text = helper.read_text()
    assert text.count("/ n) ** 0.5") == 1
    times = helper.stat()
    helper.write_text(text.replace("/ n) ** 0.5", "* n) ** 0.5"))
    os.utime(helper, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert run() == ["12.0", "True"]


def test_damaged_entries_are_recompiled(tmp_path):
    store = CodeStore(tmp_path)
    store.write("f", "int64()", Entry("f", ["sin"], b"code"))
    assert store.read("f", "int64()") == Entry("f", ["sin"], b"code")
    assert store.read("f", "int64(int64)") is None
    (path,) = tmp_path.iterdir()
    good = path.read_bytes()
    for place in range(0, len(good), 7):
        damaged = bytearray(good)
        damaged[place] ^= 1
        path.write_bytes(damaged)
        assert store.read("f", "int64()") is None
    path.write_bytes(good[:-1])
    assert store.read("f", "int64()") is None


def test_a_damaged_file_on_disk(tmp_path, monkeypatch):
    def triple(x):
        return 3.0 * x

    monkeypatch.setenv("SYMNUM_CACHE_DIR", str(tmp_path))
    first = compiled_callback("float64(float64)")(triple)
    assert first(2.0) == 6.0
    assert first.compile_seconds > 0.0
    (path,) = tmp_path.glob("*/*.bin")
    second = compiled_callback("float64(float64)")(triple)
    assert second(2.0) == 6.0
    assert second.compile_seconds == 0.0
    path.write_bytes(path.read_bytes()[:-100])
    third = compiled_callback("float64(float64)")(triple)
    assert third(2.0) == 6.0
    assert third.compile_seconds > 0.0


def test_folder_is_private(tmp_path, monkeypatch):
    monkeypatch.setenv("SYMNUM_CACHE_DIR", str(tmp_path / "a"))
    folder = default_store("integrators-key").folder
    assert folder.stat().st_mode & 0o777 == 0o700


def test_folder_open_to_others_is_closed_and_emptied(tmp_path, monkeypatch):
    folder = tmp_path / "b" / "integrators-key"
    folder.mkdir(parents=True)
    (folder / "foreign-0.bin").write_bytes(b"machine code of anybody")
    folder.chmod(0o777)
    (tmp_path / "b").chmod(0o777)
    monkeypatch.setenv("SYMNUM_CACHE_DIR", str(tmp_path / "b"))
    assert default_store("integrators-key").folder == folder
    assert folder.stat().st_mode & 0o777 == 0o700
    assert list(folder.iterdir()) == []


def test_folder_of_somebody_else(tmp_path, monkeypatch):
    monkeypatch.setenv("SYMNUM_CACHE_DIR", str(tmp_path / "c"))
    (tmp_path / "c").mkdir()
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000)
    if (tmp_path / "c").stat().st_uid == 0:
        monkeypatch.setattr(codestore, "_TRUSTED", ())
    with pytest.raises(CacheError, match="another user"):
        default_store("other")


def test_unusable_folder_falls_back(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SYMNUM_CACHE_DIR", str(tmp_path / "file" / "below"))
    with pytest.warns(SymnumWarning, match="SYMNUM_CACHE_DIR"):
        store = default_store("third")
    assert store.folder.stat().st_mode & 0o777 == 0o700
    shutil.rmtree(store.folder)


def test_helpers_can_be_called_from_python():
    assert weighted_norm(4, np.full(4, 2.0), np.ones(4)) == pytest.approx(2.0)


def test_errors_are_typed():
    with pytest.raises(CompilationError, match="signature"):
        compiled_callback("str(int64)")(lambda x: x)(1)

    @compiled
    def inner(x):
        return x.no_such_attribute

    with pytest.raises(CompilationError, match="no_such_attribute"):
        compiled_callback("int64(int64)")(lambda x: inner(x))(1)


def test_key_is_stable_and_short():
    again = CodePackage(solvers.label, solvers.prefix, solvers.paths, print)
    assert again.source_key == solvers.source_key
    assert len(again.source_key) == 24
