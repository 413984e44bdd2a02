"""`import activities`: a visit or e-mail log, each row to the customer it is of, none of them twice."""

from __future__ import annotations

import csv
import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealflow import domains
from dealflow.interchange.visitors import plain_name
from dealflow.text import fold


@pytest.fixture
def line(dealflow):
    """Three customers: one with a domain, one known by its people, one by its name alone."""
    return dealflow.once(make_line)


def make_line(dealflow):
    dealflow.ok("accounts", "add", "Acme Pumps Co., Ltd.", "--domain", "https://www.Acme.com/about")
    dealflow.ok("accounts", "add", "上海精密有限公司")
    dealflow.ok("accounts", "add", "Bolt")
    dealflow.ok("contacts", "add", "上海精密有限公司", "王芳", "--email", "Wang@jingmi.cn")
    dealflow.ok("contacts", "add", "Bolt", "Ann", "--email", "ann@gmail.com")


def log(tmp_path, text, name="visits.csv"):
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return str(path)


def happened(line):
    """(customer, kind, note, contact) of every activity, in the order of their ids."""
    return line.rows(
        "SELECT a.name, t.kind, t.note, c.name FROM activity t JOIN account a ON a.id = t.account_id"
        " LEFT JOIN contact c ON c.id = t.contact_id ORDER BY t.id"
    )


ROWS = """\
time,type,email,company,page
2026-06-20 10:00,pageview,wang@JINGMI.cn,,/pumps
2026-06-20 10:01,下载,somebody@jingmi.cn,,白皮书.pdf
2026-06-20 10:02,pageview,x@mail.acme.com,,/prices
2026-06-20 10:03,open,ann@gmail.com,,news
2026-06-20 10:04,pageview,other@qq.com,acme pumps,/prices
2026-06-20 10:05,pageview,,上海精密,/prices
"""


def test_rows_find_their_customer_by_address_then_domain_then_name(line, tmp_path):
    said = line.ok("import", "behaviours", log(tmp_path, ROWS), "--json")
    assert json.loads(said.out)[0]["created"] == 6
    assert happened(line) == [
        ("上海精密有限公司", "site_visit", "/pumps", "王芳"),
        ("上海精密有限公司", "download", "白皮书.pdf", None),
        ("Acme Pumps Co., Ltd.", "site_visit", "/prices", None),
        ("Bolt", "email_open", "news", "Ann"),
        ("Acme Pumps Co., Ltd.", "site_visit", "/prices", None),
        ("上海精密有限公司", "site_visit", "/prices", None),
    ]
    assert "2 activities found by e-mail address" in said.err
    assert "2 activities found by domain" in said.err
    assert "2 activities found by the customer's name" in said.err


def test_an_import_is_one_step_that_can_be_taken_back_and_done_again(line, tmp_path):
    path = log(tmp_path, ROWS)
    before = line.content()
    line.ok("import", "activities", path, "--dry-run")
    assert line.content() == before
    line.ok("import", "activities", path)
    after = line.content()
    again = line.ok("import", "activities", path, "--json")
    assert (again.data[0]["created"], again.data[0]["unchanged"]) == (0, 6)
    assert line.content() == after
    line.ok("undo")
    assert line.content() == before
    line.ok("redo")
    assert line.content() == after
    assert json.loads(line.ok("db", "check", "--json").out) == []


def test_rows_that_say_the_same_are_as_many_as_the_file_has(line, tmp_path):
    twice = "time,type,email\n" + "2026-06-20 10:00,pageview,a@acme.com\n" * 3
    line.ok("import", "activities", log(tmp_path, twice))
    assert len(happened(line)) == 3
    once_more = twice + "2026-06-20 10:00,pageview,a@acme.com\n2026-06-21,pageview,a@acme.com\n"
    said = line.ok("import", "activities", log(tmp_path, once_more), "--json")
    assert (said.data[0]["created"], said.data[0]["unchanged"]) == (2, 3)


def test_an_id_of_the_source_says_what_is_known(line, tmp_path):
    first = "id,when,kind,email\n7,2026-06-20 10:00,download,a@acme.com\n"
    line.ok("import", "activities", log(tmp_path, first))
    both = (
        first + "7,2026-06-20 10:00,download,a@acme.com\n8,2026-06-20 10:00,download,a@acme.com\n"
    )
    said = line.ok("import", "activities", log(tmp_path, both), "--json")
    assert (said.data[0]["created"], said.data[0]["unchanged"]) == (1, 2)
    other = line("import", "activities", log(tmp_path, first.replace("download", "event")))
    assert other.code == 5
    assert "the id '7' is that of another activity (download)" in other.err
    assert "--map 'COLUMN=' leaves the column with the id out" in other.err
    line.ok(
        "import", "activities", log(tmp_path, first.replace("download", "event")), "--map", "id="
    )


