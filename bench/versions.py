"""The prompt under several versions of a library, measured in one run.

`python -m bench.versions typer==0.27.* typer==0.28.* typer==0.29.*` makes a throw-away environment
for each, with what the prompt needs at run time, and times the same source in turns.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench import generate, measure

SOURCE = Path(__file__).parent.parent / "src"
LINES = (("--help",), ("list", "--json", "--limit", "50"), ("log", "1", "call", "talked"))
_NEEDED = ("typer", "rich", "python-dateutil", "platformdirs")


def main(wanted: Sequence[str], runs: int = 15) -> None:
    with tempfile.TemporaryDirectory() as folder:
        pythons = [_environment(Path(folder) / str(n), want) for n, want in enumerate(wanted)]
        for line in _report(wanted, pythons, Path(folder), runs):
            print(line)


def _environment(folder: Path, wanted: str) -> str:
    """A new environment's Python, with the library as wanted."""
    venv.create(folder, with_pip=True)
    python = str(folder / "bin" / "python")
    name = wanted.partition("=")[0]
    others = [needed for needed in _NEEDED if needed != name]
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, wanted, *others], check=True)  # noqa: S603
    return python


def _report(
    wanted: Sequence[str], pythons: Sequence[str], folder: Path, runs: int
) -> Iterator[str]:
    path = folder / "scratch.db"
    path.write_bytes(generate.database(1000).read_bytes())
    more = {"PYTHONPATH": str(SOURCE), "PYTHONPYCACHEPREFIX": str(folder / "bytecode")}
    env = measure.environment(folder, DEALFLOW_DB=str(path), DEALFLOW_REP="rep1", **more)
    env["DEALFLOW_NOW"] = str(generate.NOW)
    commands = [(python, "-m", "dealflow", *line) for line in LINES for python in pythons]
    floors = [(python, "-c", "import sqlite3") for python in pythons[:1]]
    floor, *each = measure.in_turns([_always(words) for words in (*floors, *commands)], env, runs)
    yield f"| × `import sqlite3` | {' | '.join(wanted)} |"
    yield f"|---|{'--:|' * len(wanted)}"
    for n, line in enumerate(LINES):
        some = each[n * len(pythons) : (n + 1) * len(pythons)]
        told = " | ".join(f"{timed.seconds / floor.seconds:.1f}" for timed in some)
        failed = " (fails)" if any(timed.code for timed in some) else ""
        yield f"| `{' '.join(line)}`{failed} | {told} |"


def _always(words: Sequence[str]) -> measure.Words:
    return lambda _: words


if __name__ == "__main__":
    main(sys.argv[1:] or ["typer==0.27.*", "typer==0.28.*", "typer==0.29.*"])
