"""TAB pressed in real shells: what stands on the line afterwards, as the shell reads it."""

from __future__ import annotations

import subprocess

import pytest

from .terminal import SCRIPTS, Shell, surroundings

pytestmark = pytest.mark.file

EVIL = "evil $(touch PWNED) `touch PWNED` \"q\" 's' \\b !! $HOME ; * #"
NAMES = ["Acme Trading", "上海恒远", EVIL, "~root", "=ls", "%F{red}z", "{a,b}", "\x1b[2Jmoved"]


@pytest.fixture(scope="module")
def sold(tmp_path_factory):
    """A database with hostile names in it."""
    home = tmp_path_factory.mktemp("home")
    env = surroundings(home, str(home / "sales.db"))

    def run(*words, stdin=""):
        subprocess.run(
            ["dealflow", *words], env=env, input=stdin.encode(), check=True, capture_output=True
        )

    run("init", "--pipeline", "zh")
    for name in NAMES:
        run("accounts", "add", "--", name)
    run("add", "Renewal", "-a", "Acme Trading")
    run("add", "老客户续约", "-a", "上海恒远")
    many = "".join(f'{{"command": "accounts add", "args": ["Many of {n}"]}}\n' for n in range(60))
    run("--db", str(home / "many.db"), "init")
    run("--db", str(home / "many.db"), "apply", "-", stdin=many)
    return home, env


@pytest.fixture(scope="module", params=["bash", "zsh", "fish"])
def shell(request, sold):
    started = Shell(request.param, sold[1])
    started.name = request.param
    yield started
    started.close()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("dealflow adv\t", ["advance"]),
        ("dealflow settings hol\tlo\t", ["settings", "holidays", "load"]),
        ("dealflow list --so\t", ["list", "--sort"]),
        ("dealflow list --output=nd\t", ["list", "--output=ndjson"]),
        ("dealflow list ow\t", ["list", "owner:"]),
        ("dealflow list owner:l\t", ["list", "owner:li"]),
        ("dealflow list -stage:nee\t", ["list", "-stage:needs"]),
        ("dealflow list stage:needs,nego\t", ["list", "stage:needs,negotiation"]),
        ("dealflow show 2\t", ["show", "2"]),
        ("dealflow advance 1 inter\t", ["advance", "1", "interested"]),
        ("dealflow advance 1 意\t", ["advance", "1", "意向客户"]),
        ("dealflow add x -a Ac\t", ["add", "x", "-a", "Acme Trading"]),
        ("dealflow add x -a acm\t", ["add", "x", "-a", "Acme Trading"]),
        ('dealflow add x -a "Ac\t', ["add", "x", "-a", "Acme Trading"]),
        ("dealflow add x -a 'Acme T\t", ["add", "x", "-a", "Acme Trading"]),
        ("dealflow add x -a Acme\\ T\t", ["add", "x", "-a", "Acme Trading"]),
        ("dealflow add x --account=Ac\t", ["add", "x", "--account=Acme Trading"]),
        ("dealflow add x -a 上\t", ["add", "x", "-a", "上海恒远"]),
        ("dealflow list account:Ac\t", ["list", "account:Acme Trading"]),
        ("dealflow list account:上\t", ["list", "account:上海恒远"]),
        ("dealflow add x -a evil\t", ["add", "x", "-a", EVIL]),
        ('dealflow add x -a "evil\t', ["add", "x", "-a", EVIL]),
        ("dealflow add x -a 'evil\t", ["add", "x", "-a", EVIL]),
        ("dealflow add x -a \\~\t", ["add", "x", "-a", "~root"]),
        ("dealflow add x -a \\=\t", ["add", "x", "-a", "=ls"]),
        ("dealflow add x -a \\%\t", ["add", "x", "-a", "%F{red}z"]),
        ("dealflow add x -a \\{\t", ["add", "x", "-a", "{a,b}"]),
    ],
)
def test_a_tab_leaves_the_word_on_the_line_that_was_meant(shell, sold, typed, words):
    assert shell.words(typed) == words
    assert not list(sold[0].glob("**/PWNED"))


def test_files_are_the_shell_s(shell, sold):
    (sold[0] / "rows.csv").touch()
    rows = str(sold[0] / "rows.csv")
    assert shell.words(f"dealflow import {rows[:-5]}\t") == ["import", rows]
    assert shell.words(f"dealflow --db={rows[:-5]}\t") == [f"--db={rows}"]


def test_the_database_that_the_line_names_is_the_one(shell, sold):
    db = sold[1]["DEALFLOW_DB"]
    assert shell.words(f"dealflow --db {db} show 2\t") == ["--db", db, "show", "2"]
    assert shell.words("dealflow --db nowhere.db add x -a Ac\t")[-1] == "Ac"


def test_numbers_are_listed_with_what_they_are(shell):
    words, seen = shell.press("dealflow show \t\t")
    assert words[:2] == ["dealflow", "show"]
    assert "Renewal · Acme Trading" in seen
    assert "老客户续约 · 上海恒远" in seen


def test_of_a_list_that_is_cut_nothing_in_common_is_put_in(shell, sold):
    if shell.name == "fish":
        pytest.skip("fish cannot be told")
    db = f"--db {sold[0]}/many.db"
    assert shell.words(f"dealflow {db} accounts show M\t")[-1] == "M"
    assert "… and more: type on" in shell.press(f"dealflow {db} accounts show M\t\t")[1]
    assert shell.words(f"dealflow {db} accounts show Many\\ of\\ 59\t")[-1] == "Many of 59"


def test_names_that_move_the_cursor_are_not_offered(shell):
    _, seen = shell.press("dealflow add x -a \t\t")
    assert "moved" not in seen
    assert "~root" in seen


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_the_scripts_can_be_read_by_their_shells(name):
    try:
        done = subprocess.run(
            [name, "-n", SCRIPTS / f"dealflow.{name}"], check=False, capture_output=True
        )
    except FileNotFoundError:
        pytest.skip(f"{name} is not installed")
    assert (done.returncode, done.stderr) == (0, b"")
