"""`dealflow import deals`: what comes in, what is refused, and that a second time changes nothing."""

import csv
from datetime import datetime

import pytest

BOOKKEEPING = {"command", "change", "sqlite_sequence", "alembic_version"}

HEADING = "external_id,title,account,rep,stage,amount,created,closed,reason\n"


def at(local):
    """The instant of a local time in Shanghai."""
    return int(datetime.fromisoformat(f"{local}+08:00").timestamp())


def counts(said, table="deals"):
    return next(row for row in said if row["table"] == table)


@pytest.fixture
def team(dealflow):
    """A database with reps li and wang and the customer Acme."""
    dealflow.ok("reps", "add", "wang", "--email", "wang@example.com")
    dealflow.ok("accounts", "add", "Acme")
    return dealflow


def test_a_new_deal_gets_one_visit_from_its_creation(team):
    team.ok("import", "deals", "-", stdin=HEADING + "a,Pumps,acme,WANG,lead,12.5k,2026-05-01,,\n")
    assert team.rows(
        "SELECT title, owner_id, first_owner_id, account_id, amount, currency, status,"
        " created_at, stage_since - created_at, closed_at"
        " FROM opportunity",
    ) == [("Pumps", 2, 2, 1, 1_250_000, "CNY", "open", at("2026-05-01 00:00:00"), 0, None)]
    assert team.rows(
        "SELECT seq, owner_id, amount, entered_at, left_at, ending FROM visit",
    ) == [(1, 2, 1_250_000, at("2026-05-01 00:00:00"), None, None)]


def test_a_closed_deal_was_closed_in_the_stage_that_is_said(team):
    text = HEADING + (
        "a,A,Acme,wang,Won,100,2026-05-01,2026-05-20,\n"
        "b,B,Acme,wang@example.com,输单,0,2026-05-01,2026-05-21,Price\n"
        "c,C,Acme,li,无效,,2026-05-01,2026-05-01,\n"
    )
    said = team.ok(
        *("import", "-", "--closed-in", "negotiation", "--force", "--why", "history"), stdin=text
    )
    assert "closed in a stage that the file does not say" not in said.err
    assert team.rows(
        "SELECT s.key, v.ending, t.key, v.end_owner_id, v.end_amount, r.key, json_array_length(v.passed), v.forced,"
        " v.why, v.entry_why, (v.left_at - v.entered_at) / 86400 FROM visit v"
        " JOIN stage s ON s.id = v.stage_id LEFT JOIN stage t ON t.id = v.to_stage_id"
        " LEFT JOIN loss_reason r ON r.id = v.reason_id ORDER BY v.id",
    ) == [
        ("negotiation", "won", "won", 2, 10000, None, 0, 0, None, "history", 19),
        ("negotiation", "lost", None, 2, 0, "price", 0, 0, None, "history", 20),
        ("negotiation", "void", None, 1, None, None, 0, 0, None, "history", 0),
    ]
    assert team.rows("SELECT status, closed_at - created_at FROM opportunity") == [
        ("won", 19 * 86400),
        ("lost", 20 * 86400),
        ("void", 0),
    ]
    team.ok("db", "check")


def test_without_a_stage_for_closed_deals_it_is_the_first_and_that_is_said(team):
    text = HEADING + "b,B,Acme,li,Lost,0,2026-05-01,2026-05-21,\n"
    said = team.ok("import", "-", stdin=text)
    assert "1 deal closed in a stage that the file does not say: recorded as Lead" in said.err
    assert "1 deal lost without a reason" in said.err


def test_requirements_hold_for_what_is_imported(team):
    text = HEADING + "a,Pumps,Acme,li,solution,,2026-05-01,,\n"
    said = team("import", "-", stdin=text)
    assert (said.code, said.out) == (5, "")
    for gap in ("at least 1 call", "the field 'need'", "a contact person", "an amount"):
        assert gap in said.err
    assert team("import", "-", "--force", stdin=text).code == 2
    team.ok("import", "-", "--force", "--why", "moved over", stdin=text)
    assert team.rows("SELECT forced, why, entry_why FROM visit") == [(0, None, "moved over")]


