"""The BCR trajectory to nine digits, computed once by CVODE and kept in the user's cache folder.

``python benchmarks/bcr_reference.py`` computes it (about a minute) or says how good the stored one is.
"""

import harness

# isort: split
import hashlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from peers.arrays import Floats, merge_terms, reaction_arrays
from peers.bionetgen import Network, read_network

# The spike near the end moves with the phase, and its error with it: both windows are reported.
SPANS = (7500.0, 10000.0)
TIGHTEST = ((1e-12, 1e-10), (1e-13, 1e-11))


@dataclass(frozen=True)
class Reference:
    """States at the output times, and how far the two tightest runs are apart.

    Attributes
    ----------
    t : ndarray, shape (n_times,)
        Seconds.
    y : ndarray, shape (n_species, n_times)
        Molecules.
    names : list of str
        Species names.
    agreement : ndarray, shape (n_species,)
        Largest difference of the two tightest runs, relative to max(|y|, 1 molecule).
    """

    t: Floats
    y: Floats
    names: list[str]
    agreement: Floats


def bcr_network() -> Network:
    """The network from the reference data."""
    return read_network(harness.data_folder() / "networks" / "bcr.net")


def output_times() -> Floats:
    """0, 43 logarithmic and 40 even points up to 1e4, and the times whose values are published."""
    published = [0.0, 100.0, 500.0, 2000.0, 7500.0, 10000.0]
    points = np.concatenate([published, np.logspace(-2, 4, 43), np.linspace(250, 10000, 40)])
    return np.unique(np.round(points, 10))


def cache_folder() -> Path:
    """Where the reference is kept: below ``SYMNUM_CACHE_DIR``, else below the user's cache folder."""
    if folder := os.environ.get("SYMNUM_CACHE_DIR"):
        return Path(folder) / "benchmarks"
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "symnum" / "benchmarks"


def _compute(network: Network) -> Reference:
    from peers.cvode import integrate, layout_is_known

    terms, times = merge_terms(reaction_arrays(network)), output_times()
    looser, tightest = (
        integrate(terms, network.initial, times, rtol, atol, tuned=layout_is_known()).y
        for rtol, atol in TIGHTEST
    )
    difference = np.abs(looser - tightest) / np.maximum(np.abs(tightest), 1.0)
    return Reference(times, tightest, network.species, difference.max(axis=1))


def bcr_reference() -> Reference:
    """The stored reference, or a new one when there is none for this network and these tolerances."""
    content = (harness.data_folder() / "networks" / "bcr.net").read_bytes() + repr((TIGHTEST, SPANS)).encode()
    path = cache_folder() / f"bcr_reference_{hashlib.sha256(content).hexdigest()[:16]}.npz"
    if not path.exists():
        print("computing the BCR reference with CVODE, once; about a minute", file=sys.stderr)
        made = _compute(bcr_network())
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{os.getpid()}-{path.name}")
        np.savez(partial, t=made.t, y=made.y, names=np.array(made.names), agreement=made.agreement)
        partial.replace(path)
    with np.load(path, allow_pickle=False) as stored:
        return Reference(stored["t"], stored["y"], stored["names"].tolist(), stored["agreement"])


def errors(y: Floats, reference: Reference, until: float, floor: float = 1.0) -> dict[str, Any]:
    """Error norms over all output times up to `until`.

    Parameters
    ----------
    y : ndarray, shape (n_species, n_times)
        States at the reference's times.
    floor : float
        Magnitude below which a component's error counts as absolute (1: one molecule).

    Returns
    -------
    dict
        ``l2``: Frobenius norm of the error relative to that of the reference; ``worst``: largest error of
        any component at any time, relative to max(abs(reference), floor); ``component`` and ``time`` of it.
    """
    seen = reference.t <= until
    exact, difference = reference.y[:, seen], np.abs(y - reference.y)[:, seen]
    relative = difference / np.maximum(np.abs(exact), floor)
    row, column = np.unravel_index(np.argmax(relative), relative.shape)
    return {
        "l2": float(np.linalg.norm(difference) / np.linalg.norm(exact)),
        "worst": float(relative[row, column]),
        "component": reference.names[row],
        "time": float(reference.t[seen][column]),
    }


def main() -> int:
    """Print where the two tightest runs differ most."""
    reference = bcr_reference()
    order = np.argsort(reference.agreement)[::-1]
    print(f"{len(reference.names)} species at {reference.t.size} times; two tightest runs agree to")
    print(f"{np.median(reference.agreement):.1e} (median species), {reference.agreement.max():.1e} (worst)")
    for index in order[:5]:
        print(f"  {reference.agreement[index]:.1e}  {reference.names[index]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
