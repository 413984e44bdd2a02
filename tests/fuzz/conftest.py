"""How much is tried: little in `make test`, more where DEALFLOW_FUZZ says how many examples."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import pytest
from hypothesis import HealthCheck, settings

from dealflow import cli

MANY = int(os.environ.get("DEALFLOW_FUZZ", "0"))


def tried(few: int):
    """So many examples, or as many as DEALFLOW_FUZZ says."""
    return settings(
        max_examples=MANY or few,
        deadline=None,
        derandomize=not MANY,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


class Answer(NamedTuple):
    code: int
    out: str
    err: str


class _Input(io.TextIOWrapper):
    def isatty(self) -> bool:
        return False


class Bench:
    """Runs command lines in a folder that is made anew for each, on a copy of one database."""

    def __init__(self, template: Path) -> None:
        self.template = template

    def __call__(self, argv, stdin: bytes = b"", files=()) -> Answer:
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
            shutil.copy(self.template, "pipeline.db")
            for name, content in {"rows.csv": b"title\nA\n", **dict(files)}.items():
                Path(name).write_bytes(content)
            out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", "backslashreplace") for _ in "ab")
            env = {
                "PATH": os.environ["PATH"],
                "HOME": folder,
                "DEALFLOW_DB": "pipeline.db",
                "DEALFLOW_REP": "li",
                "DEALFLOW_NOW": "2026-07-01T10:00:00+08:00",
                "DEALFLOW_DEBUG": "1",
            }
            with (
                mock.patch.dict(os.environ, env, clear=True),
                mock.patch.object(sys, "stdin", _Input(io.BytesIO(stdin), "utf-8")),
                contextlib.redirect_stdout(out),
                contextlib.redirect_stderr(err),
            ):
                code = cli.execute(list(argv))
                out.flush()
                err.flush()
            told = [stream.buffer.getvalue().decode() for stream in (out, err)]
        return Answer(code, *told)


@pytest.fixture(scope="session")
def bench(tmp_path_factory) -> Bench:
    """On a database with a little of everything."""
    folder = tmp_path_factory.mktemp("fuzz")
    template = folder / "template.db"
    env = {
        "HOME": str(folder),
        "DEALFLOW_DB": str(template),
        "DEALFLOW_REP": "li",
        "DEALFLOW_NOW": "2026-07-01T09:00:00+08:00",
    }
    commands = (
        ["init", "-p", "en", "-p", "saas", "--timezone", "Asia/Shanghai", "--currency", "CNY"],
        ["reps", "add", "wang", "--team", "north"],
        ["products", "add", "Pump", "--price", "3k"],
        ["add", "Acme", "-a", "Acme", "-v", "10k", "--next", "fri", "--product", "Pump"],
        ["add", "Beta", "-a", "Beta", "--contact", "Zhao", "--grade", "A", "--set", "need=quiet"],
        ["log", "2", "call", "hello"],
        ["advance", "2", "--force", "--why", "x"],
        ["fields", "add", "size", "--type", "number"],
        ["fields", "add", "budget", "--type", "money"],
        ["fields", "add", "level", "--choice", "high", "--choice", "low", "--on", "account"],
        ["edit", "2", "--set", "size=12", "--set", "budget=USD 4"],
        ["add", "Gamma"],
        ["accounts", "add", "Delta"],
        ["lose", "3", "-r", "price"],
        ["plan", "2", "yesterday", "demo"],
        ["join", "1", "wang"],
        ["targets", "set", "rep:li", "2026-Q3", "9k"],
        ["forecast", "keep", "first"],
        ["contacts", "add", "Beta", "Zhou"],
    )
    with mock.patch.dict(os.environ, env), contextlib.redirect_stdout(io.StringIO()):
        for words in commands:
            stream = io.TextIOWrapper(io.BytesIO(), "utf-8")
            with contextlib.redirect_stdout(stream):
                assert cli.execute(words) == 0, words
    return Bench(template)
