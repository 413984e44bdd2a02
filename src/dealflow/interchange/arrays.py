"""A JSON array as records, one at a time: a file of a million objects is never held as a whole."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import IO, Any

from dealflow.interchange.rejects import Reject, file_fault
from dealflow.patterns import pattern

_BLOCK = 1 << 16
_BLANKS = pattern(r"[\s,]*")

Members = Callable[[list[tuple[str, Any]]], dict[str, Any]]


def members(text: IO[str], pairs: Members) -> Iterator[tuple[int, dict[str, Any]] | Reject]:
    """Each object of the array with the line it starts on. Error: BadRows for what is no array."""
    decoder = json.JSONDecoder(parse_int=str, parse_float=str, object_pairs_hook=pairs)
    buffer, at, line = text.read(_BLOCK).lstrip("\ufeff"), 0, 1
    if not buffer.lstrip().startswith("["):
        raise file_fault("this is not a JSON array", line=1)
    line, at = 1 + buffer.count("\n", 0, buffer.index("[")), buffer.index("[") + 1
    while True:
        start = _after_blanks(buffer, at)
        line += buffer.count("\n", at, start)
        at = start
        if buffer.startswith("]", at):
            return
        try:
            found, end = decoder.raw_decode(buffer, at)
        except (ValueError, RecursionError) as exc:
            more = text.read(max(_BLOCK, len(buffer) - at))
            if not more:
                told = getattr(exc, "msg", exc)
                raise file_fault(f"this is not JSON from line {line} on: {told}") from None
            buffer, at = buffer[at:] + more, 0
            continue
        if isinstance(found, dict):
            yield line, found
        else:
            yield Reject(line, [buffer[at:end]], "not a JSON object: every member is one record")
        line += buffer.count("\n", at, end)
        at = end


def _after_blanks(buffer: str, at: int) -> int:
    found = _BLANKS.match(buffer, at)
    return found.end() if found else at
