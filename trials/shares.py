"""Places with locks that not everybody sees: a folder mounted twice, each with locks of its own.

bindfs gives every mount its own locks, as sshfs, 9p and shares mounted with `nobrl` do. A write
there is refused, and `dealflow db check --share`, where this dealflow has it, notices. Elsewhere
(bind mounts, tmpfs, overlay) writes go through.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from trials import files
from trials.report import CannotRun, Report
from trials.world import Said, Setup, World

UNUSABLE = 7


def run(setup: Setup, report: Report) -> None:
    """One pass; its size does not depend on --full."""
    if os.geteuid():
        raise CannotRun("mounting is for root")
    with setup.world() as world:
        world.init()
        for label, case in (("bind mount", _bind), ("overlay", _overlay), ("tmpfs", _tmpfs)):
            _try(report, label, lambda case=case: _allowed(world, case))
        _try(report, "one bindfs mount", lambda: _refused(world))
        _try(report, "two bindfs mounts", lambda: _two(world))


def _try(report: Report, label: str, case: object) -> None:
    assert callable(case)
    try:
        report.group(label, *case())
    except CannotRun as exc:
        report.lacks(label, str(exc))


@contextmanager
def mounted(words: Sequence[str], point: Path) -> Iterator[Path]:
    """Something mounted at a new folder. Error: CannotRun."""
    point.mkdir(exist_ok=True)
    if shutil.which(words[0]) is None:
        raise CannotRun(f"{words[0]} is not installed (apt-get install {words[0]})")
    done = subprocess.run([*words, str(point)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotRun(f"{' '.join(words[:3])}: {done.stderr.strip()}")
    try:
        yield point
    finally:
        subprocess.run(["umount", "--lazy", str(point)], check=False)  # noqa: S607


def _bind(world: World) -> list[str]:
    return ["mount", "--bind", str(world.place)]


def _overlay(world: World) -> list[str]:
    upper, work = world.folder / "upper", world.folder / "work"
    for folder in (upper, work):
        folder.mkdir(exist_ok=True)
    told = f"lowerdir={world.place},upperdir={upper},workdir={work}"
    return ["mount", "-t", "overlay", "overlay", "-o", told]


def _tmpfs(_: World) -> list[str]:
    return ["mount", "-t", "tmpfs", "-o", "size=8m", "none"]


def _allowed(world: World, mount: object) -> tuple[dict[str, int], list[str]]:
    """A place where a write goes through, and is there afterwards."""
    assert callable(mount)
    with mounted(mount(world), world.folder / "point") as point:
        path = point / "team.db"
        if not path.exists():
            shutil.copy(world.db, path)
        said = world.run("add", "There", "--db", str(path))
        bad = [f"refused; {said.told}"] if said.code else []
        bad += files.unsound(path)
    return {"written": int(said.code == 0)}, bad


def _bindfs(world: World) -> list[str]:
    return ["bindfs", str(world.place)]


def _refused(world: World) -> tuple[dict[str, int], list[str]]:
    """Questions are answered, changes are not; one person alone may say that it is their file."""
    bad = []
    with mounted(_bindfs(world), world.folder / "point") as point:
        path = str(point / "team.db")
        before = files.content_of(world.db)
        said = world.run("add", "Refused", "--db", path)
        if said.code != UNUSABLE or "locks" not in said.err:
            bad.append(f"a write is not refused; {said.told}")
        asked = world.run("list", "--json", "--db", path)
        bad += [f"a question is refused; {asked.told}"] if asked.code else []
        bad += [] if files.content_of(world.db) == before else ["the file was changed"]
        world.run("settings", "set", "sharing", "single-user", "--db", path)
        alone = world.run("add", "Alone", "--db", path)
        if alone.code or "warning" not in alone.err:
            bad.append(f"one person alone is not let in with a warning; {alone.told}")
        world.run("settings", "set", "sharing", "team")
    return {"write exit": said.code, "question exit": asked.code, "alone exit": alone.code}, bad


def _two(world: World) -> tuple[dict[str, int], list[str]]:
    """Two mounts at once: the check that two computers make together has to see it."""
    told = world.run("db", "check", "--help").out
    first, second = world.folder / "first", world.folder / "second"
    with mounted(_bindfs(world), first), mounted(_bindfs(world), second):
        refused = [world.run("add", "X", "--db", str(at / "team.db")) for at in (first, second)]
        bad = [f"a write is not refused; {s.told}" for s in refused if s.code != UNUSABLE]
        if "--share" not in told:
            if bad:
                return {"writes refused": 2 - len(bad)}, bad
            raise CannotRun(
                "writes are refused at both; `db check --share` is not in this dealflow"
            )
        checks = _share_checks(world, first, second)
    if not any(said.code not in {0, BUSY_OR_WAITING} for said in checks):
        bad.append(f"db check --share does not see it: {checks[0].told} / {checks[1].told}")
    return {"writes refused": 2, **{f"check {n} exit": s.code for n, s in enumerate(checks)}}, bad


BUSY_OR_WAITING = 6


def _share_checks(world: World, first: Path, second: Path) -> list[Said]:
    """Both computers check at the same time."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(2) as pool:
        lines = [("db", "check", "--share", "--db", str(at / "team.db")) for at in (first, second)]
        return list(pool.map(lambda line: world.run(*line, limit=90), lines))
