"""Exports of other systems: what they are recognised by, and what they become."""

import json
import os
from pathlib import Path

import pytest

from dealflow.errors import BadDefinition
from dealflow.interchange import layouts
from dealflow.interchange.fields import DEALS, HISTORY
from dealflow.interchange.layouts import compiled

HERE = Path(__file__).parent.parent
BESIDE = next(iter(sorted(HERE.parent.parent.glob("*/data/rendered"))), HERE).parent
SHARED = Path(os.environ.get("DEALFLOW_SHARED_DATA", BESIDE))
needs_files = pytest.mark.skipif(
    not (SHARED / "rendered" / "expected.json").is_file(), reason="the files are not here"
)
NEW = ("--create", "all", "--pipeline", "Sales")

HEADINGS = {
    "salesforce-report": "Opportunity Owner,Account Name,Opportunity Name,Stage,Amount,Close Date",
    "salesforce-opportunity": "amount,closedate,description,name,StageName,accountId",
    "salesforce-opportunity-history": "Id,OpportunityId,CreatedById,CreatedDate,StageName,Amount",
    "salesforce-field-history": "Id,OpportunityId,CreatedById,CreatedDate,Field,OldValue,NewValue",
    "salesforce-account": "Id,Name,Industry,BillingCountry,OwnerId",
    "salesforce-contact": "Id,AccountId,LastName,FirstName,Email",
    "salesforce-user": "Id,Username,LastName,FirstName,Email,IsActive",
    "salesforce-task": "Id,WhoId,WhatId,Subject,ActivityDate,Status,Priority,OwnerId",
    "salesforce-event": "Id,WhoId,WhatId,Subject,StartDateTime,EndDateTime,OwnerId",
    "hubspot-deals": "Record ID,Deal Name,Deal Stage,Pipeline,Deal owner,Amount,Close Date",
    "hubspot-deals-internal": "hs_object_id,dealname,dealstage,pipeline,closedate,amount",
    "hubspot-activities": "Activity ID,Activity Type,Activity Date,Activity Owner,Task Status",
    "pipedrive-deals": "Deal - ID,Deal - Title,Deal - Stage,Deal - Status,Deal - Value",
    "pipedrive-activities": "Activity - ID,Activity - Subject,Activity - Type,Activity - Done",
    "zoho-deals": "Record Id,Deal Name,Account Name,Stage,Closing Date,Deal Owner,Amount",
    "odoo-lead": "Opportunity,Customer,Salesperson,Stage,Expected Revenue,Created on",
    "odoo-lead-fields": "id,name,partner_id/name,user_id/name,stage_id/name,expected_revenue",
    "jiandaoyun-deals": "商机名称,客户名称,商机阶段,预计成交金额,预计成交日期,负责人,提交时间",
    "jiandaoyun-followups": "客户名称,商机名称,跟进时间,跟进方式,跟进内容,跟进人,下次跟进时间",
    "yudao-business": "主键,商机名称,商机状态类型编号,商机状态编号,下次联系时间,预计成交日期,商机金额",
    "cordys-opportunity": "商机名称,客户名称,商机阶段,金额,可能性,意向产品,预计结束时间,负责人",
    "72crm-business": "商机名称,客户名称,商机状态组,商机阶段,商机金额,预计成交日期,负责人",
    "monday-board": "Name,Stage,Owner,Deal Value,Expected Close Date,Item ID",
}


@pytest.mark.parametrize("key", HEADINGS)
def test_a_heading_is_recognised_and_says_by_what(key):
    heading = HEADINGS[key].split(",")
    found = layouts.recognised(heading, layouts.every(None), None)
    assert found is not None
    assert found.layout.key == key
    assert set(found.evidence) <= set(heading)


def test_other_headings_are_nobodys():
    for heading in (["external_id", "title", "stage"], ["Name", "Stage"], ["a"], ["", ""]):
        assert layouts.recognised(heading, layouts.every(None), None) is None


