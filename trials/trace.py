"""System calls as strace sees them: what a command does to its files, and faults put into it.

Never with strace's --seccomp-bpf: it drops the signals that are to be injected without a word.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from trials.report import CannotRun
from trials.world import Said, World

_READING, _WRITING = ("read", "pread64"), ("write", "pwrite64", "ftruncate", "fsync", "fdatasync")
_NAMING = ("unlink", "link", "linkat", "rename", "renameat")
FILE_CALLS = ("openat", *_READING, *_WRITING, *_NAMING, "fcntl")
CHANGES = ("openat", *_WRITING, *_NAMING)
"""What leaves a trace on a disk."""
_LINE = re.compile(r"(\w+)\((.*)\)\s+= (-?\d+|\?)(.*)")
_STRING = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_BESIDE = re.compile(r"<((?:\\x[0-9a-f]{2})+)>")


class Call(NamedTuple):
    name: str
    nth: int
    """Among the process's calls of this name, from 1 on."""
    args: str
    result: int
    rest: str
    """What strace says behind the result."""

    @property
    def strings(self) -> list[bytes]:
        """The texts and buffers among the arguments."""
        return [unhexed(found) for found in _STRING.findall(self.args)]

    @property
    def paths(self) -> list[str]:
        """Every path that the call has a descriptor of, or names."""
        beside = [_text(path) for path in _BESIDE.findall(self.args)]
        if not self.args.startswith(("AT_FDCWD", '"')):
            return beside
        named = [text.decode(errors="replace") for text in self.strings]
        return [str(Path(*(beside[:1]), name)) for name in named]

    @property
    def injected(self) -> bool:
        return "(INJECTED)" in self.rest

    def touches(self, folder: Path) -> bool:
        """Whether it is about something in the folder, or the folder itself."""
        return any(Path(path).is_relative_to(folder) for path in self.paths)


def _text(hexed: str) -> str:
    return unhexed(hexed).decode(errors="replace")


def unhexed(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))


def need_strace() -> None:
    if shutil.which("strace") is None:
        raise CannotRun("strace is not installed (apt-get install strace)")


def traced(
    world: World, words: Sequence[str], calls: Sequence[str], *more: str
) -> tuple[Said, list[Call]]:
    """A run under strace with whole buffers, and its calls in order."""
    log = world.folder / "strace.log"
    chosen = ("-e", f"trace={','.join(calls)}")
    wrap = ("strace", "-y", "-xx", "-s", "10000000", *more, "-o", str(log), *chosen)
    said = world.run(*words, wrap=wrap)
    return said, list(parsed(log.read_text(encoding="ascii", errors="replace").splitlines()))


def parsed(lines: Sequence[str]) -> Iterator[Call]:
    """The calls in strace's lines. A call that never returned has the result -1."""
    count: dict[str, int] = {}
    for line in lines:
        found = _LINE.match(line)
        if found:
            name, args, result, rest = found.groups()
            count[name] = count.get(name, 0) + 1
            yield Call(name, count[name], args, -1 if result == "?" else int(result), rest)
