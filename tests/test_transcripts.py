"""The transcripts in the documents are what a person sees: they are run, on a terminal, and compared.

CONTRIBUTING.md says how they are written, and how UPDATE_TRANSCRIPTS=1 writes them anew.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENTS = ("README.md", "docs/tutorial.md")
NOW = "2026-07-01T10:00:00+08:00"
WIDTH = 110

_PART = re.compile(
    r"^<!-- now: (?P<now>\S+) -->$"
    r"|^```(?P<kind>\w+) (?P<file>[\w.-]+)\n(?P<content>.*?)^```$"
    r"|^```console\n(?P<transcript>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


class Step(NamedTuple):
    """A command of a transcript: its lines as they stand there, and what the shell is given."""

    typed: str
    command: str


def steps(transcript: str) -> Iterator[Step]:
    """A line that begins with `$ ` is a command; lines with `> ` right behind go on with it."""
    for found in re.finditer(r"^\$ .*\n(?:> .*\n)*", transcript, re.MULTILINE):
        yield Step(found[0], "\n".join(line[2:] for line in found[0].splitlines()))


class Terminal:
    """A person's terminal: a shell in an empty home, WIDTH columns, without colours."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.env = {
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "HOME": str(home),
            "LOGNAME": "li",
            "LANG": "C.UTF-8",
            "TERM": "xterm",
            "TZ": "Asia/Shanghai",
            "NO_COLOR": "1",
            "DEALFLOW_NOW": NOW,
        }

    def run(self, command: str) -> str:
        """What the command leaves on the screen. An `export NAME=VALUE` holds from there on."""
        if exported := re.fullmatch(r"export (\w+)=(\S+)", command):
            self.env[exported[1]] = exported[2]
            return ""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, WIDTH, 0, 0))
        process = subprocess.Popen(
            ["sh", "-c", command],
            cwd=self.home,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        shown = b"".join(_until_closed(ours))
        os.close(ours)
        process.wait()
        text = shown.decode().replace("\r\n", "\n").replace(str(self.home), "~")
        return text if text.endswith("\n") or not text else text + "\n"


def _until_closed(terminal: int) -> Iterator[bytes]:
    while True:
        try:
            data = os.read(terminal, 65_536)
        except OSError:  # how Linux says that the other side is closed
            return
        if not data:
            return
        yield data


def replayed(text: str, terminal: Terminal) -> str:
    """The document with each transcript as it comes out today."""

    def part(found: re.Match[str]) -> str:
        if found["now"]:
            terminal.env["DEALFLOW_NOW"] = found["now"]
        elif found["file"]:
            (terminal.home / found["file"]).write_text(found["content"], "utf-8")
        else:
            shown = [step.typed + terminal.run(step.command) for step in steps(found["transcript"])]
            return f"```console\n{''.join(shown)}```"
        return found[0]

    return _PART.sub(part, text)


@pytest.fixture
def scratch():
    """A folder whose path is always as long: what does not fit a column is cut."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_transcript_shows_what_the_program_does(name, scratch):
    path = ROOT / name
    text = path.read_text("utf-8")
    assert "```console\n$ " in text
    now = replayed(text, Terminal(scratch))
    if os.environ.get("UPDATE_TRANSCRIPTS"):
        path.write_text(now, "utf-8")
    assert text.splitlines() == now.splitlines() or os.environ.get("UPDATE_TRANSCRIPTS")


def test_a_command_can_go_on_over_several_lines():
    transcript = "$ dealflow list \\\n> owner:me\nno open deals\n$ ls\n"
    assert [step.command for step in steps(transcript)] == ["dealflow list \\\nowner:me", "ls"]


def test_what_is_shown_is_compared_to_the_letter(tmp_path):
    text = "```console\n$ echo one; echo two >&2\none\n```\n"
    assert replayed(text, Terminal(tmp_path)) == (
        "```console\n$ echo one; echo two >&2\none\ntwo\n```\n"
    )
