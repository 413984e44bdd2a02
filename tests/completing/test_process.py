"""The process that a shell starts at each press of the key."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

pytestmark = pytest.mark.file

_RUN = """
import sys
from dealflow import completing
completing.main(sys.argv[1:])
print(*sorted(sys.modules), file=sys.stderr)
"""
HEAVY = {
    "typer",
    "rich",
    "sqlmodel",
    "sqlalchemy",
    "alembic",
    "pydantic",
    "psycopg",
    "dealflow.cli",
}


def run(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dealflow", "__complete", *words],
        env={**os.environ, **env}, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


def modules(*words: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", _RUN, *words], capture_output=True, text=True, check=True
    )
    return set(done.stderr.split())


def test_the_program_s_own_words_are_found_without_a_database():
    loaded = modules("bash", "dealflow list --so", "9", "", "80")
    assert not loaded & {*HEAVY, "sqlite3"}


def test_records_are_found_without_the_frameworks(dealflow):
    dealflow.ok("add", "Pumps")
    loaded = modules("bash", "dealflow advance ", "9", "", "80")
    assert "sqlite3" in loaded
    assert not loaded & HEAVY


@pytest.mark.parametrize(
    "words", [(), ("bash",), ("tcsh", "x"), ("zsh", "wide", ""), ("fish",), ("bash", "dealflow \udcff", "", "", "")]
)  # fmt: skip
def test_what_no_shell_asks_is_answered_with_nothing(words):
    done = run(*words)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout in {"", "-\n"}


def test_a_server_that_never_answers_is_given_up():
    """Without an end of its own the connection would be waited for as long as the test runs."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://127.0.0.1:{silent.getsockname()[1]}/sales"
        done = run("fish", "dealflow", "show", "", DEALFLOW_DB=url)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_printed_and_says_where_it_goes(cli_without_database, shell):
    said = cli_without_database.ok("completion", shell)
    assert f"dealflow completion {shell}" in said.out
    assert f"__complete {shell}" in said.out
    assert said.err == ""


def test_another_shell_is_refused(cli_without_database):
    said = cli_without_database("completion", "tcsh")
    assert (said.code, said.out) == (2, "")
    assert said.err == "error: unknown shell 'tcsh'\nhint: known: bash, zsh, fish\n"