def test_a_kind_that_is_told_leaves_only_its_layouts():
    heading = HEADINGS["salesforce-opportunity-history"].split(",")
    assert layouts.recognised(heading, layouts.every(None), DEALS) is None
    assert layouts.recognised(heading, layouts.every(None), HISTORY) is not None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name = 1 2", "layout x"),
        ("kind = 'boats'", "no kind"),
        ("[recognise]\nall = ['a']\n[columns]\nboat = 'a'", "no field boat"),
        ("[recognise]\nevery = ['a']", "unknown key 'every'"),
        ("colour = 'red'", "unknown key 'colour'"),
        ("name = 'x'", "names no heading"),
        ("dates = 'my'\n[recognise]\nall = ['a']", "dates is dmy or mdy or ymd"),
    ],
)
def test_what_is_wrong_with_a_layout_is_said(text, told):
    with pytest.raises(BadDefinition) as refused:
        layouts.parse("x", text)
    assert told in refused.value.message


def test_a_layout_of_ones_own_is_a_file_in_ones_folder(dealflow, tmp_path, monkeypatch):
    monkeypatch.setenv("DEALFLOW_CONFIG_DIR", str(tmp_path))
    (tmp_path / "layouts").mkdir()
    (tmp_path / "layouts" / "ours.toml").write_text(
        "name = 'Our old system'\nkind = 'deals'\nsystem = 'old'\ndates = 'dmy'\n"
        "[recognise]\nall = ['Vorgang', 'Kunde']\n"
        "[columns]\nexternal_id = 'Nr'\ntitle = 'Vorgang'\naccount = 'Kunde'\namount = 'Wert'\n"
        "stage = 'Stand'\ncreated = 'Angelegt'\n[values.stage]\nNeu = 'lead'\n",
        encoding="utf-8",
    )
    listed = dealflow.json("import", "layouts")
    assert next(row for row in listed if row["layout"] == "ours")["system"] == "old"
    text = "Nr;Vorgang;Kunde;Wert;Stand;Angelegt\n7;Pumpen;Müller;1.234,50;Neu;03.04.2026\n"
    said = dealflow.ok("import", "-", "--create", "accounts", stdin=text.encode("cp1252"))
    assert "recognised as ours (Our old system) by Vorgang, Kunde" in said.err
    assert "read as cp1252" in said.err
    assert dealflow.rows("SELECT external_id, amount, created_at FROM opportunity") == [
        ("old:7", 123450, 1775145600)
    ]
    again = dealflow.ok("import", "-", stdin=text.encode("cp1252"))
    assert "nothing changed" in again.err


def test_unclear_dates_are_asked_for_and_nothing_is_changed(dealflow):
    before = dealflow.content()
    text = "title,created\nPumps,03/04/2026\n"
    said = dealflow("import", "-", stdin=text)
    assert said.code == 2
    assert "'03/04/2026' may be 3 April 2026 or 4 March 2026" in said.err
    assert dealflow.content() == before
    dealflow.ok("import", "-", "--dates", "dmy", stdin=text)
    assert dealflow.rows("SELECT created_at FROM opportunity") == [(1775145600,)]


def test_next_months_export_updates_and_makes_what_is_new(dealflow):
    heading = "Deal - ID,Deal - Title,Deal - Stage,Deal - Status,Deal - Value,Deal - Deal created\n"
    row = "{},{},Lead,Open,{},2026-05-01 09:30:00\n"
    dealflow.ok("import", "-", stdin=heading + row.format(1, "Pumps", 10))
    later = heading + row.format(1, "Pumps", 20) + row.format(2, "Valves", 5)
    said = dealflow.ok("import", "-", "--json", stdin=later)
    assert (said.data[0]["created"], said.data[0]["updated"]) == (1, 1)
    assert dealflow.rows("SELECT external_id, amount FROM opportunity ORDER BY 1") == [
        ("pipedrive:1", 2000),
        ("pipedrive:2", 500),
    ]


