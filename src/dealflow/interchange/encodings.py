"""Which encoding a whole file is in, and why: decided once, for all of it, never row by row.

A byte order mark says it. Else strict UTF-8 comes first: hardly anything else is valid UTF-8 by
chance. What is not UTF-8 is GB18030 only where its pairs of bytes are the common Chinese ones,
because GB18030 reads almost any bytes without complaint; else Windows-1252 where no byte is one
that it does not have. What is neither is refused.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from typing import IO

from dealflow.named import NamedTuple
from dealflow.patterns import pattern

_CHUNK = 1 << 20
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: of pairs that begin with a high byte, this share has to be characters of GB 2312
_CHINESE = 0.9
#: a high byte and the one after it; four bytes where the second is a digit
_PAIR = pattern(rb"[\x81-\xfe][\x30-\x39][\x81-\xfe][\x30-\x39]|[\x80-\xff][\x00-\xff]")
#: signs, full-width forms and hanzi of GB 2312, by rows
_COMMON = pattern(rb"[\xa1-\xa9\xb0-\xf7][\xa1-\xfe]")
_NOT_1252 = pattern(rb"[\x81\x8d\x8f\x90\x9d]")


class Found(NamedTuple):
    """The name of the codec, and how it is told; nothing where it is plain UTF-8."""

    name: str
    why: str = ""


def encoding_of(file: IO[bytes]) -> Found | None:
    """What a seekable file is written in, None for what is neither; it stands at its start then."""
    try:
        return _found(file)
    finally:
        file.seek(0)


def _found(file: IO[bytes]) -> Found | None:
    file.seek(0)
    start = file.read(4096)
    for mark, name in _MARKS:
        if start.startswith(mark):
            return Found(name, "" if name == "utf-8" else "it begins with UTF-16's mark")
    if (wide := _without_mark(start)) and _decodes(file, wide):
        return Found(wide, "every other byte is zero")
    if _decodes(file, "utf-8"):
        return Found("utf-8")
    pairs, common = _pairs(file)
    if common >= _CHINESE * pairs and _decodes(file, "gb18030"):
        return Found("gb18030", "it is not UTF-8, and its bytes pair up as Chinese")
    if not any(map(_NOT_1252.search, _blocks(file))):
        return Found("cp1252", "it is neither UTF-8 nor Chinese, and fits Windows-1252")
    return None


def _without_mark(start: bytes) -> str | None:
    """UTF-16 without a mark: of plain text every other byte is zero."""
    if len(start) < 4:
        return None
    even, odd = start[::2], start[1::2]
    if odd.count(0) > 0.9 * len(odd) and not even.count(0):
        return "utf-16-le"
    return "utf-16-be" if even.count(0) > 0.9 * len(even) and not odd.count(0) else None


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    return iter(lambda: file.read(_CHUNK), b"")


def _decodes(file: IO[bytes], name: str) -> bool:
    decode: Callable[[bytes, bool], str] = codecs.getincrementaldecoder(name)("strict").decode
    try:
        for block in _blocks(file):
            decode(block, False)
        decode(b"", True)
    except UnicodeError:
        return False
    return True


def _pairs(file: IO[bytes]) -> tuple[int, int]:
    """How many pairs begin with a high byte, and how many of them are common Chinese."""
    file.seek(0)
    pairs = common = 0
    for line in file:
        for pair in _PAIR.findall(line):
            pairs += 1
            common += _COMMON.fullmatch(pair) is not None
    return pairs, common