def test_what_cannot_be_placed_is_listed_by_domain_kept_and_imported_later(line, tmp_path):
    text = ROWS + "2026-06-21,pageview,a@new.io,,/x\n2026-06-21,pageview,b@new.io,,/y\n"
    path, rest = log(tmp_path, text), str(tmp_path / "rest.csv")
    said = line("import", "activities", path)
    assert (said.code, said.out) == (5, "")
    assert "line 8: no customer 'new.io' (2 rows)" in said.err
    assert "hint: dealflow accounts edit NAME --domain new.io makes them known" in said.err
    assert happened(line) == []
    said = line("import", "activities", path, "--skip-bad", rest)
    assert said.code == 11
    assert len(happened(line)) == 6
    line.ok("accounts", "edit", "Bolt", "--domain", "new.io")
    line.ok("import", "activities", rest)
    assert [row[0] for row in happened(line)[6:]] == ["Bolt", "Bolt"]
    said = line.ok("import", "activities", path, "--json")
    assert (said.data[0]["created"], said.data[0]["unchanged"]) == (0, 8), "the whole file again"


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("2026-06-20,download,,,", "it names nobody"),
        (",download,a@acme.com,,", "it does not say when it happened"),
        ("2026-06-20,,a@acme.com,,", "it does not say what happened"),
        ("2026-06-20,zap,a@acme.com,,", "type: unknown kind of activity 'zap'"),
        ("2027-06-20,download,a@acme.com,,", "it lies in the future"),
        ("soon,download,a@acme.com,,", "is not a date"),
        ("2026-06-20,download,a@gmail.com,,", "no customer 'a@gmail.com'"),
        ("2026-06-20,download,,Nobody,", "no customer 'Nobody'"),
    ],
)
def test_a_row_that_cannot_be_taken_in_says_why(line, tmp_path, row, why):
    said = line("import", "activities", log(tmp_path, f"time,type,email,company,page\n{row}\n"))
    assert (said.code, said.out) == (5, "")
    assert why in said.err


def test_what_a_row_does_not_say_can_be_said_for_all(line, tmp_path):
    path = log(tmp_path, "date,email,file\n2026-06-20,a@acme.com,a.pdf\n")
    assert line("import", "activities", path).code == 5
    line.ok("import", "activities", path, "--default", "download")
    assert happened(line)[0][1:3] == ("download", "a.pdf")
    deals = log(tmp_path, "title\nx\n", "deals.csv")
    assert "--default is for activities" in line("import", "deals", deals, "--default", "call").err


def test_words_of_a_log_are_translated(line, tmp_path):
    path = log(tmp_path, "time,action,email\n2026-06-20,Zap!,a@acme.com\n")
    line.ok("import", "activities", path, "--value", "kind:zap!=event")
    assert happened(line)[0][1] == "event"


def test_a_log_comes_on_stdin_as_ndjson(line):
    text = (
        '{"when": "2026-06-20T10:00:00Z", "kind": "download", "domain": "acme.com", "what": "a"}\n'
    )
    line.ok("import", "behaviours", "-", stdin=text)
    assert happened(line) == [("Acme Pumps Co., Ltd.", "download", "a", None)]


def test_a_file_must_say_when_and_whose(line, tmp_path):
    said = line("import", "activities", log(tmp_path, "type,email\ndownload,a@acme.com\n"))
    assert (said.code, said.err.splitlines()[0]) == (2, "error: no column says when it happened")
    said = line("import", "activities", log(tmp_path, "time,type\n2026-06-20,download\n"))
    assert (said.code, said.err.splitlines()[0]) == (2, "error: no column says whose it is")


def test_a_domain_of_several_is_nobodys_unless_the_name_decides(line, tmp_path):
    line.ok("accounts", "add", "Acme Service", "--domain", "acme.com")
    head = "time,type,email,company\n"
    said = line("import", "activities", log(tmp_path, head + "2026-06-20,download,a@acme.com,\n"))
    assert said.code == 5
    assert "a@acme.com may be any of 2 customers: Acme Pumps Co., Ltd., Acme Service" in said.err
    named = head + "2026-06-20,download,a@acme.com,acme service\n"
    line.ok("import", "activities", log(tmp_path, named))
    assert happened(line)[0][0] == "Acme Service"


