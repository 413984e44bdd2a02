"""What a command loads: the schema's frameworks never at the prompt, Rich only to draw."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys

import pytest

FRAMEWORKS = {"sqlmodel", "sqlalchemy", "pydantic", "alembic"}
"""A third of a second to load; only creating and migrating a database needs them."""
DRAWING = {"rich", "pygments", "markdown_it"}
OF_NO_USE_TO_HELP = {"sqlite3", "zoneinfo", "dateutil", "platformdirs", "tomllib"} | {
    f"dealflow.{room}" for room in ("dates", "filters", "model", "store", "actions", "questions")
}

#: every question and every daily action, in an order in which each one succeeds
MORNING = """
add First -a ACME --new-account --value 12.5k --close eom --next +3d
add Second --value 'USD 4,000'
list
list stage:lead value:>=10k close:..eom -tag:vip --sort=-amount
show 1
log 1 call 'they want a demo' --outcome interested --next fri
plan 1 'tomorrow 14:30' 'demo'
snooze 2 +2d
cancel 3 --why 'they cancelled'
done 1 --note 'talked' --kind call
edit 1 --grade A --set need=robots --contact 'Wang Wei'
advance 1
back 1
lose 1 --reason price
reopen 1
win 1 --force --why 'signed at the fair'
void 2
agenda
overdue
overdue --check
leakage
leakage --period 2026-Q2
leakage --by rep
leakage --paths
leakage --period 2026-Q2 --compare previous
close-rates
close-rates --by team,month
close-rates --trend month
list --as-of yesterday status:any
history
undo
redo
reps list
accounts list
accounts show ACME
contacts list
products list
stages list
stages show lead
stages export
settings list
db check
"""
#: runs each command line and tells, for each, its exit code and the modules it loaded
WITNESS = """
import json, os, sys
told = os.fdopen(os.dup(1), "w")
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
from dealflow import cli
found, known = [], set()
for words in json.loads(sys.argv[1]):
    code = cli.execute(words)
    found.append((words, code, sorted(set(sys.modules) - known)))
    known = set(sys.modules)
json.dump(found, told)
told.flush()
os._exit(0)
"""


@pytest.fixture
def loaded(dealflow):
    """For each command line, all run by one new process: the modules that it was the first to load."""

    def loaded(*lines):
        words = json.dumps([shlex.split(line) for line in lines])
        command = [sys.executable, "-c", WITNESS, words]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        found = json.loads(done.stdout)
        assert [(words, code) for words, code, _ in found if code] == [], done.stderr
        return [(shlex.join(words), set(modules)) for words, _, modules in found]

    return loaded


def among(found, forbidden):
    """The forbidden packages and modules, by the command that loaded them."""
    told = {
        line: sorted(
            name for name in modules if name in forbidden or name.partition(".")[0] in forbidden
        )
        for line, modules in found
    }
    return {line: names for line, names in told.items() if names}


def test_no_command_at_the_prompt_loads_a_framework_and_machine_formats_load_no_rich(loaded):
    lines = [line for line in MORNING.strip().splitlines() if line]
    found = loaded(*(f"{line} --json" for line in lines), "list -o csv", "show 1 -o tsv")
    assert among(found, FRAMEWORKS | DRAWING) == {}


def test_drawing_loads_rich_and_still_no_framework(loaded):
    found = loaded("add First", "list -o table", "show 1 -o table", "leakage -o table")
    assert among(found, FRAMEWORKS) == {}
    assert list(among(found, {"rich"})) == ["list -o table"]


def test_help_needs_neither_the_database_nor_the_calendar(loaded):
    found = loaded("--help")
    assert among(found, FRAMEWORKS | DRAWING | OF_NO_USE_TO_HELP) == {}


@pytest.mark.file
def test_only_a_writer_asks_where_the_file_lies(loaded):
    found = loaded("list", "agenda --json", "settings list", "db check", "add First")
    assert list(among(found, {"dealflow.store.places", "ctypes"})) == ["add First"]


def test_creating_a_database_loads_the_schema_and_this_test_would_notice(loaded, tmp_path):
    found = loaded(f"--db {tmp_path}/other.db init --pipeline en")
    assert "sqlmodel" in next(iter(among(found, FRAMEWORKS).values()))