def test_what_many_rows_lack_is_told_once_with_what_takes_them_in(team):
    row = "{0},{0},Acme,li,solution,,2026-05-01,,\n"
    said = team("import", "-", stdin=HEADING + "".join(map(row.format, "abc")))
    assert said.err.count("cannot move to") == 1
    assert "needs an amount (3 rows)" in said.err
    assert 'hint: --force --why "…" takes deals in as they are\n' in said.err


def test_a_win_is_held_to_what_winning_asks_for(team):
    text = "external_id,title,stage,created,closed\na,A,Won,2026-05-01,2026-05-20\n"
    said = team("import", "-", "--closed-in", "lead", stdin=text)
    assert said.code == 5
    assert "cannot move to Won" in said.err
    team.ok("import", "-", "--closed-in", "lead", "--force", "--why", "old", stdin=text)
    found = team.rows("SELECT forced, why, entry_why, json_array_length(passed) FROM visit")
    assert found == [(1, "old", None, 4)]


def test_all_rows_or_none(team):
    before = team.content()
    text = HEADING + (
        "a,A,Acme,li,lead,1,2026-05-01,,\n"
        "b,B,Acme,nobody,lead,1,2026-05-01,,\n"
        "c,C,Acme,li,lead,much,31/31/2026,,\n"
        "a,A again,Acme,li,lead,1,2026-05-01,,\n"
        "d,D,Acme,li,lead\n"
    )
    said = team("import", "-", stdin=text)
    assert (said.code, said.out) == (5, "")
    assert said.err.splitlines()[0] == (
        "error: 4 of 5 rows cannot be taken in; nothing was changed"
    )
    told = {line.split(":")[0]: line for line in said.err.splitlines()}
    assert "no rep 'nobody'" in told["line 3"]
    assert "amount: 'much'" in told["line 4"]
    assert "created: '31/31/2026'" in told["line 4"]
    assert "stands in line 2 already" in told["line 5"]
    assert "5 cells" in told["line 6"]
    assert team.content() == before
    assert team.rows("SELECT count(*) FROM command WHERE verb = 'import'") == [(0,)]


def test_errors_are_data_for_machines(team):
    import json

    said = team("import", "-", "--json", stdin=HEADING + "a,A,Acme,nobody,lead,1,2026-05-01,,\n")
    error = json.loads(said.err)
    assert (error["error"], error["exit_code"], error["rejected"]) == ("bad_rows", 5, 1)
    assert error["rows"] == [{"line": 2, "reason": "no rep 'nobody'"}]


def test_many_rows_with_one_fault_are_told_once(team):
    text = HEADING + "".join(f"{n},A,Acmee,li,lead,1,2026-05-01,,\n" for n in range(30))
    said = team("import", "-", stdin=text)
    assert "line 2: no customer 'Acmee'; did you mean Acme? (30 rows)" in said.err
    assert 'hint: --value "account:Acmee=Acme"' in said.err


def test_more_faults_than_a_person_reads_are_counted(team):
    text = HEADING + "".join(f"{n},A,Acme,li,lead,x{n},2026-05-01,,\n" for n in range(25))
    said = team("import", "-", stdin=text)
    assert said.err.count("\nline ") == 20
    assert "and 5 more" in said.err


def test_bad_rows_can_be_left_out_and_are_kept_in_a_file_of_ones_own(team, tmp_path):
    kept = tmp_path / "bad.csv"
    text = HEADING + (
        "a,A,Acme,li,lead,1,2026-05-01,,\n"
        'b,"=cmd, ""x""",Nobody,li,lead,1,2026-05-01,,\n'
        "c,C,Acme,li,lead,1,2026-05-01,,,extra\n"
    )
    said = team("import", "-", "--skip-bad", str(kept), "--json", stdin=text)
    assert said.code == 11
    assert counts(said.data) == {
        "table": "deals", "created": 1, "updated": 0, "unchanged": 0, "rejected": 2,
    }  # fmt: skip
    assert kept.stat().st_mode & 0o777 == 0o600
    with kept.open(encoding="utf-8", newline="") as file:
        heading, first, second = csv.reader(file)
    assert heading == [*HEADING.strip().split(","), "rejected_line", "rejected_reason"]
    assert first[:3] == ["b", '\'=cmd, "x"', "Nobody"]
    assert first[9:] == ["3", "no customer 'Nobody'"]
    assert second[9] == "4"
    assert second[-1] == "extra"
    again = team("import", "-", "--skip-bad", str(kept), stdin=text)
    assert again.code == 4


