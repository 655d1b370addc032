"""Memory of a device that does not exist, which refuses what a device would silently do: strange addresses, races."""

from dataclasses import dataclass
from typing import Any

import numpy as np

GLOBAL_START, GAP = 0x7F00_0000_0000, 1 << 20


class PtxFault(Exception):
    """What a program must not do."""


@dataclass
class Lanes:
    """The threads of a launch: their blocks, and how many barriers each has passed."""

    launch: int
    block: Any
    epoch: Any


class Region:
    """Bytes from an address on. Accesses of one launch are remembered: who wrote and read what, between which barriers.

    `known` holds which elements have been written, where that matters.
    """

    def __init__(self, base: int, size: int, name: str = "", known: bool = True) -> None:
        self.base, self.size, self.name = base, size, name
        self.data = np.zeros(-(-size // 8) * 8, np.uint8)
        self.width = 0
        self.known = None if known else np.zeros(-(-size // 4), bool)

    def _prepare(self, width: int) -> None:
        if self.width == width:
            return
        if self.width:
            raise PtxFault(f"{self.name}: elements of {self.width} and of {width} bytes")
        self.width, count = width, max(-(-self.size // width), 1)
        self.write_launch, self.read_launch = np.zeros(count, np.int64), np.zeros(count, np.int64)
        self.writer, self.reader = np.zeros(count, np.int64), np.zeros(count, np.int64)
        self.write_epoch, self.read_epoch = np.zeros(count, np.int64), np.zeros(count, np.int64)
        self.several, self.several_blocks = np.zeros(count, bool), np.zeros(count, bool)

    def places(self, addresses: Any, width: int) -> Any:
        """Indices of elements; refuses those outside and those between elements."""
        offset = addresses.astype(np.int64) - self.base
        if np.any((offset < 0) | (offset + width > self.size)):
            bad = offset[(offset < 0) | (offset + width > self.size)][0]
            raise PtxFault(f"{self.name}: byte {bad} of {self.size}")
        if np.any(offset % width):
            raise PtxFault(f"{self.name}: address {offset[0]} is no multiple of {width}")
        return offset // width

    def load(self, addresses: Any, width: int, who: Any, lanes: Lanes | None) -> Any:
        """Read elements."""
        places = self.places(addresses, width)
        if lanes is not None:
            self._note_read(places, width, who, lanes)
            if self.known is not None and not np.all(self.known[places]):
                raise PtxFault(f"{self.name}: element {places[~self.known[places]][0]} is read before it is written")
        return self.data.view(f"<u{width}")[places]

    def store(self, addresses: Any, values: Any, width: int, who: Any, lanes: Lanes | None) -> None:
        """Write elements."""
        places = self.places(addresses, width)
        if lanes is not None:
            self._note_write(places, width, who, lanes)
            if self.known is not None:
                self.known[places] = True
        self.data.view(f"<u{width}")[places] = values

    def _note_read(self, places: Any, width: int, who: Any, lanes: Lanes) -> None:
        self._prepare(width)
        block, epoch = lanes.block[who], lanes.epoch[who]
        writer = np.minimum(self.writer[places], len(lanes.block) - 1)  # numbers of earlier launches mean nothing
        late = (self.write_launch[places] == lanes.launch) & (writer != who)
        late &= (lanes.block[writer] != block) | (self.write_epoch[places] == epoch)
        if np.any(late):
            raise PtxFault(f"{self.name}: element {places[late][0]} is read while another thread writes it")
        again = self.read_launch[places] == lanes.launch
        reader = np.minimum(self.reader[places], len(lanes.block) - 1)
        same_time = again & (self.read_epoch[places] == epoch)
        several = same_time & (self.several[places] | (reader != who))
        blocks = again & (self.several_blocks[places] | (lanes.block[reader] != block))
        self.read_launch[places], self.reader[places], self.read_epoch[places] = lanes.launch, who, epoch
        last = self.reader[places]
        self.several[places], self.several_blocks[places] = several, blocks
        together = last != who
        self.several[places[together]] = True
        self.several_blocks[places[together & (lanes.block[last] != block)]] = True

    def _note_write(self, places: Any, width: int, who: Any, lanes: Lanes) -> None:
        self._prepare(width)
        block, epoch = lanes.block[who], lanes.epoch[who]
        writer, reader = (np.minimum(who_did[places], len(lanes.block) - 1) for who_did in (self.writer, self.reader))
        twice = (self.write_launch[places] == lanes.launch) & (writer != who)
        twice &= (lanes.block[writer] != block) | (self.write_epoch[places] == epoch)
        read = self.read_launch[places] == lanes.launch
        now = (self.read_epoch[places] == epoch) & (self.several[places] | (reader != who))
        read &= self.several_blocks[places] | (lanes.block[reader] != block) | now
        self.write_launch[places], self.writer[places], self.write_epoch[places] = lanes.launch, who, epoch
        twice |= self.writer[places] != who
        if np.any(twice | read):
            place = places[twice | read][0]
            raise PtxFault(f"{self.name}: element {place} is written while another thread reads or writes it")


class GlobalMemory:
    """What has been allocated, with gaps between."""

    def __init__(self) -> None:
        self.regions: dict[int, Region] = {}
        self._next = GLOBAL_START

    def allocate(self, size: int, name: str = "global memory", align: int = 256) -> Region:
        """Reserve bytes."""
        base = -(-self._next // align) * align
        self._next = base + size + GAP
        self.regions[base] = Region(base, size, name)
        return self.regions[base]

    def find(self, address: int, size: int = 1) -> Region:
        """Return the region that holds some bytes."""
        for region in self.regions.values():
            if region.base <= address and address + size <= region.base + region.size:
                return region
        raise PtxFault(f"{size} bytes at {address:#x} belong to no memory of the device")

    def groups(self, addresses: Any, width: int) -> list[tuple[Region, Any]]:
        """Return regions with masks of the addresses in each."""
        low = self.find(int(addresses.min()), width)
        if int(addresses.max()) + width <= low.base + low.size:
            return [(low, slice(None))]
        found = []
        left = np.ones(addresses.shape, bool)
        while left.any():
            region = self.find(int(addresses[left][0]), width)
            inside = left & (addresses >= region.base) & (addresses + width <= region.base + region.size)
            found.append((region, inside))
            left &= ~inside
        return found
