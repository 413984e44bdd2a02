"""`python -m bench [--sizes 1000,10000,100000] [--runs 15]`: see the package."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bench import bulk, generate, measure
from bench.commands import COMMANDS, SMALL, SQL, TRIFLE, Command

_RECORDS = {
    "deal": "SELECT id FROM opportunity WHERE status = 'open' AND stage_id < 5 ORDER BY id",
    "follow_up": "SELECT id FROM follow_up WHERE done_at IS NULL AND cancelled_at IS NULL"
    " ORDER BY id",
}
_IMPORTED = 100
"""Deals in each file of the import at the prompt."""


def main(argv: Sequence[str]) -> None:
    """Measure, print the tables, and keep them in bench/out/latest.md."""
    said = _arguments(argv)
    generate.OUT.mkdir(exist_ok=True)
    with (generate.OUT / "latest.md").open("w", encoding="utf-8") as kept:
        for line in _report(said):
            print(line, flush=True)
            kept.write(f"{line}\n")


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--sizes", default="1000,10000,100000", help="opportunities, with commas")
    parser.add_argument("--runs", type=int, default=15, help="of which the median counts")
    parser.add_argument("--bulk", type=int, default=20_000, help="deals to import at once; 0: none")
    parser.add_argument("--undo", type=int, default=30_000, help="deals to take back at once")
    parser.add_argument("--server", default="", help="do so there, in an empty database")
    return parser.parse_args(argv)


def _report(said: argparse.Namespace) -> Iterator[str]:
    sizes = [int(size) for size in said.sizes.split(",") if size]
    runs, deals = said.runs, said.bulk
    versions = f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    yield f"Median of {runs} runs in turns; {versions}, {os.cpu_count()} CPUs."
    for size in sizes:
        yield from _size(size, runs)
    if deals:
        yield from _bulk(deals, _home())
    if said.undo:
        yield from _undo(said)


def _size(size: int, runs: int) -> Iterator[str]:
    kept, scratch = generate.database(size), generate.OUT / "scratch.db"
    shutil.copy(kept, scratch)
    env = {**_home(), "DEALFLOW_DB": str(scratch), "DEALFLOW_NOW": str(generate.NOW)}
    ids = _records(scratch, runs)
    lines = [
        lambda _: measure.FLOOR,
        *(_words(command, ids[command.record]) for command in COMMANDS),
    ]
    floor, *each = measure.in_turns(lines, env, runs)
    yield f"\n## {size:,} opportunities ({kept.stat().st_size / 1e6:,.0f} MB)\n"
    yield "| whole command | ms | × `import sqlite3` | budget | | peak MB |"
    yield "|---|--:|--:|--:|---|--:|"
    yield f"| `python -c 'import sqlite3'` | {floor.seconds * 1e3:.0f} | 1 | | | {floor.peak:.0f} |"
    for command, timed in zip(COMMANDS, each, strict=True):
        yield _command_line(command, timed, floor, size)
    yield from _sql(scratch, env, ids, runs)
    scratch.unlink()


def _command_line(command: Command, timed: measure.Timed, floor: measure.Timed, size: int) -> str:
    ratio, small, most = timed.seconds / floor.seconds, size <= SMALL, command.budget(size)
    budget = f"{command.prompt} ×" if small else f"{most} s"
    over = ratio > command.prompt if small else timed.seconds > most
    verdict = f"exit {timed.code}" if timed.code else "**over**" if over else "ok"
    took = f"{timed.seconds * 1e3:.0f} | {ratio:.1f}"
    return f"| `{command.told}` | {took} | {budget} | {verdict} | {timed.peak:.0f} |"


def _sql(
    path: Path, env: Mapping[str, str], ids: Mapping[str, Sequence[int]], runs: int
) -> Iterator[str]:
    beside = "shell" if measure.shell() else "module"
    yield f"\n| SQL of | statements | ms | × the sqlite3 {beside} | budget | |"
    yield "|---|--:|--:|--:|--:|---|"
    for command in COMMANDS:
        if command.asks:
            statements = _statements(command.line(ids[command.record], 0)[1:], env)
            yield _sql_line(command, statements, path, max(3, runs // 3))


def _sql_line(command: Command, statements: Sequence[str] | None, path: Path, runs: int) -> str:
    if statements is None:
        return f"| `{command.told}` | | | | {SQL} × | fails |"
    timed = measure.sql(path, statements, runs)
    ratio = timed.ours / timed.other
    verdict = "**over**" if ratio > SQL and timed.ours > TRIFLE else "ok"
    took = f"{timed.ours * 1e3:.1f} | {ratio:.2f}"
    return f"| `{command.told}` | {len(statements)} | {took} | {SQL} × | {verdict} |"


def _statements(words: Sequence[str], env: Mapping[str, str]) -> list[str] | None:
    """The SQL of a question, traced in a process of its own; None where it fails."""
    root = Path(__file__).parent.parent
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "bench.trace", *words],
        env=dict(env),
        cwd=root,
        capture_output=True,
        check=False,
    )
    return None if done.returncode else json.loads(done.stdout)


def _bulk(deals: int, env: Mapping[str, str]) -> Iterator[str]:
    found = bulk.measured(deals, {**env, "DEALFLOW_NOW": str(generate.NOW)})
    rows, rate = found.written, found.raw / found.seconds
    fits = (
        rate >= bulk.BUDGET
        and found.peak <= bulk.PEAK
        and found.seconds < found.tool * rows / deals
    )
    yield f"\n| import of {deals:,} deals, {rows:,} rows | rows/s | × `executemany` | peak MB | |"
    yield "|---|--:|--:|--:|---|"
    verdict = "ok" if fits else "**over**"
    ours = f"{rows / found.seconds:,.0f} | {rate:.2f} of {bulk.BUDGET}"
    yield f"| `import deals` | {ours} | {found.peak:.0f} of {bulk.PEAK} | {verdict} |"
    yield f"| `executemany`, {rows:,} rows | {rows / found.raw:,.0f} | 1 | | |"
    told = f"`sqlite-utils insert`, {deals:,} rows of one table, unchecked"
    yield f"| {told} | {deals / found.tool:,.0f} | | | |"


def _undo(said: argparse.Namespace) -> Iterator[str]:
    env = {**_home(), "DEALFLOW_NOW": str(generate.NOW)}
    back, again = bulk.undone(said.undo, env, said.server)
    verdict = "ok" if said.server or back <= bulk.UNDO else "**over**"
    yield f"\n| of {said.undo:,} deals with a customer each | s | budget | |"
    yield "|---|--:|--:|---|"
    yield f"| `undo` | {back:.1f} | {bulk.UNDO:.0f} s on a file | {verdict} |"
    yield f"| `redo` | {again:.1f} | | |"


def _home() -> dict[str, str]:
    """An ordinary user's surroundings: a home of their own, with a configuration."""
    home = generate.OUT / "home"
    folder = home / ".config" / "dealflow"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.toml").write_text('rep = "rep1"\n', encoding="utf-8")
    return measure.environment(home)


def _records(path: Path, runs: int) -> dict[str, list[int]]:
    """For each kind of record, the ones that the runs use: another in each."""
    conn = sqlite3.connect(path)
    found = {
        kind: [row[0] for row in conn.execute(f"{sql} LIMIT {runs + 1}")]
        for kind, sql in _RECORDS.items()
    }
    conn.close()
    for n in range(runs + 1):
        bulk.file(generate.OUT / f"{n}.csv", n * _IMPORTED, _IMPORTED)
    return {**found, "file": list(range(runs + 1))}


def _words(command: Command, ids: Sequence[int]) -> measure.Words:
    return lambda run: command.line(ids, run)


if __name__ == "__main__":
    main(sys.argv[1:])