def test_the_mended_file_of_rejected_rows_can_be_imported(team, tmp_path):
    kept = tmp_path / "bad.csv"
    text = HEADING + "b,=1+1,Nobody,li,lead,1,2026-05-01,,\n"
    assert team("import", "-", "--skip-bad", str(kept), stdin=text).code == 11
    team.ok("accounts", "add", "Nobody")
    said = team.ok("import", str(kept))
    assert "rejected_" not in said.err
    assert team.rows("SELECT title FROM opportunity") == [("=1+1",)]


def test_no_file_is_left_where_nothing_was_rejected_or_the_import_failed(team, tmp_path):
    kept = tmp_path / "bad.csv"
    good = HEADING + "a,A,Acme,li,lead,1,2026-05-01,,\n"
    team.ok("import", "-", "--skip-bad", str(kept), stdin=good)
    assert not kept.exists()
    assert team("import", "-", "--skip-bad", str(kept), stdin=good + '"broken').code == 5
    assert not kept.exists()
    assert team("import", "-", "--skip-bad", str(kept), "--dry-run", stdin=good + "x").code == 11
    assert not kept.exists()


@pytest.mark.parametrize(
    "row",
    [
        "b,B,Beta,newcomer,lead,1,,2026-05-01,",
        "b,B,Beta,newcomer,needs,1,2026-05-01,,",
        f"b,{'x' * 501},Beta,newcomer,lead,1,2026-05-01,,",
        f"b,B,{'x' * 301},newcomer,lead,1,2026-05-01,,",
        "b,B,Beta,newcomer,Lost,1,2026-05-01,2026-05-02,unheard of",
    ],
)
def test_nothing_is_made_for_a_row_that_is_rejected(team, tmp_path, row):
    before = team.content()
    options = ("--create", "accounts,reps", "--skip-bad", str(tmp_path / "bad.csv"))
    said = team("import", "-", *options, "--closed-in", "lead", stdin=HEADING + row + "\n")
    assert said.code == 11
    assert team.content() == before


def test_a_dry_run_tells_everything_and_changes_nothing(team):
    before = team.content()
    text = HEADING + "a,A,Beta,li,lead,1,2026-05-01,,\n"
    said = team.ok("import", "-", "--create", "accounts", "--dry-run", "--json", stdin=text)
    assert counts(said.data)["created"] == 1
    assert "dry run: nothing was changed" in said.err
    assert team.content() == before
    assert team.rows("SELECT count(*) FROM command WHERE verb = 'import'") == [(0,)]


FILE = HEADING + (
    "a,A,Acme,li,lead,1,2026-05-01,,\n"
    "b,B,Beta,wang,Lost,0,2026-05-01,2026-05-20,price\n"
    "c,C,,li,Won,7,2026-05-01 09:30,2026-05-01,\n"
)
OPTIONS = ("--create", "accounts", "--force", "--why", "history")


def test_the_same_file_again_changes_nothing(team):
    team.ok("import", "-", *OPTIONS, stdin=FILE)
    journal = "SELECT * FROM command JOIN change ON command_id = command.id"
    before = team.content(), team.rows(journal)
    said = team.ok("import", "-", *OPTIONS, "--json", stdin=FILE)
    assert counts(said.data)["unchanged"] == 3
    assert "nothing changed" in said.err
    assert (team.content(), team.rows(journal)) == before


def test_undo_takes_an_import_away_and_redo_brings_it_back(team):
    before = team.content()
    team.ok("import", "-", *OPTIONS, "--save-map", "crm", stdin=FILE)
    after = team.content()
    team.ok("undo")
    assert team.content() == before
    team.ok("redo")
    assert team.content() == after


def test_undo_works_when_later_rows_needed_new_records(team):
    """More rows than a chunk has, and the first new customer, rep and product come late."""
    before = team.content()
    early = "".join(f"{n},Deal {n},Acme,li,,2026-05-01\n" for n in range(700))
    text = "external_id,title,account,rep,product,created\n" + early
    text += "x,Late,Beta,newcomer,Gadget;Widget,2026-05-01\n"
    said = team.ok("import", "-", "--create", "accounts,reps,products", "--json", stdin=text)
    assert [(row["table"], row["created"]) for row in said.data] == [
        ("reps", 1), ("accounts", 1), ("products", 2), ("deals", 701),
    ]  # fmt: skip
    team.ok("undo")
    assert team.content() == before


