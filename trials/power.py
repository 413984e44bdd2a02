"""The power goes at some moment of a command: every disk that this could leave is opened.

The writes, syncs and names of one command are recorded; from them images of the folder are built in
which everything that was not certain is lost, reordered or torn (trials/images.py). Each is opened:
it is sound, and holds the state before or after, after for sure once the answer was out.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from trials import files, images
from trials.commands import BACKUPS, Command, named, prepare
from trials.images import Image, Op, Start
from trials.report import Report
from trials.trace import CHANGES, Call, need_strace, traced
from trials.world import NOW, Setup, World

NAMES = ("add", "edit", "advance", "undo", "import", "migrate")
_HOLDER = """
import sqlite3, sys
conn = sqlite3.connect(sys.argv[1])
conn.execute("SELECT count(*) FROM sqlite_master").fetchone()
print("open", flush=True)
sys.stdin.read()
"""


def run(setup: Setup, report: Report) -> None:
    """Both journals, alone and while somebody else holds the file open; small, mostly the first."""
    need_strace()
    most = setup.pick(150, 400, 400)
    for command in named(setup.only or NAMES[: setup.pick(1, 6, 6)]):
        for journal in ("rollback", "wal"):
            for held in (False, True):
                if setup.size == 2 or (journal == "rollback" or command.name == "add"):
                    cut(setup, report, command, most, (journal, held))


def cut(setup: Setup, report: Report, command: Command, most: int, kind: tuple[str, bool]) -> None:
    """Record one command and open its images."""
    journal, held = kind
    with setup.world(DEALFLOW_NOW=NOW) as world:
        prepare(world, command)
        world.copied(calm := world.folder / "calm").run(*command.words)
        files.set_journal(world.db, journal)
        before, after = files.content_of(world.db), files.content_of(calm / "place" / "team.db")
        with _holder(world) if held else tempfile.TemporaryDirectory():
            start = _start(world.place)
            said, calls = traced(world, command.words, CHANGES)
        ops = operations(calls, world.place, start)
        count, bad = _opened(images.images(start, ops, setup.random, most), (before, after), ops)
        if said.code or files.content_of(world.db) != after:
            bad.append(f"the command itself failed: {said.told}")
        bad += _checked(world, command)
    label = f"{command.name}, {journal}{', held open' if held else ''}"
    figures = {"operations": len(ops), "images": sum(count.values()), **count}
    report.group(label, figures, bad)


@contextmanager
def _holder(world: World) -> Iterator[None]:
    """Another process that has read the file and keeps it open."""
    words = [sys.executable, "-c", _HOLDER, str(world.db)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout
        child.stdout.readline()
        yield


def _start(place: Path) -> Start:
    paths = sorted(p for p in place.rglob("*") if p.is_file() and not p.name.endswith("-shm"))
    names = {str(path): number for number, path in enumerate(paths)}
    return Start({number: Path(path).read_bytes() for path, number in names.items()}, names)


def operations(calls: Sequence[Call], place: Path, start: Start) -> list[Op]:
    """What the calls did to the files in the place, and the moment of the answer."""
    names, at = dict(start.names), dict.fromkeys(start.files, 0)
    ops: list[Op] = []
    for call in calls:
        if call.result < 0 or not (call.touches(place) or _is_answer(call)):
            continue
        if call.name == "openat":
            ops += _opening(call, names, at)
        elif call.name in {"link", "linkat", "rename", "renameat", "unlink"}:
            ops += _naming(call, names)
        else:
            ops += _writing(call, names, at)
    return ops


def _is_answer(call: Call) -> bool:
    return call.name == "write" and call.args.startswith("1<")


def _opening(call: Call, names: dict[str, int], at: dict[int, int]) -> list[Op]:
    path = call.paths[-1]
    if "O_CREAT" not in call.args or path.endswith("-shm"):
        return []
    made = []
    if path not in names:
        names[path] = len(at)
        made = [Op("name", names[path], name=path)]
    at[names[path]] = 0
    return made + ([Op("cut", names[path])] if "O_TRUNC" in call.args else [])


def _naming(call: Call, names: dict[str, int]) -> list[Op]:
    old, new = call.paths[0], call.paths[-1]
    if old not in names:
        return []
    file = names[old]
    made = []
    if new != old:
        names[new] = file
        made = [Op("name", file, name=new)]
    if "link" not in call.name or call.name == "unlink":
        del names[old]
        made.append(Op("unname", file, name=old))
    return made


def _writing(call: Call, names: dict[str, int], at: dict[int, int]) -> list[Op]:
    if _is_answer(call):
        return [Op("answer")]
    path = call.paths[0]
    if call.name in {"fsync", "fdatasync"} and os.path.isdir(path):
        return [Op("names", name=path)]
    if path not in names:
        return []
    file = names[path]
    last = call.args.rpartition(", ")[2]
    if call.name == "ftruncate":
        return [Op("cut", file, int(last))]
    if call.name in {"fsync", "fdatasync"}:
        return [Op("sync", file)]
    offset = at[file] if call.name == "write" else int(last)
    at[file] = offset + call.result
    return [Op("write", file, offset, call.strings[0][: call.result])]


def _opened(
    found: Iterator[Image], states: tuple[str, str], ops: Sequence[Op]
) -> tuple[Counter[str], list[str]]:
    """Open every image; how many held what, and each that was bad."""
    count: Counter[str] = Counter({"before": 0, "after": 0, "lost": 0, "unsound": 0})
    bad: list[str] = []
    told = images.answered(ops)
    with tempfile.TemporaryDirectory(prefix="trial-image-") as folder:
        for image in found:
            state, why = judge(_written(image, Path(folder)), states, answered=image.cut >= told)
            count[state] += 1
            if why:
                bad.append(f"cut after {image.cut} of {len(ops)} ({image.model}): {why}")
    return count, bad


def _written(image: Image, folder: Path) -> Path:
    """The image as files; the database's path. Backups lie beside it under their names."""
    for path in folder.iterdir():
        path.unlink()
    for name, content in image.files.items():
        backup = os.path.basename(os.path.dirname(name)) == BACKUPS
        kept = os.path.basename(name).replace(".db", ".bak") if backup else os.path.basename(name)
        (folder / kept).write_bytes(content)
    return folder / "team.db"


def judge(path: Path, states: tuple[str, str], *, answered: bool) -> tuple[str, str]:
    """What an image holds, and what is wrong with it, if anything."""
    before, after = states
    try:
        with closing(sqlite3.connect(path)) as conn:
            conn.text_factory = lambda raw: raw.decode(errors="backslashreplace")
            wrong = files.complaints(conn)
            content = files.content(conn)
    except sqlite3.Error as exc:
        return "unsound", f"cannot be opened: {exc}"
    if wrong:
        return "unsound", " ".join(wrong[0].split())
    if content == after:
        return "after", ""
    if content != before:
        return "unsound", "neither the state before nor the one after"
    return ("lost", "the answer was out, and the change is lost") if answered else ("before", "")


def _checked(world: World, command: Command) -> list[str]:
    """The command's own work, by the program's check; a migration has made a backup besides."""
    bad = world.unsound()
    if command.name == "migrate" and len(list((world.place / BACKUPS).glob("*.db"))) < 2:
        bad.append("no backup was made")
    return bad
