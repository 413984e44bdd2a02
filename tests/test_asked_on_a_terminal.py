"""What is asked before, on a real (pseudo-)terminal: no keeps everything, yes does it."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import NOW
from tests.test_definitions import BEFORE, WITHOUT_B


@pytest.fixture
def line(dealflow):
    dealflow.ok("stages", "apply", "-", stdin=BEFORE)
    dealflow.ok("add", "Valves", "--pipeline", "p", "--stage", "b")
    return dealflow


def answered(line, words, answer, home):
    """Exit code and screen of a command whose question is answered so."""
    ours, theirs = pty.openpty()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "TERM": "dumb",
        "DEALFLOW_DB": line.db,
        "DEALFLOW_NOW": NOW,
        "DEALFLOW_REP": "li",
    }
    program = str(Path(sys.executable).with_name("dealflow"))
    process = subprocess.Popen(
        [program, *words], env=environment, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    os.write(ours, answer.encode())
    shown = b""
    try:
        while data := os.read(ours, 65_536):
            shown += data
    except OSError:  # how Linux says that the other side is closed
        pass
    os.close(ours)
    return process.wait(), shown.decode()


def test_stages_apply_shows_its_plan_and_does_what_is_answered(line, tmp_path):
    file = tmp_path / "pipeline.toml"
    file.write_text(WITHOUT_B, "utf-8")
    words = ("stages", "apply", str(file), "--home", "b=c")
    before = line.state()
    code, screen = answered(line, words, "n\n", tmp_path)
    assert code == 5
    assert "retire b (方案), its open deal goes to c: go on? [y/N]" in screen
    assert "not confirmed, nothing was changed" in screen
    assert line.state() == before
    code, screen = answered(line, words, "y\n", tmp_path)
    assert code == 0
    assert "方案" in screen
    assert line.json("show", "1")["stage"] == "c"


def test_nothing_is_asked_where_nothing_is_taken_away(line, tmp_path):
    file = tmp_path / "pipeline.toml"
    file.write_text(BEFORE.replace("谈判", "商务谈判"), "utf-8")
    code, screen = answered(line, ("stages", "apply", str(file)), "", tmp_path)
    assert (code, "go on?" in screen) == (0, False)
