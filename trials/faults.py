"""The n-th system call on the database's files fails, or is the last one, for every n.

First a command runs calmly, and each of its calls on files in the database's folder is noted. Then
it runs once for each call and fault, from the same start. Whatever happens there, the command is
refused wholly or done, the file is sound, and the next commands work. What comes after a case is
tried once for all cases that leave the same bytes.
"""

from __future__ import annotations

import hashlib
import shutil
import signal
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from threading import local
from typing import NamedTuple

from trials import files
from trials.commands import BACKUPS, COMMANDS, Command, named, prepare
from trials.report import Report
from trials.trace import FILE_CALLS, Call, need_strace, traced
from trials.world import DOCUMENTED, NOW, Said, Setup, World

_SIGNALS = {"SIGKILL": signal.SIGKILL, "SIGINT": signal.SIGINT}
_FAULTS = {
    "openat": ("EIO", "EACCES", "ENOSPC", "EMFILE"),
    "read": ("EIO",),
    "pread64": ("EIO",),
    "write": ("EIO", "ENOSPC"),
    "pwrite64": ("EIO", "ENOSPC"),
    "fsync": ("EIO",),
    "fdatasync": ("EIO", "ENOSPC"),
    "ftruncate": ("EIO",),
    "unlink": ("EIO", "EACCES"),
    "link": ("EIO", "EPERM"),
    "linkat": ("EIO", "EPERM"),
    "rename": ("EIO", "EACCES"),
    "renameat": ("EIO", "EACCES"),
    "fcntl": ("EIO", "ENOLCK", "EAGAIN"),
}


class Case(NamedTuple):
    call: str
    nth: int
    fault: str
    """The name of an error or of a signal."""
    lasting: bool = False
    """Whether all later calls of that name fail too."""

    @property
    def told(self) -> str:
        return f"{self.call} {self.nth}{'+' if self.lasting else ''} {self.fault}"

    @property
    def option(self) -> str:
        kind = "signal" if self.fault in _SIGNALS else "error"
        return f"inject={self.call}:{kind}={self.fault}:when={self.nth}{'+' * self.lasting}"


class State(NamedTuple):
    """What a command can change: the content of the database, and how many backups there are."""

    content: str
    backups: int


class Plan(NamedTuple):
    """A command, the world it starts from, and how that looks before and after."""

    command: Command
    world: World
    before: State
    after: State
    known: dict[str, list[str]]
    """What was wrong after the bytes with this hash."""


def run(setup: Setup, report: Report) -> None:
    """When full, every call of every command fails once and is the last once; besides, and when
    small, a draw of all calls and faults.
    """
    need_strace()
    chosen = named(setup.only) or COMMANDS[: setup.pick(2, 8, len(COMMANDS))]
    for command in chosen:
        sweep(setup, report, command, setup.cases or setup.pick(24, 45, 60))


def sweep(setup: Setup, report: Report, command: Command, most: int) -> None:
    """Try the faults of one command, `most` of them drawn by lot."""
    with setup.world(DEALFLOW_NOW=NOW) as world:
        plan, calls = _calm(world, command)
        cases = set(_every(calls)) if setup.size == 2 and not setup.cases else set()
        others = sorted({*_cases(calls, lasting=setup.size == 2)} - cases)
        cases |= {*setup.random.sample(others, min(most, len(others)))}
        found = _tried(setup, plan, sorted(cases))
    count = Counter(outcome for _, outcome, _ in found)
    bad = [f"{case.told}: {why}" for case, _, wrong in found for why in wrong]
    figures = {
        "calls": len(calls),
        "cases": len(cases),
        "refused": count["refused"],
        "done": count["done"],
    }
    report.group(command.name, {**figures, "ended by the signal": count["ended"]}, bad)


def _calm(world: World, command: Command) -> tuple[Plan, list[Call]]:
    """Prepare the start, run the command once in a copy, and list its calls on the files."""
    prepare(world, command)
    for name in ("once", "twice"):  # the first run may still compile Python
        calm = world.copied(world.folder.with_name(f"{world.folder.name}-{name}"))
        said, calls = traced(calm, command.words, FILE_CALLS)
        after = _state(calm)
        _remove(calm)
    if said.code:
        raise RuntimeError(f"{command.name} does not work: {said.told}")
    plan = Plan(command, world, _state(world), after, {})
    return plan, [call for call in calls if call.touches(calm.place)]


def _every(calls: Iterable[Call]) -> Iterator[Case]:
    """Each call fails with the first error that it can have, and is the last one."""
    for call in calls:
        yield Case(call.name, call.nth, _FAULTS[call.name][0])
        yield Case(call.name, call.nth, "SIGKILL")


