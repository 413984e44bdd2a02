"""Somebody else holds the file: a command waits, gives up in time, and can be interrupted.

To each limit of time come five calm commands, which on a busy computer are seconds.
"""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import perf_counter, sleep

from trials.report import Report
from trials.world import Said, Setup, World, finish, median_of

BUSY, INTERRUPTED = 6, 130
_HOLD = """
import sqlite3, sys, time
conn = sqlite3.connect(sys.argv[1], isolation_level=None)
conn.execute(f"BEGIN {sys.argv[2]}")
print("held", flush=True)
time.sleep(float(sys.argv[3]))
conn.execute("ROLLBACK")
"""
_LINES = {"IMMEDIATE": ("add", "Waiting"), "EXCLUSIVE": ("list",)}
"""What each lock keeps out: a reader only the stronger one."""
#: a lock, and the seconds that a calm command takes
Kind = tuple[str, float]


def run(setup: Setup, report: Report) -> None:
    """Holding for two seconds, and for longer than anybody waits."""
    for lock, line in _LINES.items():
        for name, case in (("waits", _waits), ("gives up", _gives_up), ("Ctrl-C", _interrupted)):
            if setup.size or lock == "IMMEDIATE":
                with setup.world() as world:
                    world.init()
                    usual = median_of(world, "list")
                    figures, bad = case(world, (lock, usual), line)
                    bad += world.unsound()
                    report.group(f"{line[0]} {name} at a lock {lock.lower()}", figures, bad)
    with setup.world() as world:
        world.init()
        report.group("add on a terminal", *_on_terminal(world))


@contextmanager
def held(world: World, lock: str, seconds: float) -> Iterator[None]:
    """Somebody else has the file locked, for so many seconds or until the block ends."""
    words = [sys.executable, "-c", _HOLD, str(world.db), lock, str(seconds)]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as child:
        assert child.stdout
        child.stdout.readline()
        try:
            yield
        finally:
            child.kill()


def _waits(world: World, kind: Kind, line: Sequence[str]) -> tuple[dict[str, float], list[str]]:
    lock, usual = kind
    with held(world, lock, 2):
        said = world.run(*line)
    bad = [] if said.code == 0 else [f"did not wait for two seconds; {said.told}"]
    bad += [] if said.seconds > 1 else ["was done before the lock went"]
    bad += [] if said.seconds < 4 + 5 * usual else [f"went on only after {said.seconds:.1f} s"]
    return {"seconds": said.seconds}, bad


def _gives_up(world: World, kind: Kind, line: Sequence[str]) -> tuple[dict[str, float], list[str]]:
    lock, usual = kind
    with held(world, lock, 60):
        said = world.run(*line, limit=30)
    bad = [] if said.code == BUSY else [f"not exit {BUSY}; {said.told}"]
    bad += [] if 8 < said.seconds <= 12 + 5 * usual else [f"gave up after {said.seconds:.1f} s"]
    return {"seconds": said.seconds}, bad + _told(said)


def _told(said: Said) -> list[str]:
    return [] if "someone else is writing" in said.err else [f"does not say why; {said.told}"]


def _interrupted(
    world: World, kind: Kind, line: Sequence[str]
) -> tuple[dict[str, float], list[str]]:
    lock, usual = kind
    with held(world, lock, 60):
        started = perf_counter()
        child = world.start(*line)
        sleep(1.5)
        sent = perf_counter()
        child.send_signal(signal.SIGINT)
        said = finish(child, started, 20)
        took = perf_counter() - sent
    bad = [] if said.code == INTERRUPTED else [f"not exit {INTERRUPTED}; {said.told}"]
    bad += [] if took <= 0.5 + 5 * usual else [f"took {took:.2f} s to stop"]
    return {"seconds": took}, bad + (["a traceback"] if said.traceback else [])


def _on_terminal(world: World) -> tuple[dict[str, float], list[str]]:
    """After a second a person is told what is waited for."""
    usual = median_of(world, "list")
    ours, theirs = pty.openpty()
    with held(world, "IMMEDIATE", 3 + 2 * usual):
        child = subprocess.Popen(
            [*world.program, "add", "Patient"],
            env=world.env,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
        started = perf_counter()
        os.close(theirs)
        said = os.read(ours, 4096).decode(errors="replace")
        took = perf_counter() - started
        child.wait(30)
    os.close(ours)
    bad = [] if "waiting" in said.lower() else [f"does not say that it waits: {said[:80]!r}"]
    bad += [] if 0.9 < took < 2.5 + 5 * usual else [f"says so after {took:.1f} s"]
    return {"told after seconds": took}, bad
