"""Random streams: published answers of Philox, exponential numbers to the last bits, streams that never meet."""

import numpy as np
import pytest

from symnum.integrators.stochastic import layout as at
from symnum.integrators.stochastic.philox import philox_words
from symnum.integrators.stochastic.streams import BLOCK, EXPONENTIAL, UNIFORM, refill

# Known answers of Random123 for philox4x32-10: counter, key, result.
KNOWN = [
    ([0, 0, 0, 0], [0, 0], [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]),
    ([0xFFFFFFFF] * 4, [0xFFFFFFFF] * 2, [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]),
    (
        [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344],
        [0xA4093822, 0x299F31D0],
        [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1],
    ),
]


class Stream:
    """One stream, read block by block."""

    def __init__(self, seed: int, trajectory: int) -> None:
        self.integers = np.zeros(at.INTEGERS, np.int64)
        self.buffers = np.zeros(2 * BLOCK)
        self.integers[at.I_SEED] = np.uint64(seed).astype(np.int64)
        self.integers[at.I_TRAJECTORY] = trajectory
        self.integers[at.I_BLOCKS] = self.buffers.ctypes.data

    def block(self, kind: int) -> np.ndarray:
        refill(self.integers.ctypes.data, kind)
        return self.buffers[kind * BLOCK : (kind + 1) * BLOCK].copy()

    def numbers(self, kind: int, blocks: int) -> np.ndarray:
        return np.concatenate([self.block(kind) for _ in range(blocks)])


@pytest.mark.parametrize(("counter", "key", "expected"), KNOWN)
def test_philox_gives_the_published_words(counter: list[int], key: list[int], expected: list[int]) -> None:
    given, out = np.array(counter + key, np.int64), np.zeros(4, np.int64)
    philox_words(given.ctypes.data, out.ctypes.data)
    assert out.tolist() == expected


def words(counter: list[int], seed: int) -> list[int]:
    given = np.array([*counter, seed & 0xFFFFFFFF, seed >> 32], np.int64)
    out = np.zeros(4, np.int64)
    philox_words(given.ctypes.data, out.ctypes.data)
    return [int(w) for w in out]


def test_uniform_numbers_are_the_words_of_their_counters() -> None:
    seed, trajectory = 0xFEDCBA9876543210, (7 << 32) + 5
    got = Stream(seed, trajectory).numbers(UNIFORM, 2)
    expected = []
    for block in range(2):
        all_words = [words([block * BLOCK // 2 + j, 0, 5, 7], seed) for j in range(BLOCK // 2)]
        for low, high in ((0, 1), (2, 3)):
            expected += [(((w[high] << 20) | (w[low] >> 12)) + 0.5) * 2.0**-52 for w in all_words]
    assert got.tolist() == expected


def test_exponential_numbers_are_logarithms_of_their_own_counters() -> None:
    got = Stream(3, 0).numbers(EXPONENTIAL, 50)
    uniform = []
    for block in range(50):
        all_words = [words([block * BLOCK // 2 + j, 1 << 28, 0, 0], 3) for j in range(BLOCK // 2)]
        for low, high in ((0, 1), (2, 3)):
            uniform += [(((w[high] << 20) | (w[low] >> 12)) + 0.5) * 2.0**-52 for w in all_words]
    np.testing.assert_array_max_ulp(got, -np.log(np.array(uniform)), 3)


def test_streams_are_the_same_again_and_differ_between_seeds_trajectories_and_kinds() -> None:
    first = Stream(1, 2).numbers(UNIFORM, 3)
    assert np.array_equal(first, Stream(1, 2).numbers(UNIFORM, 3))
    mixed = Stream(1, 2)
    parts = []
    for _ in range(3):  # exponential numbers in between change nothing
        parts.append(mixed.block(UNIFORM))
        mixed.block(EXPONENTIAL)
    assert np.array_equal(first, np.concatenate(parts))
    others = [Stream(2, 2), Stream(1, 3), Stream(1 << 32, 2), Stream(1, 2 << 32)]
    numbers = np.concatenate([first, *(s.numbers(UNIFORM, 3) for s in others)])
    assert len(np.unique(numbers)) == len(numbers)


def test_moments() -> None:
    count = 2000 * BLOCK
    uniform = Stream(11, 0).numbers(UNIFORM, 2000)
    waiting = Stream(11, 0).numbers(EXPONENTIAL, 2000)
    assert 0.0 < uniform.min() < uniform.max() < 1.0
    assert waiting.min() > 0.0
    # Five standard deviations of each estimate.
    assert abs(uniform.mean() - 0.5) < 5 * np.sqrt(1 / 12 / count)
    assert abs(waiting.mean() - 1.0) < 5 / np.sqrt(count)
    assert abs(waiting.var() - 1.0) < 5 * np.sqrt(8.0 / count)
    halves = np.bincount((uniform * 64).astype(int), minlength=64)
    assert np.sum((halves - count / 64) ** 2) / (count / 64) < 63 + 5 * np.sqrt(2 * 63)
