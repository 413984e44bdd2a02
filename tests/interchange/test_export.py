"""`dealflow export TABLE`: which records, in which form, into which file."""

import csv
import io
import json
import os
import stat
import subprocess
import sys

import pytest

TABLES = (
    *("deals", "accounts", "contacts", "products", "reps", "activities", "history"),
    *("follow-ups", "lines", "participants"),
)


@pytest.fixture
def team(dealflow):
    return dealflow.once(make_team)


def make_team(dealflow):
    dealflow.ok("reps", "add", "Wang Fang", "--handle", "wang")
    dealflow.ok("accounts", "add", "宏图模具", "--grade", "A", "--source", "展会")
    dealflow.ok("contacts", "add", "宏图模具", "陶晓燕", "--phone", "13800138000")
    dealflow.ok("products", "add", "Pump", "--price", "1200")
    dealflow.ok(
        "add", "Pumps", "-a", "宏图模具", "-v", "12.5k", "--product", "Pump", "--tag", "vip"
    )
    dealflow.ok("add", "=1+1", "--owner", "wang", "--next", "fri")
    dealflow.ok("join", "1", "wang", "--role", "support")
    dealflow.ok("log", "1", "call", "hello")
    dealflow.ok("accounts", "log", "宏图模具", "download", "list")
    dealflow.at("2026-07-02T10:00:00+08:00")
    dealflow.ok("lose", "2", "-r", "price")


def rows(line, *words):
    return json.loads(line.ok("export", *words, "-o", "json").out)


def test_every_table_goes_out(team):
    counted = {table: len(rows(team, table)) for table in TABLES}
    assert counted == {
        "deals": 2, "accounts": 1, "contacts": 1, "products": 1, "reps": 2, "activities": 2, "history": 2,
        "follow-ups": 1, "lines": 1, "participants": 1,
    }  # fmt: skip


def test_closed_deals_go_out_as_well_and_a_filter_chooses(team):
    assert [row["status"] for row in rows(team, "deals")] == ["open", "lost"]
    assert [row["title"] for row in rows(team, "deals", "owner:wang", "status:lost")] == ["=1+1"]
    assert rows(team, "history", "status:open")[0]["title"] == "Pumps"
    assert [row["deal"] is None for row in rows(team, "activities")] == [False, True]
    assert (
        len(rows(team, "activities", "owner:li")) == 1
    )  # what was with the customer is of no deal
    assert rows(team, "accounts", "grade:B") == []
    assert rows(team, "contacts", "grade:A")[0]["name"] == "陶晓燕"
    assert len(rows(team, "follow-ups", "for:wang")) == 1


def test_a_deal_is_told_with_what_is_its_own(team):
    (pumps, _) = rows(team, "deals")
    assert (pumps["source"], pumps["grade"]) == (None, None)  # the customer's are the customer's
    assert pumps["product"] == ["Pump"]
    assert (pumps["stage"], pumps["pipeline"]) == (
        "Lead",
        team.json("pipelines", "list")[0]["name"],
    )
    assert (pumps["amount"], pumps["currency"]) == (12500.0, "CNY")
    lost = rows(team, "deals")[1]
    assert (lost["reason"], lost["closed_at"]) == ("Price", "2026-07-02T10:00:00+08:00")


def test_the_past_goes_out_as_it_stood(team):
    then = rows(team, "deals", "--as-of", "2026-07-01")
    assert [(row["status"], row["reason"]) for row in then] == [("open", None), ("open", None)]
    visit = rows(team, "history", "--as-of", "2026-07-01")[1]
    assert (visit["left_at"], visit["ending"], visit["reason"]) == (None, None, None)
    (plan,) = rows(team, "follow-ups", "--as-of", "2026-07-01")
    assert plan["cancelled_at"] is None
    team.ok("accounts", "edit", "宏图模具", "--grade", "C")
    assert rows(team, "accounts", "--as-of", "2026-07-01")[0]["grade"] == "A"
    team.ok("contacts", "edit", "1", "--phone", "2", "--title", "CTO")
    team.ok("contacts", "add", "宏图模具", "Later")
    (then,) = rows(team, "contacts", "--as-of", "2026-07-01")
    assert (then["phone"], then["title"], then["account"]) == ("13800138000", None, "宏图模具")
    assert then["external_id"] == rows(team, "contacts")[0]["external_id"]
    card = team.ok("export", "--vcard", "--as-of", "2026-07-01").out
    assert card.count("BEGIN:VCARD") == card.count("13800138000") == 1
    said = team("export", "products", "--as-of", "2026-07-01")
    assert (said.code, said.out) == (2, "")
    assert "as they are now only" in said.err


