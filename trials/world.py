"""A scratch world: a folder for the file, a home of its own, and the program run in it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from time import perf_counter, sleep
from typing import NamedTuple

from trials import files, server

NOW = "2026-07-01T10:00:00+08:00"
"""A Wednesday morning, at which trials stand still that compare content."""
#: exit codes that docs/reference.md lists; 1 is a bug
DOCUMENTED = frozenset({0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 130, 141})
_PIPELINE = """\
key = "plain"
name = "Plain"
[[stage]]
key = "first"
name = "First"
[[stage]]
key = "second"
name = "Second"
[[stage]]
key = "third"
name = "Third"
[[stage]]
key = "won"
name = "Won"
won = true
"""
"""Stages that ask for nothing, so that deals can be moved to and fro."""


class Said(NamedTuple):
    """What a run answered. A negative code is the signal that ended it."""

    code: int
    out: str
    err: str
    seconds: float

    @property
    def traceback(self) -> bool:
        return "Traceback (most recent call last)" in self.err + self.out

    @property
    def told(self) -> str:
        """The exit code with the first line of what was said."""
        return f"exit {self.code}: {self.err.strip().partition(chr(10))[0][:160]}"


@dataclass(frozen=True)
class Setup:
    """How a trial is to be run: which program, how large (0 tiny, 1 small, 2 full), the seed."""

    program: tuple[str, ...] = (str(Path(sys.executable).parent / "dealflow"),)
    size: int = 1
    seed: int = 1
    jobs: int = os.cpu_count() or 1
    server: str = ""
    """The address of a server on which to try it, instead of with files; '' for files."""
    only: tuple[str, ...] = ()
    """The commands that are tried, by name, where a trial tries many; () for all of its size."""
    cases: int = 0
    """How many faults of each command are drawn by lot; 0 for all of the trial's size."""

    def pick(self, tiny: int, small: int, full: int) -> int:
        return (tiny, small, full)[self.size]

    @property
    def random(self) -> Random:
        return Random(self.seed)

    @contextmanager
    def world(self, **env: str) -> Iterator[World]:
        """A new, empty world, gone afterwards."""
        made = server.database(self.server) if self.server else nullcontext("")
        with tempfile.TemporaryDirectory(prefix="trial-") as folder, made as address:
            world = World(Path(folder).resolve(), self.program, env, address)
            world.place.mkdir()
            world.home.mkdir()
            yield world


@dataclass(frozen=True)
class World:
    folder: Path
    program: tuple[str, ...]
    more: Mapping[str, str] = field(default_factory=dict)
    address: str = ""
    """Of the database, if it is on a server."""

    @property
    def place(self) -> Path:
        """The folder in which the database lies, and everything that belongs to it."""
        return self.folder / "place"

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def db(self) -> Path:
        return self.place / "team.db"

    @property
    def env(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        ours = {"HOME": str(self.home), "DEALFLOW_REP": "li"}
        ours["DEALFLOW_DB"] = self.address or str(self.db)
        return {**kept, **ours, "PYTHONHASHSEED": "0", **self.more}

    def run(self, *words: str, wrap: Sequence[str] = (), limit: float = 120, **env: str) -> Said:
        """Run the program to its end; a run that takes longer than `limit` seconds is killed."""
        started = perf_counter()
        child = self.start(*words, wrap=wrap, **env)
        return finish(child, started, limit)

    def start(self, *words: str, wrap: Sequence[str] = (), **env: str) -> subprocess.Popen[bytes]:
        pipe = subprocess.PIPE
        return subprocess.Popen(
            [*wrap, *self.program, *words],
            env=self.env | env,
            cwd=self.place,
            stdin=subprocess.DEVNULL,
            stdout=pipe,
            stderr=pipe,
        )

    def stopped(self, *words: str, after: float, by: int = signal.SIGKILL) -> Said:
        """Run the program and send it a signal after so many seconds, if it still runs."""
        started = perf_counter()
        child = self.start(*words)
        sleep(after)
        child.send_signal(by)
        return finish(child, started, 60)

    def ok(self, *words: str) -> Said:
        """A run that has to succeed for the trial to mean anything."""
        said = self.run(*words, limit=900)
        if said.code:
            raise RuntimeError(f"{' '.join(words)}: {said.told}\n{said.err}")
        return said

    def init(self) -> None:
        """A database with the plain pipeline, and the reps li and mei."""
        path = self.folder / "plain.toml"
        path.write_text(_PIPELINE, encoding="utf-8")
        pipelines = ("--pipeline", str(path), "--pipeline", "en")
        self.ok("init", *pipelines, "--currency", "CNY", "--timezone", "Asia/Shanghai")
        self.ok("reps", "add", "mei")

    def copied(self, folder: Path) -> World:
        """The world as it lies there now, in another folder, in place of what was there."""
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.folder, folder, symlinks=True)
        return replace(self, folder=folder)

    def footprints(self) -> dict[str, files.Footprint]:
        """Every token in the database, with the places where it stands."""
        return server.footprints(self.address) if self.address else files.footprints(self.db)

    def unsound(self, *, check: bool = True) -> list[str]:
        """What is wrong with the database, by SQLite and by the program's own check."""
        found = [] if self.address else files.unsound(self.db)
        if check:
            said = self.run("db", "check")
            found += [f"db check: {said.told} {said.out[:200]}"] if said.code else []
        return found


def finish(child: subprocess.Popen[bytes], started: float, limit: float) -> Said:
    """Wait for a run; one that does not end in time is killed and says so."""
    try:
        out, err = child.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        child.kill()
        out, err = child.communicate()
        err += b"\nstill running at the time limit, and killed"
    took = perf_counter() - started
    return Said(child.returncode, out.decode(errors="replace"), err.decode(errors="replace"), took)


def median_of(world: World, *words: str, runs: int = 5) -> float:
    """Seconds that a command takes here."""
    return sorted(world.run(*words).seconds for _ in range(runs))[runs // 2]
