"""Pipes that close, devices that are full, descriptors that are missing: real processes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dealflow import errors
from dealflow.output import stderr
from dealflow.output.streams import Terminal, terminal_style

PROGRAM = """
import datetime, os, sys
from dealflow.output import Style, streams, stderr, write
streams.prepare()
from dealflow.errors import DealflowError
from dealflow.results import Column, Table
table = Table(name="t", columns=(Column("x", "x"),), rows=[("\\u5e74" * 20,)] * int(sys.argv[1]))
try:
    write(table, Style(sys.argv[2], datetime.timezone.utc, datetime.date(2026, 1, 1)), sys.stdout.buffer)
except streams.ReaderGone:
    os._exit(141)
except DealflowError as error:
    stderr.complain(error)
    sys.exit(error.exit_code)
"""


def start(rows: int, fmt: str = "tsv", **how):
    env = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    command = [sys.executable, "-c", PROGRAM, str(rows), fmt]
    return subprocess.Popen(command, stderr=subprocess.PIPE, env=env, **how)


@pytest.mark.parametrize("fmt", ["tsv", "json", "table"])
def test_a_reader_that_leaves_ends_the_command_quietly(fmt):
    run = start(20_000, fmt, stdout=subprocess.PIPE)
    assert run.stdout.readline()
    run.stdout.close()
    assert run.stderr.read() == b""
    assert run.wait() == 141
    run.stderr.close()


def test_a_reader_that_was_never_there_ends_it_as_quietly():
    read, write = os.pipe()
    os.close(read)
    run = start(1, stdout=write)
    os.close(write)
    assert run.communicate()[1] == b""
    assert run.returncode == 141


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("fmt", ["tsv", "json", "table"])
@pytest.mark.parametrize("rows", [1, 5_000])
def test_a_full_device_is_an_error(rows, fmt):
    with Path("/dev/full").open("wb") as full:
        run = start(rows, fmt, stdout=full)
        told = run.communicate()[1]
    assert told == b"error: cannot write the output: no space left on device\n"
    assert run.returncode == 7


@pytest.mark.parametrize("missing", [(0,), (1,), (2,), (0, 1, 2)])
def test_missing_descriptors_do_no_harm(missing):
    run = start(3, stdout=subprocess.PIPE, preexec_fn=lambda: [os.close(n) for n in missing])
    out, told = run.communicate()
    assert run.returncode == 0
    assert told == b""
    assert out.decode() == ("" if 1 in missing else "x\n" + ("年" * 20 + "\n") * 3)


@pytest.mark.parametrize(
    ("env", "tty", "size", "expected"),
    [
        ({"TERM": "xterm"}, True, (100, 30), Terminal(100, colour=True)),
        ({"TERM": "xterm", "COLUMNS": "60"}, True, (100, 30), Terminal(60, colour=True)),
        ({"COLUMNS": "wide"}, True, (0, 0), Terminal(80, colour=True)),
        ({"COLUMNS": "20", "TERM": "xterm"}, False, None, Terminal(None, colour=False)),
        ({"NO_COLOR": "1"}, True, None, Terminal(80, colour=False)),
        ({"NO_COLOR": ""}, True, None, Terminal(80, colour=True)),
        ({"TERM": "dumb"}, True, None, Terminal(80, colour=False)),
    ],
)
def test_width_and_colour_come_from_the_environment(env, tty, size, expected):
    assert terminal_style(env, tty, size) == expected


def test_a_refusal_is_two_lines_or_one_object(capsys):
    error = errors.UnknownWord("stage", "won\x1b[2J", ["won", "lost"])
    stderr.complain(error)
    assert capsys.readouterr() == (
        "",
        "error: unknown stage 'won\\x1b[2J'\nhint: did you mean won?\n",
    )
    stderr.complain(error, as_json=True)
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert json.loads(told) == {
        "error": "unknown_word",
        "message": "unknown stage 'won\x1b[2J'",
        "hint": "did you mean won?",
        "exit_code": 2,
        "given": "won\x1b[2J",
        "choices": ["won", "lost"],
    }


def test_facts_cannot_replace_what_the_refusal_says(capsys):
    stderr.complain(errors.Refused("no", None, error="other", exit_code=0, rows=[(3, "bad")]), True)
    told = json.loads(capsys.readouterr().err)
    assert told == {
        "error": "refused", "message": "no", "hint": None, "exit_code": 5, "rows": [[3, "bad"]],
    }  # fmt: skip


def test_a_closed_stderr_does_not_matter(monkeypatch, tmp_path):
    closed = (tmp_path / "err").open("w")
    closed.close()
    for broken in (closed, None):
        monkeypatch.setattr(sys, "stderr", broken)
        stderr.say(["hello"])
        stderr.note("hello")
        stderr.complain(errors.Refused("no"))