def _cases(calls: Iterable[Call], *, lasting: bool) -> list[Case]:
    found = [
        Case(call.name, call.nth, fault)
        for call in calls
        for fault in (*_FAULTS[call.name], *_SIGNALS)
    ]
    if lasting:
        found += [
            Case(*case[:3], lasting=True)
            for case in found
            if case.fault not in _SIGNALS and case.call not in {"openat", "read"}
        ]
    return found


def _tried(setup: Setup, plan: Plan, cases: Sequence[Case]) -> list[tuple[Case, str, list[str]]]:
    """Each case with its outcome and what was wrong with it, several at a time."""
    own, root = local(), plan.world.folder
    lot = Random(setup.seed)

    def one(case: Case) -> tuple[Case, str, list[str]]:
        if not hasattr(own, "folder"):
            own.folder = root.with_name(f"{root.name}-{lot.random()}")
        return case, *_case(plan, case, own.folder)

    with ThreadPoolExecutor(setup.jobs) as pool:
        return list(pool.map(one, cases))


def _case(plan: Plan, case: Case, folder: Path) -> tuple[str, list[str]]:
    world = plan.world.copied(folder)
    try:
        said, calls = traced(world, plan.command.words, [case.call], "-e", case.option)
        hit = [c for c in calls if c.nth == case.nth and c.touches(world.place)]
        if not hit or not (hit[0].injected or case.fault in _SIGNALS):
            return "missed", ["the fault was not injected"]
        outcome, wrong = judge(plan, case, said, _state(world))
        wrong += _left(world, said) if case.call != "unlink" else []
        return outcome, wrong + [
            f"{what}; before that, {said.told}" for what in _after(plan, world)
        ]
    finally:
        _remove(world)


def judge(plan: Plan, case: Case, said: Said, state: State) -> tuple[str, list[str]]:
    """What became of the command, and everything that is wrong about it."""
    wrong = [f"a traceback; {said.told}"] if said.traceback else []
    done = state.content == plan.after.content and state.backups >= plan.after.backups
    kept = state.content == plan.before.content
    if not done and not kept:
        wrong.append(f"half done; {said.told}")
    if said.code == 0 and not done:
        wrong.append(f"acknowledged but not there; {said.told}")
    if said.code == -9 and case.fault == "SIGKILL":
        return "ended", wrong
    if said.code not in DOCUMENTED:
        wrong.append(f"an exit code that is not documented; {said.told}")
    if said.code and done and not kept and "nothing" in said.err:
        wrong.append(f"said that nothing was changed, and it was; {said.told}")
    return "done" if said.code == 0 else "refused", wrong


def _state(world: World) -> State:
    """As SQLite would see it now, journals and all; an unreadable file has a state of its own."""
    backups = world.place / BACKUPS
    try:
        content = files.content_of(world.db)
    except sqlite3.Error as exc:
        content = f"unreadable: {exc}"
    return State(content, len(list(backups.glob("*.db"))) if backups.exists() else 0)


def _left(world: World, said: Said) -> list[str]:
    """Drafts that nobody removed; one who was killed, or cannot remove, leaves them."""
    drafts = [path.name for path in world.place.rglob(".dealflow-*")]
    return [f"left {drafts[0]} behind; {said.told}"] if drafts and said.code != -9 else []


def _after(plan: Plan, world: World) -> list[str]:
    """What is wrong afterwards; known, if the same bytes were there after another case."""
    found = hashlib.sha256()
    for path in sorted(world.folder.rglob("*")):
        if path.is_file() and path.suffix != ".log":
            found.update(f"{path.relative_to(world.folder)} {path.stat().st_mode}".encode())
            found.update(path.read_bytes())
    key = found.hexdigest()
    if key not in plan.known:
        plan.known[key] = _aftermath(world, plan.command)
    return plan.known[key]


def _aftermath(world: World, command: Command) -> list[str]:
    """Whether the file is sound, every backup is, and the next commands work."""
    wrong = [
        f"{path.name} is unsound: {line}"
        for path in world.place.rglob("*.db")
        for line in files.unsound(path)
    ]
    next_one = ("add", "Next") if command.start == "team" else command.words
    if command.start == "nothing" and world.db.exists():
        next_one = ("add", "Next")
    for line in (next_one, ("list", "--json"), ("db", "check")):
        after = world.run(*line)
        if after.code:
            wrong.append(f"then {line[0]} failed: {after.told}")
    return wrong


def _remove(world: World) -> None:
    shutil.rmtree(world.folder, ignore_errors=True)