def test_it_is_csv_if_nothing_else_is_said(team):
    told = team.ok("export", "reps").out
    found = list(csv.DictReader(io.StringIO(told)))
    assert [row["handle"] for row in found] == ["li", "wang"]
    assert team.ok("export", "reps", "-o", "csv").out == told
    assert team.ok("export", "reps", "-o", "tsv").out.startswith("external_id\thandle\t")
    assert team.ok("export", "reps", "-o", "md").out.startswith("| id | handle |")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "export which table?"),
        (("deal",), None),
        (("商机",), None),
        (("delas",), "did you mean deals?"),
        (("stage:needs",), "unknown table"),
        (("products", "x"), "have no filter"),
        (("deals", "-o", "table"), "for programs"),
        (("deals", "--to", "x.pdf"), "unknown ending"),
        (("deals", "--to", "x.xls"), "did you mean .xlsx?"),
        (("deals", "--to", "x.csv", "-o", "tsv"), "is csv by its ending"),
        (("deals", "-o", "tsv", "--excel"), "--excel is for CSV"),
        (("deals", "--excel", "--raw"), "leave one out"),
        (("deals", "--xlsx", "-o", "csv"), "something else"),
        (("deals", "--xlsx", "--vcard"), "three formats"),
        (("deals", "--events"), "for --ics"),
        (("deals", "--vcard"), "for contacts"),
        (("deals", "--to", " "), "names no file"),
        (("deals", "--to", "a\0.csv"), "NUL"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_written(
    team, words, told, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    before = sorted(os.listdir())
    said = team("export", *words)
    if told is None:
        assert said.code == 0
        return
    assert (said.code, said.out) == (2, "")
    assert told in said.err
    assert sorted(os.listdir()) == before


# ── Excel ────────────────────────────────────────────────────────────────────────────────────


def test_for_excel_there_is_a_mark_and_its_line_ends(team, tmp_path):
    team.ok("log", "1", "note", "first\nsecond")
    path = tmp_path / "a.csv"
    team.ok("export", "activities", "--to", str(path), "--excel")
    told = path.read_bytes()
    assert told.startswith(b"\xef\xbb\xbf")
    assert told.count(b"\r\n") == 4  # the heading, and three rows
    assert b"first\nsecond" in told
    assert team.ok("export", "activities", "--excel").out.encode() == told
    said = team.ok("import", str(path))
    assert "nothing changed" in said.err


def test_a_list_is_excels_too(team):
    assert team.ok("list", "--excel").out.startswith('\ufeff"id",')
    assert team.ok("list", "--excel", "-o", "csv", "--no-header").out.endswith("\r\n")


def test_what_excel_would_run_is_guarded_and_the_guard_comes_off_again(team):
    told = team.ok("export", "deals", "--excel").out
    assert '"\'=1+1"' in told
    assert '"=1+1"' in team.ok("export", "deals", "--raw").out
    (counted,) = team.ok("import", "-", "--json", stdin=told).data
    assert (counted["unchanged"], counted["updated"]) == (2, 0)


# ── files ────────────────────────────────────────────────────────────────────────────────────


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def test_a_new_file_is_its_users_only(team, tmp_path):
    path = tmp_path / "deals.csv"
    said = team.ok("export", "deals", "--to", str(path))
    assert (said.out, said.err) == ("", f"wrote {path}: 2 rows\n")
    assert mode(path) == 0o600
    assert path.read_text("utf-8") == team.ok("export", "deals").out
    assert os.listdir(tmp_path / ".").count("deals.csv") == 1


def test_a_file_that_is_replaced_keeps_its_mode_and_its_link(team, tmp_path):
    path, link = tmp_path / "deals.csv", tmp_path / "latest.csv"
    path.write_text("old")
    path.chmod(0o640)
    link.symlink_to(path)
    before = path.stat().st_ino
    team.ok("export", "deals", "--to", str(link))
    assert link.is_symlink()
    assert mode(path) == 0o640
    assert path.stat().st_ino != before  # whoever had it open still reads the old one
    assert "Pumps" in path.read_text("utf-8")


def test_every_question_goes_into_a_file(team, tmp_path):
    path = tmp_path / "leakage.json"
    said = team.ok("leakage", "-o", str(path))
    assert said.out == ""
    assert json.loads(path.read_text())["report"] == "leakage"
    assert path.read_text() == team.ok("leakage", "--json").out
    team.ok("stages", "export", "-o", str(tmp_path / "en.toml"))
    assert (tmp_path / "en.toml").read_text().startswith(team.ok("stages", "export").out[:20])
    team.ok("db", "dump", "-o", str(tmp_path / "all.ndjson"))
    assert (tmp_path / "all.ndjson").read_text() == team.ok("db", "dump").out
    team.ok("export", "--ics", "--done", "--to", str(tmp_path / "plans.ics"))
    assert (tmp_path / "plans.ics").read_bytes().startswith(b"BEGIN:VCALENDAR\r\n")


def test_a_change_has_no_file(team, tmp_path):
    before = team.content()
    said = team("add", "New", "-o", str(tmp_path / "new.json"))
    assert said.code == 2
    assert "a change answers on stdout" in said.err
    assert team.content() == before
    assert not (tmp_path / "new.json").exists()


@pytest.mark.file
def test_the_database_is_not_written_over(team, tmp_path, monkeypatch):
    link = tmp_path / "link.csv"
    link.symlink_to(team.path)
    before = team.path.read_bytes()
    said = team("export", "deals", "--to", str(link))
    assert said.code == 2
    assert "is the database itself" in said.err
    assert team.path.read_bytes() == before


@pytest.mark.parametrize(
    ("name", "told"),
    [("gone/deals.csv", "no such folder"), ("folder.csv", "it is a folder")],
)
def test_a_place_that_cannot_be_written_is_named(team, tmp_path, name, told):
    (tmp_path / "folder.csv").mkdir()
    said = team("export", "deals", "--to", str(tmp_path / name))
    assert said.code == 7
    assert told in said.err


def test_what_fails_leaves_the_old_file_and_nothing_else(team, tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    path = folder / "deals.csv"
    path.write_text("old")
    team.rows("UPDATE opportunity SET tags = '{' WHERE id = 2")
    assert team("export", "deals", "--to", str(path)).code == 8
    assert os.listdir(folder) == ["deals.csv"]
    assert path.read_text() == "old"


def test_a_hyphen_is_stdout(team):
    assert team.ok("export", "reps", "--to", "-").out == team.ok("export", "reps").out


def test_a_special_file_is_written_to_as_it_is(team):
    assert (
        team.ok("export", "deals", "--to", "/dev/null", "-o", "csv").err
        == "wrote /dev/null: 2 rows\n"
    )
    if os.path.exists("/dev/full"):
        said = team("export", "deals", "--to", "/dev/full", "-o", "csv")
        assert said.code == 7
        assert "no space left" in said.err


@pytest.mark.file
def test_whoever_reads_slowly_keeps_nobody_from_writing(team):
    """A pager may stand open for hours: the database is not read meanwhile."""
    env = os.environ | {"DEALFLOW_NOW": "2026-07-02T10:00:00+08:00"}
    with subprocess.Popen(
        [sys.executable, "-m", "dealflow", "export", "deals"], stdout=subprocess.PIPE, env=env
    ) as slow:
        first = slow.stdout.read(1)
        team.ok("add", "Meanwhile")
        rest = slow.stdout.read()
    assert slow.returncode == 0
    assert (first + rest).count(b"\n") == 3