# ── known deals ───────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def known(team):
    """Deal a: li's, in lead since May, of Acme."""
    team.ok("import", "-", stdin=HEADING + "a,A,Acme,li,lead,1,2026-05-01,,\n")
    return team


def test_what_changed_in_the_file_is_edited_and_an_empty_cell_says_nothing(known):
    said = known.ok("import", "-", "--json", stdin=HEADING + "a,A new title,,wang,,250,,,\n")
    assert counts(said.data)["updated"] == 1
    assert known.rows(
        "SELECT title, account_id, owner_id, first_owner_id, amount FROM opportunity"
    ) == [("A new title", 1, 2, 1, 25000)]


def test_a_changed_stage_is_a_move_and_meets_the_same_requirements(known):
    text = HEADING + "a,A,Acme,li,needs,1,2026-05-01,,\n"
    said = known("import", "-", stdin=text)
    assert said.code == 5
    assert "cannot move to Needs defined" in said.err
    known.ok("import", "-", "--force", "--why", "told so", stdin=text)
    assert known.rows(
        "SELECT seq, ending, forced, why, left_at IS NULL FROM visit ORDER BY seq"
    ) == [(1, "advanced", 1, "told so", 0), (2, None, 0, None, 1)]
    again = known.ok("import", "-", "--json", stdin=text)
    assert counts(again.data)["unchanged"] == 1


def test_a_deal_that_was_lost_meanwhile_is_lost_on_its_day_for_its_reason(known):
    text = HEADING + "a,A,Acme,li,Lost,1,2026-05-01,2026-06-10,\n"
    said = known("import", "-", stdin=text)
    assert said.code == 5
    assert "cannot be lost without a reason" in said.err
    known.ok("import", "-", "--value", "reason:=other", stdin=text)
    assert known.rows(
        "SELECT o.status, o.closed_at, r.key FROM opportunity o"
        " JOIN visit v ON v.opportunity_id = o.id JOIN loss_reason r ON r.id = v.reason_id",
    ) == [("lost", at("2026-06-10 00:00:00"), "other")]


def test_a_closed_deal_that_is_open_in_the_file_is_reopened(known):
    known.ok("lose", "1", "--reason", "price")
    known.ok("import", "-", stdin=HEADING + "a,A,Acme,li,lead,1,2026-05-01,,\n")
    assert known.rows("SELECT status FROM opportunity") == [("open",)]
    known.ok("db", "check")


CLOSED = "external_id,title,stage,status,amount,created,closed,reason\n"


@pytest.fixture
def closed(team):
    """Deal w, won for 100 on 20 May, and deal l, lost on that day, both since 1 May."""
    text = CLOSED + (
        "w,W,lead,won,100,2026-05-01,2026-05-20,\nl,L,lead,lost,50,2026-05-01,2026-05-20,\n"
    )
    team.ok("import", "-", "--force", "--why", "history", stdin=text)
    return team


ENDED = (
    "SELECT o.amount, o.currency, v.end_amount, v.currency, r.key, o.closed_at = v.left_at,"
    " v.left_at FROM visit v"
    " JOIN opportunity o ON o.id = v.opportunity_id LEFT JOIN loss_reason r ON r.id = v.reason_id"
    " ORDER BY o.id"
)


def test_a_close_that_was_told_wrongly_is_put_right(closed):
    """The amount, the day and the reason of a close are what reports count."""
    before = closed.content()
    text = CLOSED + (
        "w,W,lead,won,USD 250,2026-05-01,2026-05-21,\n"
        "l,L,lead,lost,50,2026-05-01,2026-05-19 14:30,price\n"
    )
    said = closed.ok("import", "-", "--json", stdin=text)
    assert counts(said.data)["updated"] == 2
    assert "2 deals closed on another day, for another amount or reason than before" in said.err
    assert closed.rows(ENDED) == [
        (25000, "USD", 25000, "USD", None, 1, at("2026-05-21 00:00:00")),
        (5000, "CNY", 5000, "CNY", "price", 1, at("2026-05-19 14:30:00")),
    ]
    assert counts(closed.ok("import", "-", "--json", stdin=text).data)["unchanged"] == 2
    closed.ok("db", "check")
    closed.ok("undo")
    assert closed.content() == before


