"""Who else may open the file, and what is put beside it: modes and groups, whatever the umask."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from dealflow.store import modes
from dealflow.store.book import Author
from dealflow.store.database import Database

posix = pytest.mark.skipif(os.name != "posix", reason="groups are a matter of POSIX")
as_root = pytest.mark.skipif(os.name != "posix" or os.getuid() != 0, reason="becomes others")
pytestmark = posix
GROUP = (
    4321 if os.name == "posix" and os.getuid() == 0 else (os.getgid() if os.name == "posix" else 0)
)


def mode(path) -> int:
    return stat.S_IMODE(os.stat(path).st_mode)


@pytest.fixture(params=[0o077, 0o000], ids=["umask 077", "umask 000"])
def umask(request):
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def shared_folder(path: Path) -> Path:
    path.mkdir()
    os.chown(path, -1, GROUP)
    os.chmod(path, 0o2770)
    return path


@pytest.fixture
def team(cli_without_database, tmp_path):
    """The command line with a database to be made in a folder of a group."""
    line = cli_without_database
    line.path = shared_folder(tmp_path / "team") / "pipeline.db"
    line.monkeypatch.setenv("DEALFLOW_DB", str(line.path))
    return line


@pytest.fixture
def shared(team, umask):
    team.ok("init", "--shared-group", "--timezone", "Asia/Shanghai")
    return team


def test_a_database_is_private_by_default(cli_without_database, umask):
    cli_without_database.ok("init")
    assert mode(cli_without_database.path) == 0o600


def test_a_shared_database_is_its_groups_whatever_the_umask(shared):
    assert mode(shared.path) == 0o660
    assert os.stat(shared.path).st_gid == GROUP
    assert os.listdir(shared.path.parent) == ["pipeline.db"]


@pytest.mark.parametrize(
    ("bits", "missing"),
    [
        (0o700, ["its group may not write in it", "setgid"]),
        (0o770, ["setgid"]),
        (0o2750, ["its group may not write in it"]),
        (0o777, ["setgid"]),
    ],
)
@pytest.mark.parametrize("dry", [[], ["--dry-run"]], ids=["real", "dry"])
def test_a_folder_in_which_members_could_not_work_is_refused(team, bits, missing, dry):
    os.chmod(team.path.parent, bits)
    said = team("init", "--shared-group", *dry)
    assert (said.code, said.out, os.listdir(team.path.parent)) == (7, "", [])
    assert all(what in said.err for what in missing)
    assert "its group may not" not in said.err or "its group may not write in it" in missing
    assert f"chmod g+rwxs {team.path.parent}" in said.err


def test_the_folder_behind_a_link_is_the_one_that_counts(team, tmp_path):
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    (tmp_path / "to-team").symlink_to(team.path.parent)
    (tmp_path / "to-private").symlink_to(private)
    assert team("--db", str(tmp_path / "to-private" / "a.db"), "init", "--shared-group").code == 7
    team.ok("--db", str(tmp_path / "to-team" / "a.db"), "init", "--shared-group")
    assert mode(team.path.parent / "a.db") == 0o660


def test_nothing_is_made_through_a_link_that_leads_nowhere(team, tmp_path):
    team.path.symlink_to(tmp_path / "elsewhere.db")
    assert team("init", "--shared-group").code == 4
    assert not (tmp_path / "elsewhere.db").exists()


def test_the_journal_of_a_shared_database_is_the_groups_as_well(shared):
    db = Database(str(shared.path))
    author = Author("li", "edit", "dealflow edit", 1_782_900_000)
    with db.writing(author, keep=False) as book:
        book.conn.execute("UPDATE rep SET team = 'north'")
        info = os.stat(f"{shared.path}-journal")
    assert (stat.S_IMODE(info.st_mode), info.st_gid) == (0o660, GROUP)
    db.close()


def test_backups_of_a_shared_database_are_the_groups(shared):
    shared.ok("db", "backup")
    folder = shared.path.parent / "backups"
    (made,) = folder.iterdir()
    assert (mode(folder), os.stat(folder).st_gid) == (0o2770, GROUP)
    assert (mode(made), os.stat(made).st_gid) == (0o660, GROUP)
    shared.ok("db", "restore", str(made), "--yes")
    assert mode(shared.path) == 0o660
    assert {mode(path) for path in folder.iterdir()} == {0o660}


def test_backups_of_a_private_database_are_private(cli_without_database, umask):
    line = cli_without_database
    line.ok("init")
    line.ok("db", "backup")
    folder = line.path.parent / "backups"
    assert mode(folder) == 0o700
    assert [mode(path) for path in folder.iterdir()] == [0o600]


def test_what_replaces_a_damaged_shared_database_is_the_groups(shared):
    backup = shared.path.parent / "copy.db"
    shared.ok("db", "backup", str(backup))
    shared.path.write_bytes(b"no database at all" * 100)
    shared.ok("db", "restore", str(backup), "--yes")
    assert (mode(shared.path), os.stat(shared.path).st_gid) == (0o660, GROUP)


@as_root
def test_a_copy_is_not_opened_to_another_group_than_the_databases(tmp_path, monkeypatch):
    """Somebody who is not in the group cannot give a file to it; then it stays private."""
    database, copy = tmp_path / "database", tmp_path / "copy"
    for path in (database, copy):
        path.touch(mode=0o600)
    os.chown(database, -1, GROUP)
    os.chmod(database, 0o660)

    def refuse(*_):
        raise PermissionError

    monkeypatch.setattr(os, "chown", refuse)
    modes.share_like(str(copy), str(database))
    assert (mode(copy), os.stat(copy).st_gid) == (0o600, 0)


#: run as root, it loads what the commands need, becomes a member, and does them
_AS_MEMBER = """
import json, os, sys, tempfile
from dealflow import cli
user, group, path, commands = json.loads(sys.argv[1])
def run(path, words):
    return cli.execute(["--db", path, *words])
