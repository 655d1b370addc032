"""Bytes of the few AVX and FMA instructions that sums of products need.

Encodings: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, VEX prefix.
All registers are xmm0 to xmm15 holding one double; all memory operands are base + displacement
with a base among rax, rcx, rdx, rsi, rdi, so that no operand needs a SIB byte or a REX.B bit.
"""

from enum import IntEnum
from functools import cache

__all__ = ["BASES", "BIAS", "Code", "encode_constant", "encode_memory", "encode_register", "encode_store"]


class Code(IntEnum):
    """Instructions `destination <- first op second`; FMA adds to its destination."""

    LOAD = 0
    ADD = 1
    SUBTRACT = 2
    MULTIPLY = 3
    DIVIDE = 4
    SQRT = 5
    MULTIPLY_ADD = 6
    NEGATIVE_MULTIPLY_ADD = 7
    ZERO = 8


# Base registers by the name of what they point to.
BASES = {"w": 0, "out": 1, "k": 2, "p": 6, "y": 7}
# Pointers are moved up by this many bytes, so that the first 32 doubles have short displacements.
BIAS = 128

_OPCODE: dict[int, int] = {
    Code.LOAD: 0x10,
    Code.ADD: 0x58,
    Code.SUBTRACT: 0x5C,
    Code.MULTIPLY: 0x59,
    Code.DIVIDE: 0x5E,
    Code.SQRT: 0x51,
    Code.MULTIPLY_ADD: 0xB9,
    Code.NEGATIVE_MULTIPLY_ADD: 0xBD,
}
_FMA = (Code.MULTIPLY_ADD, Code.NEGATIVE_MULTIPLY_ADD)


@cache
def _prefix(code: int, destination: int, first: int, high_second: bool) -> bytes:
    """Return VEX prefix and opcode for a scalar double instruction."""
    inverted_r = 0 if destination & 8 else 0x80
    vvvv = (~first & 15) << 3
    if code in _FMA:  # map 0F38, pp 66, W1
        return bytes((0xC4, inverted_r | 0x40 | (0 if high_second else 0x20) | 2, 0x80 | vvvv | 1, _OPCODE[code]))
    if high_second:  # map 0F, pp F2
        return bytes((0xC4, inverted_r | 0x40 | 1, vvvv | 3, _OPCODE[code]))
    return bytes((0xC5, inverted_r | vvvv | 3, _OPCODE[code]))


@cache
def _register_form(code: int, destination: int, first: int, second: int) -> bytes:
    return _prefix(code, destination, first, second >= 8) + bytes((0xC0 | (destination & 7) << 3 | second & 7,))


def _address(register: int, base: int, displacement: int) -> bytes:
    if -128 <= displacement < 128:
        return bytes((0x40 | (register & 7) << 3 | base, displacement & 0xFF))
    return bytes((0x80 | (register & 7) << 3 | base,)) + displacement.to_bytes(4, "little", signed=True)


def encode_memory(code: int, destination: int, first: int, base: int, index: int) -> bytes:
    """Return `destination <- first op base[index]`.

    Examples
    --------
    >>> encode_memory(Code.ADD, 1, 2, BASES["y"], 16).hex(" ")
    'c5 eb 58 4f 00'
    """
    prefix = _prefix(code, destination, 0 if code == Code.LOAD else first, False)
    return prefix + _address(destination, base, 8 * index - BIAS)


def encode_register(code: int, destination: int, first: int, second: int) -> bytes:
    """Return `destination <- first op second`; `LOAD` copies and `ZERO` clears."""
    if code == Code.ZERO:  # vxorpd d, d, d
        return _move(0x57, destination, destination, destination)
    if code == Code.LOAD:  # vmovapd d, second
        return _move(0x28, destination, 0, second)
    return _register_form(code, destination, first, second)


def _move(opcode: int, destination: int, first: int, second: int) -> bytes:
    inverted_r = 0 if destination & 8 else 0x80
    inverted_b = 0 if second & 8 else 0x20
    vvvv = (~first & 15) << 3
    operands = 0xC0 | (destination & 7) << 3 | second & 7
    return bytes((0xC4, inverted_r | 0x40 | inverted_b | 1, vvvv | 1, opcode, operands))


def encode_store(base: int, index: int, register: int) -> bytes:
    """Return `base[index] <- register`."""
    inverted_r = 0 if register & 8 else 0x80
    return bytes((0xC5, inverted_r | 0x78 | 3, 0x11)) + _address(register, base, 8 * index - BIAS)


def encode_constant(code: int, destination: int, first: int, distance: int) -> bytes:
    """Return an instruction whose operand lies `distance` bytes behind its own first byte."""
    prefix = _prefix(code, destination, 0 if code == Code.LOAD else first, False)
    length = len(prefix) + 5
    operand = bytes((0x05 | (destination & 7) << 3,)) + (distance - length).to_bytes(4, "little", signed=True)
    return prefix + operand
