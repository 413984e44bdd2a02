"""What a file of no known system is taken for, by its headings alone."""

from __future__ import annotations

import pytest

from dealflow.interchange.mapping import Wishes, likeliest

SAID = Wishes()


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("lead_id,stage,entered_at,exited_at,owner_rep_id,stage_source", "history"),
        ("activity_id,lead_id,activity_at,activity_type,rep_id", "activities"),
        ("time,type,email,page", "activities"),
        ("rep_id,rep_name,role,team", "reps"),
        ("account,sector,employees,office_location,subsidiary_of", "accounts"),
        ("客户名称,行业,地区,负责人", "accounts"),
        ("product,series,sales_price", "products"),
        ("name,company,title,phone,email", "contacts"),
    ],
)
def test_a_heading_is_taken_for_what_understands_most_of_it(heading, kind):
    assert likeliest(heading.split(","), SAID).kind.name == kind


@pytest.mark.parametrize(
    "heading",
    [
        "title",
        "name,amount",
        "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value",
        "Title,Customer,Stage,Owner,Close date",
        "商机名称,客户名称,商机阶段,负责人",
        "x,y,z",
        "",
    ],
)
def test_anything_else_is_deals(heading):
    assert likeliest(heading.split(","), SAID) is None


def test_what_was_said_counts(dealflow):
    """Only for reps does it make sense to call a column a handle."""
    said = Wishes({"who": "name", "login_no": "handle"})
    assert likeliest(["who", "login_no"], said).kind.name == "reps"
    rows = "who,login_no\nWang Wei,ww\n"
    told = dealflow.ok("import", "-", "--map", "who=name,login_no=handle", stdin=rows)
    assert "taken for reps by who, login_no; dealflow import deals FILE says otherwise" in told.err
    assert "ww" in [rep["handle"] for rep in dealflow.json("reps", "list")]


def test_a_kind_that_is_said_is_not_doubted(dealflow):
    told = dealflow.ok("import", "deals", "-", stdin="name,email,team\nPumps,a@b.io,x\n")
    assert "taken for" not in told.err
    assert [deal["title"] for deal in dealflow.json("list")] == ["Pumps"]


def test_a_word_for_what_happened_is_asked_for_with_what_can_be_said(dealflow):
    dealflow.ok("accounts", "add", "Acme")
    rows = "time,type,company\n2026-06-20 10:00,whatsapp,Acme\n2026-06-21 10:00,whatsapp,Acme\n"
    said = dealflow("import", "-", stdin=rows)
    assert said.code == 5
    assert "type: unknown kind of activity 'whatsapp' (2 rows)" in said.err
    assert 'hint: --value "kind:whatsapp=KIND" says what is meant: call, visit,' in said.err
    dealflow.ok("import", "-", "--value", "kind:whatsapp=message", stdin=rows)


def test_a_domain_of_many_customers_is_of_nobody(dealflow):
    for number in range(11):
        dealflow.ok("accounts", "add", f"Firm {number}")
        mail = f"p{number}@mail.io"
        dealflow.ok("contacts", "add", f"Firm {number}", f"P{number}", "--email", mail)
    rows = "time,type,email\n2026-06-20 10:00,call,p3@mail.io\n"
    assert "1 activity found by e-mail address" in dealflow.ok("import", "-", stdin=rows).err
    said = dealflow("import", "-", stdin=rows.replace("p3@", "new@"))
    assert "no customer 'mail.io'" in said.err
    assert "hint: dealflow contacts edit ID --email ADDRESS makes them known" in said.err


def test_a_closed_deal_without_a_created_date_comes_in_only_by_force(dealflow):
    rows = "title,stage,close_date\nOld,Won,2026-05-01\n"
    said = dealflow("import", "-", stdin=rows)
    assert "it is won, but has no created date" in said.err
    assert '--force --why "…" takes closed deals as created when closed' in said.err
    told = dealflow.ok("import", "-", "--force", "--why", "old system", stdin=rows)
    assert "1 deal closed without a created date: taken as created when closed" in told.err
    assert dealflow.rows("SELECT closed_at - created_at FROM opportunity") == [(0,)]


def test_what_was_settled_is_counted_of_the_rows_that_came_in(dealflow, tmp_path):
    rows = "title,stage,close_date,owner\nOld,Won,2026-05-01,\nOdd,Won,2026-05-01,nobody\n"
    forced = ("--force", "--why", "old system", "--skip-bad", str(tmp_path / "bad.csv"))
    said = dealflow("import", "-", *forced, stdin=rows)
    assert said.code == 11
    assert "1 deal closed without a created date" in said.err
