"""Reference data outside the package: where it is looked for."""

import os
from pathlib import Path

from symnum.errors import InputError

__all__ = ["data_files", "data_folder"]


def data_folder() -> Path:
    """Return the folder of reference data: SYMNUM_DATA, or ``shared/data`` beside the project's folder."""
    given = os.environ.get("SYMNUM_DATA")
    return Path(given) if given else Path(__file__).resolve().parents[4] / "shared" / "data"


def data_files(folder: str, pattern: str) -> list[Path]:
    """Return files of the reference data in the order of their names.

    Raises
    ------
    InputError
        If there are none; says where they were looked for.
    """
    place = data_folder() / folder
    found = sorted(place.glob(pattern)) if place.is_dir() else []
    if not found:
        raise InputError(
            f"this corpus is read from files {pattern} in {place}, and there are none. Set SYMNUM_DATA to the folder "
            f'that has them in "{folder}".'
        )
    return found
