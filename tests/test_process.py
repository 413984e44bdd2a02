"""The process itself: its first and last milliseconds."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys

import pytest

#: sends itself SIGINT when the entry module wants its first import that is not in Python already
_AT_FIRST_IMPORT = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
for name in {"typing", "enum", "functools", "re", "contextlib"} & set(sys.modules):
    del sys.modules[name]
class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name not in ("dealflow", "dealflow.__main__"):
            sys.stdout.write(name + "\\n")
            sys.stdout.flush()
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupting())
sys.argv[1:] = ["--version"]
from dealflow.__main__ import main
main()
"""


def run(code: str, **more):
    return subprocess.run(
        [sys.executable, "-S", "-c", code],
        capture_output=True, text=True, check=False, timeout=60,
        env={"PYTHONPATH": ":".join(sys.path)}, **more,
    )  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_is_quiet_before_the_first_import():
    done = run(_AT_FIRST_IMPORT)
    assert done.stdout != ""
    assert (done.returncode, done.stderr) == (130, "interrupted; nothing was changed\n")


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_the_entry_module_loads_nothing_before_it_handles_ctrl_c():
    code = (
        "import os, sys; before = set(sys.modules); import dealflow.__main__;"
        "print(*sorted(set(sys.modules) - before))"
    )
    assert run(code).stdout.split() == ["dealflow", "dealflow.__main__"]


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_an_interrupt_that_nobody_can_hear_of_keeps_its_exit_code():
    code = (
        "import os, signal; os.close(2); import dealflow.__main__;"
        "signal.signal(signal.SIGINT, dealflow.__main__._interrupted);"
        "os.kill(os.getpid(), signal.SIGINT)"
    )
    assert run(code).returncode == 130
    assert signal.SIGINT == 2


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("lst", "list"),
        ("wni", "win"),
        ("snoze", "snooze"),
        ("ovedue", "overdue"),
        ("ad", "add"),
        ("settingsrate", "settings"),
    ],
)
def test_a_slip_of_the_fingers_is_understood(dealflow, word, meant):
    assert f"hint: did you mean {meant}?" in dealflow(word).err


@pytest.mark.parametrize("word", ["nope", "foo", "help", "xyz"])
def test_nothing_is_suggested_that_is_not_near(dealflow, word):
    said = dealflow(word)
    assert (said.code, said.out) == (2, "")
    assert "did you mean" not in said.err
    assert "hint: known: add, list," in said.err


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_is_heard_during_a_long_statement(tmp_path):
    """What handles a signal runs between two steps of Python, and SQLite alone takes none."""
    path = tmp_path / "some.db"
    sqlite3.connect(path).execute("CREATE TABLE some (x)").connection.close()
    code = f"""
import os, signal
import dealflow.__main__
from dealflow.store.connection import connect_new
conn = connect_new({str(path)!r})
signal.signal(signal.SIGALRM, dealflow.__main__._interrupted)
conn.create_function("begun", 0, lambda: signal.setitimer(signal.ITIMER_REAL, 0.05)[0])
conn.execute(
    "WITH RECURSIVE n(x) AS (SELECT begun() UNION ALL SELECT x + 1 FROM n LIMIT 2000000000)"
    " SELECT count(*) FROM n"
)
"""
    done = run(code)
    assert (done.returncode, done.stderr) == (130, "interrupted; nothing was changed\n")
