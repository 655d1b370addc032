"""The command line: data on standard output, notes on standard error, exit codes 0, 1 and 2."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import symnum
from symnum import cli

DECAY = """
parameters: k = 2
initial: A = 1, B = 0
observables: total = A + B
reactions:
k, A --> B
"""
EXPLOSION = "D(x) = x^2\ninitial: x = 1\n"


@pytest.fixture
def decay(tmp_path: Path) -> Path:
    path = tmp_path / "decay.rn"
    path.write_text(DECAY)
    return path


@pytest.fixture
def explosion(tmp_path: Path) -> Path:
    path = tmp_path / "explosion.ode"
    path.write_text(EXPLOSION)
    return path


def table(text: str) -> dict[str, np.ndarray]:
    rows = list(csv.reader(io.StringIO(text)))
    return {name: np.array([float(row[i]) for row in rows[1:]]) for i, name in enumerate(rows[0])}


def test_simulate_at_a_level_of_rewriting(decay: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["simulate", str(decay), "--t-end", "1", "--points", "2"]
    tables = []
    for level in ("none", "classical"):
        assert cli.main([*arguments, "--rewrite", level]) == 0
        tables.append(capsys.readouterr().out)
    assert tables[0] == tables[1] != ""
    assert cli.main([*arguments, "--rewrite", "magic"]) == 2
    assert "egraph" in capsys.readouterr().err


def test_simulate_writes_the_exact_decay(decay: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["simulate", str(decay), "--t-end", "2", "--points", "5", "--rtol", "1e-8"]) == 0
    captured = capsys.readouterr()
    columns = table(captured.out)
    assert list(columns) == ["time", "A", "B", "total"]
    np.testing.assert_array_equal(columns["time"], [0.0, 0.5, 1.0, 1.5, 2.0])
    np.testing.assert_allclose(columns["A"], np.exp(-2 * columns["time"]), rtol=1e-6)
    np.testing.assert_allclose(columns["total"], 1.0, rtol=1e-7)
    assert "2 states, success at t = 2" in captured.err


def test_set_changes_parameters_and_initial_values(decay: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--t-end", "1", "--points", "2", "--rtol", "1e-8", "--set", "k=0.5", "--set", "A=3"]
    assert cli.main(["simulate", str(decay), *arguments]) == 0
    columns = table(capsys.readouterr().out)
    np.testing.assert_allclose(columns["A"], [3.0, 3 * np.exp(-0.5)], rtol=1e-6)


def test_json_report_and_files(decay: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output, picture = tmp_path / "out.csv", tmp_path / "out.png"
    arguments = ["--t-end", "1", "--json", "--output", str(output), "--plot", str(picture)]
    assert cli.main(["simulate", str(decay), *arguments]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["status"] == "success"
    assert (report["states"], report["parameters"], report["t_reached"]) == (2, 1, 1.0)
    assert set(report["seconds"]) == {"read", "build", "solve"}
    assert report["statistics"]["steps"] > 0
    assert len(table(output.read_text())["time"]) == 101
    assert picture.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


def test_failed_run_keeps_what_was_reached_and_exits_with_1(
    explosion: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["simulate", str(explosion), "--t-end", "2", "--points", "201"]) == 1
    captured = capsys.readouterr()
    columns = table(captured.out)
    early = columns["time"] < 0.9
    assert early.sum() > 80
    np.testing.assert_allclose(columns["x"][early], 1 / (1 - columns["time"][early]), rtol=1e-4)
    assert columns["time"][-1] < 1.0 + 1e-6
    assert "Traceback" not in captured.err
    assert "x" in captured.err


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ("k, A --> ", "broken.rn", "line 1"),
        ("begin reactions\n1 1 2 k\n", "cut.net", "cut.net"),
        ("no model at all", "letter.txt", "no format that symnum knows"),
        ("k, A --> __import__('os')", "hostile.rn", "line 1"),
        ("", "empty.rn", "empty.rn"),
    ],
)
def test_bad_files_are_said_with_exit_code_2(
    text: str, name: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    path.write_text(text)
    assert cli.main(["simulate", str(path), "--t-end", "1"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert said in captured.err
    assert "Traceback" not in captured.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--t-end", "-1"], "--t-end"),
        (["--t-end", "1", "--set", "kk=1"], 'Did you mean "k"'),
        (["--t-end", "1", "--method", "heun"], "heun"),
        (["--t-end", "1", "--rtol", "-1"], "rtol"),
        (["--t-end", "1", "--plot", "a.xyz"], ".png"),
        (["--t-end", "1", "--plot", "picture"], ".png"),
        (["--t-end", "1", "--output", "-", "--json"], "standard output"),
    ],
)
def test_bad_values_are_said_with_exit_code_2(
    arguments: list[str], said: str, decay: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["simulate", str(decay), *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert said in captured.err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["simulate"],
        ["simulate", "model.net"],
        ["simulate", "model.net", "--t-end", "1", "--points", "1"],
        ["simulate", "model.net", "--t-end", "1", "--set", "k"],
        ["simulate", "model.net", "--t-end", "1", "--timeout", "0"],
        ["simulate", "model.net", "--t-end", "1", "--timeout", "nan"],
        ["generate", "model.net", "-o", "d", "--target", "fortran"],
    ],
)
def test_bad_usage_exits_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(arguments)
    assert stopped.value.code == 2
    assert "usage: symnum" in capsys.readouterr().err


def test_output_to_standard_output(decay: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["simulate", str(decay), "--t-end", "1", "--points", "2", "--output", "-"]) == 0
    assert list(table(capsys.readouterr().out)) == ["time", "A", "B", "total"]
    assert not Path("-").exists()


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(["--version"])
    assert stopped.value.code == 0
    assert capsys.readouterr().out == f"symnum {symnum.__version__}\n"


def test_missing_values_are_given_by_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "open.rn"
    path.write_text("k, A --> B\n")
    assert cli.main(["simulate", str(path), "--t-end", "1"]) == 2
    said = capsys.readouterr().err
    assert "--set k=…" in said or "--set 'k=…'" in said
    assert "params=" not in said


def test_failed_run_reports_the_time_reached(explosion: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["simulate", str(explosion), "--t-end", "2", "--points", "2", "--json"]) == 1
    captured = capsys.readouterr()
    assert json.loads(captured.out)["t_reached"] == pytest.approx(1.0, abs=1e-6)
    assert "at t = 1;" in captured.err


def test_missing_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["simulate", str(tmp_path / "nowhere.net"), "--t-end", "1"]) == 2
    assert "nowhere.net" in capsys.readouterr().err


def test_output_into_a_missing_folder(
    decay: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "nowhere" / "out.csv"
    assert cli.main(["simulate", str(decay), "--t-end", "1", "--output", str(output)]) == 2
    assert str(output) in capsys.readouterr().err


def test_generate_writes_files_and_prints_their_paths(
    decay: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "generated"
    assert cli.main(["generate", str(decay), "--target", "python", "-o", str(folder)]) == 0
    paths = [Path(line) for line in capsys.readouterr().out.splitlines()]
    assert paths
    assert all(path.is_file() and path.is_relative_to(folder) for path in paths)


def test_info_as_json(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYMNUM_CACHE_DIR", str(tmp_path))
    (tmp_path / "entry").write_bytes(bytes(2_000))
    assert cli.main(["info", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["versions"]["Python"] == sys.version.split()[0]
    assert facts["cache"] == {
        "folder": str(tmp_path),
        "chosen by": "SYMNUM_CACHE_DIR",
        "files": 1,
        "size": "2.00 kB",
    }


def test_info_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["info"]) == 0
    assert "processor:\n  name " in capsys.readouterr().out


def test_a_reader_that_goes_away_is_no_traceback(decay: Path) -> None:
    """As in `symnum simulate ... | head -1`."""
    code = "import sys; from symnum.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", code, "simulate", str(decay), "--t-end", "1", "--points", "100000"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert "Traceback" not in process.stderr.read()
    assert process.wait(timeout=60) == 1