def test_a_name_that_is_all_but_a_known_one_is_proposed(dealflow):
    dealflow.ok("products", "add", "GTX Pro")
    text = "title,product\nPumps,GTXPro\n"
    said = dealflow.ok("import", "-", "--create", "products", stdin=text)
    assert 'there is GTX Pro: --value "product:GTXPro=GTX Pro"' in said.err


def test_columns_of_when_a_stage_was_entered_are_history(dealflow):
    text = (
        'Record ID,Deal Name,Deal Stage,Create Date,Close Date,"Date entered ""Lead (Sales)""",'
        '"Date entered ""Needs"" (Sales)"\n'
        "5,Pumps,Needs,2026-05-01 09:00,2026-08-01,,2026-05-09 10:00\n"
    )
    dealflow.ok("import", "-", "--force", "--why", "moved over", stdin=text)
    assert dealflow.rows("SELECT entered_at FROM visit") == [(1778292000,)]
    dealflow.ok("db", "check")


def test_open_tasks_are_planned_and_done_ones_logged(dealflow):
    dealflow.ok("accounts", "add", "Acme")
    dealflow.ok("add", "Pumps", "-a", "Acme")
    text = (
        "Activity - ID,Activity - Subject,Activity - Type,Activity - Due date,Activity - Done,"
        "Activity - Deal,Activity - Organization\n"
        "1,Ring them,Call,2026-06-01,Done,Pumps,Acme\n"
        "2,Visit,Meeting,2026-07-09,To do,Pumps,Acme\n"
    )
    said = dealflow.ok("import", "-", "--json", stdin=text)
    assert {row["table"]: row["created"] for row in said.data} == {"activities": 1, "follow-ups": 1}
    assert dealflow.rows("SELECT what, due_day, external_id FROM follow_up") == [
        ("Visit", "2026-07-09", "pipedrive:2")
    ]
    assert "nothing changed" in dealflow.ok("import", "-", stdin=text).err
    dealflow.at("2026-07-10T10:00:00+08:00")
    dealflow.ok("import", "-", stdin=text.replace("To do", "Done"))
    assert dealflow.rows("SELECT activity_id IS NOT NULL FROM follow_up") in ([(1,)], [(True,)])
    dealflow.ok("db", "check")


# ── the files that are shared ─────────────────────────────────────────────────────────────────


