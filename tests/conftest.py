"""Fixtures: a database of one's own, a clock that stands still, and the command line in process."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dealflow import cli
from dealflow.store import schema

NOW = "2026-07-01T10:00:00+08:00"
"""A Wednesday morning in Shanghai."""


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)


class _Input(io.TextIOWrapper):
    def isatty(self) -> bool:
        return False


class CommandLine:
    """Runs command lines in this process against one database, as one rep, at a settable time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capfdbinary: Any, path: Path) -> None:
        self.monkeypatch, self.captured, self.path = monkeypatch, capfdbinary, path
        self.at(NOW)

    def at(self, moment: str) -> None:
        """From here on it is `moment`, ISO 8601 with offset."""
        self.monkeypatch.setenv("DEALFLOW_NOW", moment)

    def __call__(self, *args: str, stdin: str | bytes | None = None) -> Said:
        self.captured.readouterr()
        given = (stdin or "").encode() if not isinstance(stdin, bytes) else stdin
        self.monkeypatch.setattr("sys.stdin", _Input(io.BytesIO(given), encoding="utf-8"))
        code = cli.execute(list(args))
        out, err = self.captured.readouterr()
        return Said(code, out.decode(), err.decode())

    def ok(self, *args: str, stdin: str | bytes | None = None) -> Said:
        """A command line that has to succeed."""
        said = self(*args, stdin=stdin)
        assert said.code == 0, f"{args}: exit {said.code}\n{said.err}"
        return said

    def json(self, *args: str) -> Any:
        return self.ok(*args, "--json").data


@pytest.fixture(scope="session")
def _ddl() -> list[str]:
    """The schema's statements, compiled once: SQLModel takes a third of a second to load."""
    return schema.ddl()


@pytest.fixture
def cli_without_database(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: Any, tmp_path: Path, _ddl: list[str]
) -> CommandLine:
    """The command line with DEALFLOW_DB naming a file that is not there yet."""
    monkeypatch.setattr(schema, "ddl", lambda: _ddl)
    path = tmp_path / "pipeline.db"
    for name in ("NO_COLOR", "COLUMNS", "DEALFLOW_DEBUG", "TZ"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DEALFLOW_DB", str(path))
    monkeypatch.setenv("DEALFLOW_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("DEALFLOW_REP", "li")
    return CommandLine(monkeypatch, capfdbinary, path)


@pytest.fixture
def dealflow(cli_without_database: CommandLine) -> CommandLine:
    """The command line on a new database: pipeline en, CNY, Shanghai, one rep, li."""
    line = cli_without_database
    line.ok("init", "--pipeline", "en", "--currency", "CNY", "--timezone", "Asia/Shanghai")
    return line