def test_a_close_before_the_stage_that_it_closed_is_refused(closed):
    text = CLOSED + "w,W,lead,won,100,,2026-04-30,\n"
    said = closed("import", "-", stdin=text)
    assert said.code == 5
    assert "line 2: it was closed on 2026-04-30, before it came to its last stage" in said.err


def test_the_day_of_a_close_that_is_right_leaves_its_hour(closed):
    closed.ok("import", "-", stdin=CLOSED + "w,W,lead,won,100,,2026-05-20 14:30,\n")
    said = closed.ok("import", "-", "--json", stdin=CLOSED + "w,W,lead,won,100,,2026-05-20,\n")
    assert counts(said.data)["unchanged"] == 1


def test_only_rows_that_came_in_are_told_to_lack_an_id(team, tmp_path):
    kept = str(tmp_path / "bad.csv")
    said = team("import", "-", "--skip-bad", kept, stdin="title,account\nA,Acme\nB,Nobody\n")
    assert "1 deal without an external id" in said.err


def test_the_help_says_what_is_needed(team):
    said = team.ok("import", "--help")
    assert "[KIND] FILE" in said.out.splitlines()[0]
    assert "[KIND] [FILE]" not in said.out


def test_a_row_that_fails_halfway_leaves_its_deal_as_it_was(known, tmp_path):
    """Its edit would do, its move does not: with --skip-bad neither may stay."""
    before = known.content()
    text = HEADING + "a,Other,Acme,wang,needs,1,2026-05-01,,\n"
    said = known("import", "-", "--skip-bad", str(tmp_path / "bad.csv"), stdin=text)
    assert said.code == 11
    assert known.content() == before


def test_a_known_deal_takes_tags_products_contacts_and_fields(known):
    text = "external_id,tags,product,contact,field:need\na,vip;big,Pump,Mr Wu,speed\n"
    assert known("import", "-", stdin=text).code == 5
    known.ok("import", "-", "--create", "products,contacts", stdin=text)
    assert known.rows("SELECT tags, fields FROM opportunity") == [
        ('["vip", "big"]', '{"need": "speed"}')
    ]
    assert known.rows(
        "SELECT p.name, c.name, c.account_id FROM opportunity o"
        " JOIN opportunity_line l ON l.opportunity_id = o.id JOIN product p ON p.id = l.product_id"
        " JOIN contact c ON c.id = o.contact_id",
    ) == [("Pump", "Mr Wu", 1)]
    said = known.ok("import", "-", "--json", stdin=text)
    assert counts(said.data)["unchanged"] == 1


# ── names, titles, saved maps ─────────────────────────────────────────────────────────────────


def test_a_deal_without_a_title_is_called_by_what_it_is_about(team):
    team.ok("products", "add", "Pump")
    text = (
        "external_id,product,account,created\n"
        "a,Pump,Acme,2026-05-01\nb,,Acme,2026-05-01\nc,Pump,,2026-05-01\n"
    )
    team.ok("import", "-", stdin=text)
    titles = [title for (title,) in team.rows("SELECT title FROM opportunity ORDER BY id")]
    assert titles == ["Pump for Acme", "Acme", "c"]


def test_what_nobody_said_is_recorded_as_such_and_told(team):
    said = team.ok("import", "-", stdin="title\nSomething\n")
    assert "1 deal without an owner: yours now (li)" in said.err
    assert "1 deal without a created date: recorded as of now" in said.err
    assert "1 deal without an external id" in said.err


def test_an_amount_of_nothing_is_not_an_amount_of_zero(team):
    text = "external_id,title,amount,currency\na,A,0,\nb,B,,USD\nc,C,5,JPY\nd,D,5,\n"
    team.ok("import", "-", stdin=text)
    assert team.rows("SELECT amount, currency FROM opportunity ORDER BY id") == [
        (0, "CNY"), (None, "USD"), (5, "JPY"), (500, "CNY"),
    ]  # fmt: skip