@needs_files
@pytest.mark.parametrize("at", range(5))
def test_the_same_deals_come_out_of_five_layouts(cli_without_database, at):
    line = cli_without_database
    expected = json.loads((SHARED / "rendered" / "expected.json").read_text(encoding="utf-8"))
    path = str(SHARED / "rendered" / expected["files"][at])
    line.at("2017-12-31T18:00:00+08:00")
    line.ok("init", "--currency", "USD", "--timezone", "Asia/Shanghai")
    line.ok("import", path, *NEW)
    found = line.rows("SELECT status, count(*), sum(amount) FROM opportunity GROUP BY status")
    assert {status: count for status, count, _ in found} == expected["by_status"]
    money = {status: int(amount) // 100 for status, _, amount in found}
    assert money == expected["amount_by_status"]
    assert line.rows("SELECT count(*) FROM account") == [(expected["accounts"],)]
    stages = line.rows(
        "SELECT count(*) FROM opportunity WHERE status = 'open' GROUP BY stage_id ORDER BY 1"
    )
    assert stages == [(expected["by_stage"]["Prospecting"],), (expected["by_stage"]["Engaging"],)]
    chinese = "简道云" in path
    reps = {(rep["zh"] if chinese else name): rep for name, rep in expected["by_rep"].items()}
    told = line.rows(
        "SELECT r.name, o.status, count(*), sum(o.amount) FROM opportunity o"
        " JOIN rep r ON r.id = o.owner_id GROUP BY r.name, o.status"
    )
    for name, rep in reps.items():
        mine = {status: (count, amount) for who, status, count, amount in told if who == name}
        counts = {status: mine.get(status, (0, 0))[0] for status in ("won", "lost", "open")}
        assert counts == {status: rep[status] for status in counts}
        assert int(mine.get("won", (0, 0))[1]) == rep["won_amount"] * 100
    before = line.content()
    assert "nothing changed" in line.ok("import", path, *NEW).err
    assert line.content() == before
    line.ok("db", "check")


@needs_files
def test_a_log_of_follow_ups_is_activities_and_plans(cli_without_database):
    line = cli_without_database
    expected = json.loads((SHARED / "rendered" / "expected.json").read_text(encoding="utf-8"))
    files = SHARED / "rendered"
    line.at("2017-12-31T09:00:00+08:00")
    line.ok("init", "--currency", "USD", "--timezone", "Asia/Shanghai")
    line.ok("import", str(files / "简道云_商机_utf8bom.csv"), *NEW)
    said = line.ok("import", str(files / expected["followups"]["file"]), "--json")
    made = {row["table"]: row["created"] for row in said.data}
    assert made["activities"] == expected["followups"]["records"]
    assert made["follow-ups"] == expected["followups"]["with_next_date"]
    late = [row["title"] for row in line.json("overdue")["rows"]]
    assert sorted(late) == sorted(expected["followups"]["overdue_before_as_of_date"])
    due = line.rows(
        "SELECT o.title FROM follow_up f JOIN opportunity o ON o.id = f.opportunity_id"
        " WHERE f.due_day = '2017-12-31'"
    )
    assert [title for (title,) in due] == expected["followups"]["due_on_as_of_date"]
    assert "nothing changed" in line.ok("import", str(files / expected["followups"]["file"])).err


@needs_files
@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("salesforce/opportunity_sample_org.csv", ()),
        ("salesforce/opportunity_history_sample_org.csv", ()),
        ("salesforce/opportunities_apex_recipes.csv", ("--map", "closedate=close_date+created")),
        ("hubspot/hubspot_deals.csv", ()),
    ],
)
def test_real_files_come_in_and_a_second_time_change_nothing(cli_without_database, name, more):
    line = cli_without_database
    line.at("2026-09-01T10:00:00+00:00")
    line.ok("init", "--currency", "USD", "--timezone", "UTC")
    said = line.ok("import", str(SHARED / name), *NEW, *more)
    assert "recognised as" in said.err
    assert "rejected," not in said.err
    assert "nothing changed" in line.ok("import", str(SHARED / name), *NEW, *more).err
    line.ok("db", "check")


def test_people_are_known_again_by_the_id_of_their_system(dealflow):
    heading = "Id,Name,Industry,BillingCountry,OwnerId\n"
    dealflow.ok("accounts", "add", "Acme")
    user = "Id,Username,LastName,FirstName,Email,IsActive\n005A,z@x.com,Zhao,Min,z@x.com,TRUE\n"
    dealflow.ok("import", "-", stdin=user)
    first = heading + "001A,acme,Energy,China,005A\n001B,Betatech,Mining,China,005A\n"
    dealflow.ok("import", "-", stdin=first)
    later = heading + "001A,Acme,Energy,China,005A\n001B,Betatech Group,Mining,China,005A\n"
    dealflow.ok("import", "-", stdin=later)
    assert dealflow.rows(
        "SELECT a.name, a.external_id, r.name FROM account a JOIN rep r ON r.id = a.owner_id"
        " ORDER BY a.id"
    ) == [
        ("Acme", "salesforce:001A", "Min Zhao"),
        ("Betatech Group", "salesforce:001B", "Min Zhao"),
    ]
    assert "nothing changed" in dealflow.ok("import", "-", stdin=later).err
    dealflow.ok("undo")
    dealflow.ok("db", "check")


def test_the_file_that_is_read_says_what_the_files_that_are_written_say():
    """A TOML file that was changed without `make docs` would not count."""
    assert compiled.read() == tuple(compiled.sources())
    with open(compiled.PATH, encoding="utf-8") as file:
        assert file.read() == compiled.written(compiled.sources())