with tempfile.TemporaryDirectory() as scratch:
    os.environ.update(HOME=scratch, DEALFLOW_REP="li")
    for words in (["init"], *commands, ["db", "backup"], ["list"]):
        run(scratch + "/p.db", words)
print("as a member")
os.environ["HOME"] = os.path.dirname(path) + "/../home"
os.umask(0o077), os.setgroups([]), os.setgid(group), os.setuid(user)
print(json.dumps([run(path, words) for words in commands]))
"""


@as_root
def test_members_work_with_the_file_and_others_cannot_read_it():
    """As other users of this computer, each with the narrowest umask."""
    with tempfile.TemporaryDirectory() as scratch:
        os.chmod(scratch, 0o755)
        folder = shared_folder(Path(scratch) / "team")
        (Path(scratch) / "home").mkdir()
        os.chmod(Path(scratch) / "home", 0o777)

        def codes(user: int, group: int, *commands: list[str]):
            told = json.dumps([user, group, str(folder / "p.db"), commands])
            done = subprocess.run(
                [sys.executable, "-c", _AS_MEMBER, told],
                capture_output=True, text=True, check=False, cwd="/",
            )  # fmt: skip
            assert "as a member" in done.stdout, done.stderr
            return json.loads(done.stdout.splitlines()[-1])

        add, backup = ["add", "Acme"], ["db", "backup"]
        assert codes(2001, GROUP, ["init", "--shared-group"], add, backup) == [0, 0, 0]
        assert codes(2002, GROUP, add, ["undo"], add, backup) == [0, 0, 0, 0]
        assert codes(2001, GROUP, add, backup) == [0, 0]
        assert codes(2003, 4322, ["list"], add) == [7, 7]
        assert len(os.listdir(folder / "backups")) == 3


# ── init --dry-run ────────────────────────────────────────────────────────────────────────────


def test_a_rehearsed_init_makes_nothing(team):
    said = team.ok("init", "--shared-group", "--dry-run")
    assert "would create" not in said.out
    assert os.listdir(team.path.parent) == []


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--currency", "XYZW"], 2),
        (["--timezone", "Mars/Base"], 2),
        (["--sharing", "nobody"], 2),
        (["--db", "/nowhere/at/all.db"], 7),
        (["-p", "zh", "-p", "zh"], 2),
    ],
)
def test_a_rehearsed_init_refuses_what_the_real_one_refuses(team, words, code):
    dry, real = team("init", "--dry-run", *words), team("init", *words)
    assert (dry.code, dry.out) == (code, "")
    assert (real.code, real.err) == (code, dry.err)


def test_a_rehearsed_init_over_a_file_is_refused(team):
    team.ok("init")
    before = team.path.read_bytes()
    assert team("init", "--dry-run").code == 4
    assert team.path.read_bytes() == before


def test_a_rehearsed_init_judges_the_place(team, tmp_path):
    mount = f"36 35 98:0 / {tmp_path} rw,noatime - fuse.sshfs host:/ rw\n"
    (tmp_path / "mountinfo").write_text(f"35 1 8:1 / / rw - ext4 /dev/sda rw\n{mount}")
    team.monkeypatch.setattr("dealflow.store.places.MOUNTINFO", str(tmp_path / "mountinfo"))
    dry, real = team("init", "--dry-run"), team("init")
    assert (dry.code, dry.err) == (real.code, real.err)
    assert dry.code == 7
    team.ok("init", "--dry-run", "--sharing", "single-user")
    assert os.listdir(team.path.parent) == []


def test_a_rehearsed_init_takes_the_folders_away_that_it_made(team, tmp_path):
    team.monkeypatch.delenv("DEALFLOW_DB")
    team.monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data" / "share"))
    team.ok("init", "--dry-run")
    assert not (tmp_path / "data").exists()
    team.ok("init")
    assert mode(tmp_path / "data" / "share" / "dealflow") == 0o700
