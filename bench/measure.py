"""Timing: whole processes in turns, and SQL beside the sqlite3 shell."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import NamedTuple

FLOOR = (sys.executable, "-c", "import sqlite3")
"""What any Python tool on SQLite takes at least."""


class Timed(NamedTuple):
    """Seconds, the median of the runs; most memory of any run in MB; the worst exit code.

    The system counts the memory of whoever starts a process in: less than that is never seen.
    """

    seconds: float
    peak: float
    code: int


#: the words of a command line, for the n-th run
Words = Callable[[int], Sequence[str]]


def environment(home: Path, **more: str) -> dict[str, str]:
    """What an ordinary user's processes are given: byte code kept, no settings of Python's."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "SYSTEMROOT") if name in os.environ}
    return kept | {"HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config"), **more}


def in_turns(commands: Sequence[Words], env: Mapping[str, str], runs: int) -> list[Timed]:
    """Each command once to warm up, then all of them in turns, `runs` times."""
    seconds: list[list[float]] = [[] for _ in commands]
    peaks, codes = [0.0] * len(commands), [0] * len(commands)
    for turn in range(runs + 1):
        for at, words in enumerate(commands):
            took, peak, code = once(words(turn), env)
            if turn:
                seconds[at].append(took)
            peaks[at], codes[at] = max(peaks[at], peak), max(codes[at], code)
    return [Timed(median(s), p, c) for s, p, c in zip(seconds, peaks, codes, strict=True)]


def once(words: Sequence[str], env: Mapping[str, str]) -> tuple[float, float, int]:
    null = subprocess.DEVNULL
    started = perf_counter()
    child = subprocess.Popen(words, env=env, stdin=null, stdout=null, stderr=null)  # noqa: S603
    _, status, used = os.wait4(child.pid, 0)
    took = perf_counter() - started
    child.returncode = os.waitstatus_to_exitcode(status)
    return took, used.ru_maxrss / 1024, abs(child.returncode)


# ── SQL ───────────────────────────────────────────────────────────────────────────────────────


class Sql(NamedTuple):
    """Seconds that a question's statements take in dealflow's connection, and elsewhere."""

    ours: float
    other: float


def shell() -> str | None:
    return shutil.which("sqlite3")


def sql(path: Path, statements: Sequence[str], runs: int) -> Sql:
    """The same text on the same file, in turns: our connection, and the shell or plain sqlite3."""
    from dealflow.store.connection import connect

    ours, theirs = connect(str(path)), sqlite3.connect(path)
    other = _in_shell if shell() else _in_python
    repeat = max(1, min(50, int(0.1 / _in_python(ours, path, statements, 1))))
    each = [
        (_in_python(ours, path, statements, repeat), other(theirs, path, statements, repeat))
        for _ in range(runs)
    ]
    ours.close()
    theirs.close()
    return Sql(*(median(column) for column in zip(*each, strict=True)))


def _in_python(conn: sqlite3.Connection, _: Path, statements: Sequence[str], repeat: int) -> float:
    """A comment makes each text a new one, so that it is prepared again, as in a new process."""
    started = perf_counter()
    for turn in range(repeat):
        for statement in statements:
            conn.execute(f"{statement} -- {turn} {started}").fetchall()
    return (perf_counter() - started) / repeat


def _in_shell(_: sqlite3.Connection, path: Path, statements: Sequence[str], repeat: int) -> float:
    """The shell's own timer counts whole milliseconds, so its work is repeated and taken apart."""
    once = "".join(f"{statement.rstrip().rstrip(';')};\n" for statement in statements)
    short, long = (_shell(path, once * (1 + times)) for times in (0, repeat))
    return max(long - short, 1e-6) / repeat


def _shell(path: Path, script: str) -> float:
    words = [shell() or "", "-readonly", "-batch", "-cmd", ".output /dev/null", str(path)]
    started = perf_counter()
    subprocess.run(words, input=script.encode(), check=True, capture_output=True)  # noqa: S603
    return perf_counter() - started
