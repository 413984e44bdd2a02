"""The disk is full, in three ways: a limit on the file, a small tmpfs, a small ext4 in a loop.

Commands are given until one is refused. It says so with exit 7, questions are answered while the
disk is full, nothing acknowledged is lost, and once there is room again, writing works.

With a write-ahead log even a question needs room, for the log's index, when nobody else has the
file open: it may be refused, with exit 7. Those are counted.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random

from trials import files
from trials.report import CannotRun, Report
from trials.world import Said, Setup, World

FULL = 7
_LIMITED = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
os.execvp(sys.argv[2], sys.argv[2:])
"""
_KB = 1024
_LONG = " and so on" * 1500
"""A note that fills the disk quickly."""


def run(setup: Setup, report: Report) -> None:
    """Each way with both journals; the mounts are for root, and go with their own namespace."""
    rounds = setup.pick(1, 3, 12)
    for journal in ("rollback", "wal"):
        report.group(f"limit on the file, {journal}", *_limited(setup, journal, rounds))
    for kind in ("tmpfs", "ext4"):
        for journal in ("rollback", "wal"):
            label = f"small {kind}, {journal}"
            try:
                with small_disk(setup, kind) as world:
                    report.group(label, *_filled(world, journal, rounds, setup.random))
            except CannotRun as exc:
                report.lacks(label, str(exc))


def _limited(setup: Setup, journal: str, rounds: int) -> tuple[Counter[str], list[str]]:
    """No file may grow beyond a little more than the database has now."""
    with setup.world() as world:
        world.init()
        world.ok("add", "First")
        files.set_journal(world.db, journal)
        count, bad = _new_count(), list[str]()
        random, acknowledged = setup.random, list[str]()
        for more in [0, 4, 8, 12, 16, 24, 40, 64][: 2 + rounds]:
            limit = world.db.stat().st_size + more * _KB
            wrap = (sys.executable, "-c", _LIMITED, str(limit))
            _until_refused(world, random, wrap, (count, acknowledged, bad))
        bad += _aftermath(world, acknowledged, count)
        return count, bad


def _new_count() -> Counter[str]:
    return Counter({"acknowledged": 0, "refused": 0, "lost": 0, "not answered": 0})


@contextmanager
def small_disk(setup: Setup, kind: str) -> Iterator[World]:
    """A world whose place is a file system of its own with little room."""
    with setup.world() as world:
        mount = _mount(kind, world.folder)
        if subprocess.run([*mount, str(world.place)], capture_output=True, check=False).returncode:
            raise CannotRun(f"a {kind} of its own cannot be mounted (root is needed)")
        try:
            yield world
        finally:
            subprocess.run(["umount", "--lazy", str(world.place)], check=False)  # noqa: S607


def _mount(kind: str, folder: Path) -> list[str]:
    if os.geteuid():
        raise CannotRun(f"a {kind} of its own is for root")
    if kind == "tmpfs":
        return ["mount", "-t", "tmpfs", "-o", "size=4m", "none"]
    if shutil.which("mkfs.ext4") is None:
        raise CannotRun("mkfs.ext4 is not installed (e2fsprogs)")
    image = folder / "disk.img"
    image.write_bytes(bytes(4096 * _KB))
    subprocess.run(["mkfs.ext4", "-q", "-b", "4096", str(image)], check=True)  # noqa: S607
    return ["mount", "-o", "loop", str(image)]


def _filled(
    world: World, journal: str, rounds: int, random: Random
) -> tuple[Counter[str], list[str]]:
    """The disk is filled by something else, to a little less each time."""
    world.init()
    world.ok("add", "First")
    files.set_journal(world.db, journal)
    count, bad, acknowledged = _new_count(), list[str](), list[str]()
    ballast = world.place / "ballast"
    for turn in range(2 + rounds):
        _fill_up(ballast, free=turn * 40 * _KB)
        _until_refused(world, random, (), (count, acknowledged, bad))
        ballast.unlink()
    bad += _aftermath(world, acknowledged, count)
    return count, bad


def _fill_up(path: Path, free: int) -> None:
    with path.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(_KB)):
                pass
        except OSError:
            pass
        file.truncate(max(0, file.tell() - free))


def _until_refused(
    world: World,
    random: Random,
    wrap: Sequence[str],
    kept: tuple[Counter[str], list[str], list[str]],
) -> None:
    """Write until nothing fits any more; then what is there can still be read."""
    count, acknowledged, bad = kept
    for turn in range(60):
        token = files.token(random)
        line = ("log", "1", "call", token + _LONG) if turn % 2 else ("add", token)
        said = world.run(*line, wrap=wrap)
        if said.code == 0:
            count["acknowledged"] += 1
            acknowledged.append(token)
            continue
        count["refused"] += 1
        bad += _refusal(said, token in files.footprints(world.db))
        break
    else:
        bad.append("sixty commands, and none was refused")
    for line in (("list", "--json"), ("db", "check")):
        said = world.run(*line, wrap=wrap)
        count["not answered"] += said.code != 0
        if said.code and not (said.code == FULL and files.journal(world.db) == "wal"):
            bad.append(f"while the disk is full, {' '.join(line)} fails: {said.told}")


def _refusal(said: Said, there: bool) -> list[str]:
    wrong = ["a refused change is there"] if there else []
    if said.code != FULL:
        wrong.append("not exit 7")
    if said.traceback or not said.err.strip():
        wrong.append("a traceback, or no word at all")
    return [f"{what}; {said.told}" for what in wrong]


def _aftermath(world: World, acknowledged: Sequence[str], count: Counter[str]) -> list[str]:
    """With room again: everything acknowledged is there, the file is sound, and can be written."""
    there = files.footprints(world.db)
    lost = [token for token in acknowledged if token not in there]
    count["lost"] += len(lost)
    bad = [f"lost: {token} was acknowledged" for token in lost]
    said = world.run("add", "Afterwards")
    if said.code:
        bad.append(f"with room again, add fails: {said.told}")
    return bad + world.unsound()
