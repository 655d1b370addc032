"""Settings and fixtures of all tests."""

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,
    print_blob=False,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("ci")


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Folder of the shared reference data; the test is skipped where it is absent."""
    folder = Path(os.environ.get("SYMNUM_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"reference data not found at {folder}; set SYMNUM_DATA to its folder")
    return folder


@pytest.fixture
def rng() -> np.random.Generator:
    """Return a random generator that gives the same numbers in every run."""
    return np.random.default_rng(20240229)