def test_a_map_that_was_saved_is_used_again(team, tmp_path):
    file = tmp_path / "crm.csv"
    file.write_text("Nr,Topic,Phase\n1,Pumps,Prospecting\n", encoding="utf-8")
    told = ("--map", "Nr=external_id,Topic=title", "--map", "Phase=stage")
    team.ok("import", str(file), *told, "--value", "stage:prospecting=lead", "--save-map", "crm")
    said = team.ok("import", str(file), "--use-map", "crm", "--json")
    assert counts(said.data)["unchanged"] == 1
    refused = team("import", str(file), "--use-map", "other")
    assert refused.code == 2
    assert "saved: crm" in refused.err


def test_a_translation_that_meets_nothing_is_told(team):
    said = team.ok("import", "-", "--value", "stage:X=lead", stdin="title,stage\nA,lead\n")
    assert "--value stage:x met nothing in the file" in said.err


def test_a_file_in_chinese_needs_no_map(team):
    text = (
        "商机编号,商机名称,客户名称,负责人,阶段,金额,创建时间,预计成交日期,来源\n"
        "S1,水泵,华联,wang,lead,12.5万,2026-05-01 09:30,2026-08-31,展会\n"
    )
    said = team.ok("import", "-", "--create", "accounts", stdin=text)
    assert "ignored" not in said.err
    assert team.rows(
        "SELECT external_id, title, amount, expected_close, source, created_at FROM opportunity",
    ) == [("S1", "水泵", 12_500_000, "2026-08-31", "展会", at("2026-05-01 09:30:00"))]


def test_ndjson_that_the_list_writes_can_be_read(team):
    text = '{"external_id": 7, "title": "x", "amount": 12.50, "tags": ["a", "b"]}\n'
    team.ok("import", "-", stdin=text)
    assert team.rows("SELECT external_id, amount, tags FROM opportunity") == [
        ("7", 1250, '["a", "b"]')
    ]


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (("import", "deels", "-"), 2),
        (("import", "deals"), 2),
        (("import", "deals", "-", "-"), 2),
        (("import",), 2),
        (("import", "-", "--create", "deals"), 2),
        (("import", "-", "--match", "title"), 2),
        (("import", "-", "--closed-in", "won"), 2),
        (("import", "-", "--closed-in", "nowhere"), 3),
        (("import", "-", "--pipeline", "nowhere"), 3),
        (("import", "no-such-file.csv"), 7),
        (("import", "-", "--skip-bad", "no-such-folder/bad.csv"), 7),
    ],
)
def test_what_is_asked_wrongly_is_refused(team, args, code):
    said = team(*args, stdin="title\nA\n")
    assert (said.code, said.out) == (code, "")
    assert said.err.startswith("error: ")


def test_nul_and_lone_surrogates_do_not_come_in(team):
    assert team("import", "-", stdin=b"title\nA\x00B\n").code == 5
    assert team("import", "-", stdin='{"title": "\\ud800"}\n').code == 5


def test_without_a_title_the_file_is_told_as_it_was_understood(dealflow, tmp_path):
    sheet = tmp_path / "deals.csv"
    sheet.write_text("Bid's name,Customer,Worth\nPumps,Acme,10k\n", encoding="utf-8")
    said = dealflow.ok("import", "deals", str(sheet), "--create", "accounts")
    assert "each deal is called after its customer\n" in said.err
    assert "understood: Customer → account; ignored: Bid's name, Worth\n" in said.err
    assert "dealflow undo, and again with --map 'Bid'\"'\"'s name=title'\n" in said.err
    rehearsed = dealflow.ok("import", "deals", str(sheet), "--create", "accounts", "--dry-run")
    assert "if one of those is the title: --map " in rehearsed.err
    dealflow.ok("undo")
    title = ("--map", "Bid's name=title")
    said = dealflow.ok("import", "deals", str(sheet), "--create", "accounts", *title)
    assert "ignored: Worth\n" in said.err
    assert "called after" not in said.err
    assert dealflow.json("list")[0]["title"] == "Pumps"


def test_projects_and_phases_are_known_by_these_headings(dealflow, tmp_path):
    sheet = tmp_path / "deals.csv"
    sheet.write_text("项目,Phase,Customer\n水泵,lead,Acme\n", encoding="utf-8")
    dealflow.ok("import", "deals", str(sheet), "--create", "accounts")
    (deal,) = dealflow.json("list")
    assert (deal["title"], deal["stage"]) == ("水泵", "lead")