def test_what_came_in_is_evidence_for_each_deal_of_the_customer_and_no_contact(line, tmp_path):
    for title in ("Pumps", "Seals"):
        line.ok("add", title, "-a", "Acme Pumps Co., Ltd.")
    line.ok("add", "Other", "-a", "Bolt")
    text = "time,type,domain\n" + "".join(f"2026-06-2{n},download,acme.com\n" for n in range(2))
    line.ok("import", "activities", log(tmp_path, text))
    found = line.json("stages", "suggest")
    assert [(one["title"], one["suggested"], one["times"]) for one in found] == [
        ("Pumps", "interested", 2), ("Seals", "interested", 2),
    ]  # fmt: skip
    assert line.json("show", "1")["last_contact_at"] is None
    assert line.json("accounts", "show", "Bolt")["activities"] == []
    shown = line.json("accounts", "show", "Acme Pumps Co., Ltd.")["activities"]
    assert [one["kind"] for one in shown] == ["download", "download"]


def test_a_shared_domain_is_refused_as_a_customers_own(line):
    said = line("accounts", "edit", "Bolt", "--domain", "163.com")
    assert (said.code, said.out) == (5, "")
    assert said.err.startswith("error: 163.com gives addresses to everybody")
    assert line("accounts", "edit", "Bolt", "--domain", "no domain").code == 2
    line.ok("accounts", "edit", "Bolt", "--domain", "bolt.cn")
    line.ok("accounts", "edit", "Bolt", "--domain", "none")


@pytest.mark.file
def test_two_copies_that_take_in_the_same_log_hold_it_once_after_a_merge(line, tmp_path):
    other = str(tmp_path / "wang.db")
    line.ok("reps", "add", "wang")
    line.ok("db", "backup", other)
    path = log(tmp_path, ROWS)
    line.ok("import", "activities", path)
    line.ok("--db", other, "--as", "wang", "import", "activities", path)
    line.ok("db", "merge", other)
    assert len(happened(line)) == 6
    assert json.loads(line.ok("db", "check", "--json").out) == []


@pytest.mark.file
def test_a_long_log_is_taken_in_a_chunk_at_a_time(line, tmp_path):
    """Ten thousand rows: all there, in the order of the file."""
    chance = random.Random(1)
    path = tmp_path / "long.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["time", "type", "email", "page"])
        for n in range(10_000):
            who = chance.choice(["a@acme.com", "wang@jingmi.cn", "ann@gmail.com"])
            writer.writerow([f"2026-06-{1 + n % 28:02d} 10:{n % 60:02d}", "pageview", who, f"/{n}"])
    said = line.ok("import", "activities", str(path), "--json")
    assert said.data[0]["created"] == 10_000
    assert [row[2] for row in happened(line)[:3]] == ["/0", "/1", "/2"]


# ── who is meant ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("acme.com", "acme.com"),
        ("https://www.Acme.com:8080/x?y#z", "acme.com"),
        ("Zhao@Mail.Acme.com", "mail.acme.com"),
        ("@acme.com", "acme.com"),
        ("例子.中国", "例子.中国"),
        ("acme", None),
        ("", None),
        ("a b.com", None),
        ("-x.com", None),
    ],
)
def test_a_domain_is_read_from_addresses_and_links(text, host):
    assert domains.host(text) == host


@given(st.text(max_size=40))
def test_any_text_is_a_domain_or_none_and_reading_it_again_changes_nothing(text):
    found = domains.host(text)
    assert found is None or domains.host(found) == found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme Pumps Co., Ltd.", "ACME Pumps"),
        ("上海精密有限公司", "上海精密"),
        ("Müller GmbH", "müller"),
        ("A.B.C. Inc", "abc"),
    ],
)
def test_names_are_compared_without_the_form_of_the_company(one, other):
    assert plain_name(fold(one)) == plain_name(fold(other))


def test_a_name_that_is_nothing_but_a_form_stays():
    assert plain_name(fold("Company Ltd")) == "company"
    assert plain_name(fold("公司")) == "公司"


def test_a_customer_that_a_row_names_is_made_if_that_is_wanted(line, tmp_path):
    rows = (
        "time,type,email,company\n2026-06-20 10:00,call,,New Ltd\n2026-06-21 10:00,call,,New Ltd\n"
    )
    file = log(tmp_path, rows)
    said = line("import", "activities", file)
    assert said.code == 5
    assert "no customer 'New Ltd' (2 rows)" in said.err
    assert "--create accounts" in said.err
    line.ok("import", "activities", file, "--create", "accounts")
    assert happened(line) == [("New Ltd", "call", None, None)] * 2
    unnamed = log(tmp_path, "time,type,email\n2026-06-20 10:00,call,a@new.io\n", "unnamed.csv")
    assert line("import", "activities", unnamed, "--create", "accounts").code == 5
