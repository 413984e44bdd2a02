"""Damaged, cut and foreign files: refused with a word, left alone byte by byte, never a traceback.

Of the flipped bits those count as visible that change what questions answer, or let them fail;
`dealflow db check` has to find nearly all of them.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from random import Random

from trials.commands import COMMANDS, prepare
from trials.report import Report
from trials.world import DOCUMENTED, NOW, Said, Setup, World

QUESTIONS = (
    ("list", "-o", "json"),
    ("show", "1", "-o", "json"),
    ("history", "-o", "json"),
    ("agenda", "-o", "json"),
)
#: what refuses a file: it cannot be used, or is damaged, or of another version
_REFUSED = {7, 8, 9}
_LIMIT = 20.0
_ENOUGH = 0.95


def run(setup: Setup, report: Report) -> None:
    """2,500 flips and 250 cuts, when full."""
    with setup.world(DEALFLOW_NOW=NOW) as world:
        prepare(world, COMMANDS[0])
        strange(world, report)
        cuts(setup, world, report, setup.pick(6, 20, 250))
        flips(setup, world, report, setup.pick(50, 100, 2500))


# ── files that are none of ours, or no files ──────────────────────────────────────────────────


def strange(world: World, report: Report) -> None:
    """Each is refused by a question, a change, the check and a migration, and stays as it is."""
    count: Counter[str] = Counter({"cases": 0, "refused": 0})
    bad: list[str] = []
    for name, make in _STRANGE.items():
        case = world.copied(world.folder.with_name(f"{world.folder.name}-odd"))
        make(case.db)
        for line in (("list",), ("add", "X"), ("db", "check"), ("db", "migrate"), ("db", "backup")):
            before = _looks(case.db)
            said = case.run(*line, limit=_LIMIT)
            count["cases"] += 1
            count["refused"] += said.code in _REFUSED
            wrong = _misbehaved(said)
            wrong += [] if said.code in _REFUSED else ["not refused"]
            wrong += [] if _looks(case.db) == before else ["the file was changed"]
            bad += [f"{name}, {' '.join(line)}: {what}; {said.told}" for what in wrong]
        shutil.rmtree(case.folder)
    report.group("strange files", count, bad)


def _replaced(content: bytes) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        path.write_bytes(content)

    return make


def _instead(make_it: Callable[[Path], object]) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        path.unlink()
        make_it(path)

    return make


def _by_sql(*statements: str) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        with closing(sqlite3.connect(path)) as conn:
            for statement in statements:
                conn.execute(statement)
            conn.commit()

    return make


def _foreign(path: Path) -> None:
    path.unlink()
    _by_sql("CREATE TABLE bookmark (url TEXT)")(path)


def _overwritten(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"SQLite format 4\0")


_STRANGE: dict[str, Callable[[Path], None]] = {
    "empty": _replaced(b""),
    "one byte": _replaced(b"x"),
    "text": _replaced(b"title,value\nPumps,12000\n" * 200),
    "zeros": _replaced(bytes(65536)),
    "a picture": _replaced(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40),
    "head alone": _replaced(b"SQLite format 3\0" + bytes(1000)),
    "wrong head": _overwritten,
    "another program's": _foreign,
    "newer": _by_sql("PRAGMA user_version=99"),
    "no version": _by_sql("PRAGMA user_version=0"),
    "another mark": _by_sql("PRAGMA application_id=7"),
    "a folder": _instead(Path.mkdir),
    "a pipe": _instead(os.mkfifo),
    "a broken link": _instead(lambda path: path.symlink_to("nowhere.db")),
    "a link to itself": _instead(lambda path: path.symlink_to(path)),
    "a device": _instead(lambda path: path.symlink_to("/dev/zero")),
    "not there": _instead(lambda _: None),
}


def _looks(path: Path) -> str:
    """What is there, byte by byte."""
    if path.is_symlink():
        return f"link {os.readlink(path)}"
    if not path.exists():
        return "nothing"
    if not path.is_file():
        return "no file"
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _misbehaved(said: Said) -> list[str]:
    """What no command may do, whatever it is given."""
    wrong = ["a traceback"] if said.traceback else []
    if "killed" in said.err and said.seconds >= _LIMIT:
        wrong.append("it hangs")
    elif said.code not in DOCUMENTED:
        wrong.append("a signal" if said.code < 0 else "an exit code that is not documented")
    return wrong


# ── cut files, flipped bits ───────────────────────────────────────────────────────────────────


def cuts(setup: Setup, world: World, report: Report, many: int) -> None:
    """The file ends somewhere: whole pages or not."""
    random, content = setup.random, world.db.read_bytes()
    pages = range(0, len(content), 4096)
    ends = random.sample(range(len(content)), many - many // 2)
    ends += random.sample(pages, min(many // 2, len(pages)))
    ends = sorted(set(ends))
    calm = [world.run(*line).out for line in QUESTIONS]
    count: Counter[str] = Counter({"cases": len(ends), "found by db check": 0})
    bad: list[str] = []
    for end, answers, check in _asked(setup, world, [content[:end] for end in ends], ends):
        count["found by db check"] += check.code in {8, 10}
        bad += [f"cut at {end}: {what}" for what in _wrong(answers, check)]
        if any(s.code == 0 and s.out != c for s, c in zip(answers, calm, strict=True)) and not (
            check.code
        ):
            bad.append(f"cut at {end}: answers are wrong, and db check finds nothing")
    report.group("cut files", count, bad)


def flips(setup: Setup, world: World, report: Report, many: int) -> None:
    """One bit of the file is another."""
    random, content = Random(setup.seed), world.db.read_bytes()
    full = [at for at, byte in enumerate(content) if byte]  # most of a small file is zeros
    bits = [at * 8 + random.randrange(8) for at in sorted(random.sample(full, many))]
    calm = [world.run(*line).out for line in QUESTIONS]
    count: Counter[str] = Counter({"flips": many, "visible": 0, "silently": 0, "found": 0})
    bad: list[str] = []
    missed: list[str] = []
    for bit, answers, check in _asked(setup, world, _flipped(content, bits), bits):
        bad += [f"bit {bit}: {what}" for what in _wrong(answers, check)]
        failed = any(said.code for said in answers)
        changed = [s.out for s in answers] != calm
        if changed or failed:
            count["visible"] += 1
            count["silently"] += not failed
            count["found"] += check.code != 0
            if not check.code:
                missed.append(f"bit {bit} changes what is answered, and db check finds nothing")
    share = count["found"] / count["visible"] if count["visible"] else 1.0
    if share < _ENOUGH:
        bad += [f"db check finds {share:.0%} of the visible flips", *missed]
    report.group("flipped bits", {**count, "share": f"{share:.1%}"}, bad)


def _flipped(content: bytes, bits: Sequence[int]) -> Iterator[bytes]:
    for bit in bits:
        changed = bytearray(content)
        changed[bit // 8] ^= 1 << bit % 8
        yield bytes(changed)


def _asked(
    setup: Setup, world: World, contents: Iterator[bytes] | Sequence[bytes], marks: Sequence[int]
) -> Iterator[tuple[int, list[Said], Said]]:
    """The questions and the check, put to each content."""

    def one(given: tuple[int, bytes]) -> tuple[int, list[Said], Said]:
        mark, content = given
        path = world.place / f"damaged-{mark}.db"
        path.write_bytes(content)
        told = {"DEALFLOW_DB": str(path)}
        answers = [world.run(*line, limit=_LIMIT, **told) for line in QUESTIONS]
        check = world.run("db", "check", limit=_LIMIT, **told)
        if path.read_bytes() != content:
            check = check._replace(code=1, err="the file was changed")
        path.unlink()
        return mark, answers, check

    with ThreadPoolExecutor(setup.jobs) as pool:
        yield from pool.map(one, zip(marks, contents, strict=True))


def _wrong(answers: Sequence[Said], check: Said) -> list[str]:
    return [f"{what}; {said.told}" for said in (*answers, check) for what in _misbehaved(said)]
