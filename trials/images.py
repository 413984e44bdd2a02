"""What a disk may hold after a power cut: pure, from the operations of one command in their order.

A file's data is certain once the file was synced after it was written; a name once its folder was.
Of everything later, any part may have got to the disk, in any order; a write may be torn between
sectors of 512 bytes; and a write that is lost may have made the file longer, with zeros. Two models
of names: `posix` keeps any of the names that are not certain, `ext4` keeps them in their order and
makes them certain with every sync of a file.

What lies in memory shared by processes (the index of a write-ahead log) is gone with the power.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from random import Random
from typing import NamedTuple

SECTOR = 512
MODELS = ("posix", "ext4")


class Op(NamedTuple):
    """One operation. Files are numbered, so that they can change their names."""

    kind: str
    """write, cut (to a length), sync; name, unname; names (of a folder are synced); answer."""
    file: int = 0
    offset: int = 0
    data: bytes = b""
    name: str = ""


class Start(NamedTuple):
    """What is certain before the first operation: files' content by number, their names."""

    files: Mapping[int, bytes]
    names: Mapping[str, int]


class Image(NamedTuple):
    files: Mapping[str, bytes]
    """Content by name."""
    cut: int
    """How many operations had begun."""
    model: str

    @property
    def key(self) -> int:
        return hash(tuple(sorted(self.files.items())))


def images(start: Start, ops: Sequence[Op], random: Random, most: int) -> Iterator[Image]:
    """Different images, `most` of them if there are so many.

    First each cut with nothing that is not certain, and with all of it. Then by lot, as many from
    each phase between two syncs: most writes are to the journal, and most danger is elsewhere.
    """
    seen: set[tuple[int, bool]] = set()
    told = answered(ops)
    for at, (cut, model, share) in enumerate(_cuts(ops, random)):
        image = _image(start, ops[:cut], model, (share, random))
        mark = image.key, cut >= told
        if mark not in seen:
            seen.add(mark)
            yield image
        if len(seen) >= most or at > 20 * most:
            return


def _cuts(ops: Sequence[Op], random: Random) -> Iterator[tuple[int, str, float]]:
    """Where to cut, by which model, and which share of the uncertain operations to keep."""
    for share in (0.0, 1.0):
        yield from ((cut, model, share) for cut in range(len(ops), -1, -1) for model in MODELS)
    bounds = [0, *(at for at, op in enumerate(ops, 1) if op.kind in {"sync", "names"}), len(ops)]
    phases = [range(low, high + 1) for low, high in pairwise(bounds)]
    while True:
        cut = random.choice(random.choice(phases))
        yield cut, random.choice(MODELS), random.choice((0.05, 0.2, 0.5, 0.8, 0.95))


def answered(ops: Sequence[Op]) -> int:
    """After how many operations the answer was out: at the latest, when all were done."""
    return next((at for at, op in enumerate(ops, 1) if op.kind == "answer"), len(ops))


def _image(start: Start, ops: Sequence[Op], model: str, lot: tuple[float, Random]) -> Image:
    """The operations that are certain, and a share of the others."""
    share, random = lot
    data, names = certain(ops, model)
    files = {number: bytearray(content) for number, content in start.files.items()}
    for at, op in enumerate(ops):
        if op.kind in {"write", "cut"}:
            kept = at in data or random.random() < share
            _apply(files.setdefault(op.file, bytearray()), op, kept, random if share else None)
    there = dict(start.names)
    for at in _kept_names(ops, names, model, lot):
        _rename(there, ops[at])
    content = {name: bytes(files.get(number, b"")) for name, number in there.items()}
    return Image(content, len(ops), model)


def _kept_names(
    ops: Sequence[Op], sure: set[int], model: str, lot: tuple[float, Random]
) -> list[int]:
    """The operations on names that got to the disk, in order."""
    share, random = lot
    named = [at for at, op in enumerate(ops) if op.kind in {"name", "unname"}]
    if model == "posix":
        return [at for at in named if at in sure or random.random() < share]
    open_ = [at for at in named if at not in sure]
    reached = random.randint(0, len(open_)) if 0 < share < 1 else round(share * len(open_))
    return sorted({*sure, *open_[:reached]})


def certain(ops: Sequence[Op], model: str) -> tuple[set[int], set[int]]:
    """Which operations are on the disk for sure: on data, and on names."""
    data: set[int] = set()
    names: set[int] = set()
    for at, op in enumerate(ops):
        if op.kind == "sync":
            data |= {
                n for n in range(at) if ops[n].file == op.file and ops[n].kind in {"write", "cut"}
            }
        if op.kind == "names" or (op.kind == "sync" and model == "ext4"):
            names |= {n for n in range(at) if _is_name_in(ops[n], op, model)}
    return data, names


def _is_name_in(op: Op, sync: Op, model: str) -> bool:
    if op.kind not in {"name", "unname"}:
        return False
    return model == "ext4" or os.path.dirname(op.name) == sync.name


def _apply(file: bytearray, op: Op, kept: bool, random: Random | None) -> None:
    """A write or a cut; one that is not certain may be torn, or leave nothing but length."""
    if op.kind == "cut":
        if kept:
            grown = op.offset - len(file)
            file.extend(bytes(max(0, grown)))
            del file[op.offset :]
        return
    end = op.offset + len(op.data)
    if not kept:
        if random and random.random() < 0.3:
            file.extend(bytes(max(0, end - len(file))))
            _put_sectors(file, op, random)
        return
    file.extend(bytes(max(0, end - len(file))))
    file[op.offset : end] = op.data


def _put_sectors(file: bytearray, op: Op, random: Random) -> None:
    """Some of a write's sectors, often none, never half of one."""
    share = random.choice((0.0, 0.5))
    at = op.offset
    end = op.offset + len(op.data)
    while at < end:
        stop = min(end, (at // SECTOR + 1) * SECTOR)
        if random.random() < share:
            file[at:stop] = op.data[at - op.offset : stop - op.offset]
        at = stop


def _rename(there: dict[str, int], op: Op) -> None:
    if op.kind == "name":
        there[op.name] = op.file
    elif there.get(op.name) == op.file:
        del there[op.name]
