"""The daily loop from the outside: exit code, stdout and stderr together."""

from __future__ import annotations


def test_a_new_deal_answers_with_its_id_in_a_pipe_and_a_sentence_on_stderr(dealflow):
    said = dealflow("add", "Acme renewal", "-a", "Acme", "-v", "12.5万", "--close", "eom")
    assert (said.code, said.out) == (0, "1\n")
    assert said.err == ("new customer Acme\nadded deal 1 Acme renewal · Acme · Lead · ¥125,000\n")


def test_the_same_write_as_json_is_the_record(dealflow):
    deal = dealflow.json("add", "Acme renewal", "-v", "12500.50", "--close", "2026-07-31")
    assert deal["id"] == 1
    assert (deal["amount"], deal["currency"], deal["close"]) == (12500.5, "CNY", "2026-07-31")
    assert (deal["status"], deal["stage"], deal["owner"]) == ("open", "lead", "li")


def test_a_move_names_everything_that_is_missing_and_changes_nothing(dealflow):
    dealflow.ok("add", "Acme")
    before = dealflow.state()
    said = dealflow("advance", "1")
    assert (said.code, said.out) == (5, "")
    assert "at least 1 call" in said.err
    assert "need" in said.err
    assert "hint: dealflow log 1 call" in said.err
    assert dealflow.state() == before


def test_meeting_the_requirements_opens_the_way(dealflow):
    dealflow.ok("add", "Acme")
    dealflow.ok("log", "1", "call", "needs a price")
    dealflow.ok("edit", "1", "--set", "need=cheaper")
    (deal,) = dealflow.json("advance", "1")
    assert deal["stage"] == "interested"


def test_a_forced_move_records_why(dealflow):
    dealflow.ok("add", "Acme")
    assert dealflow("advance", "1", "--force").code == 2
    said = dealflow.ok("advance", "1", "--force", "--why", "the boss knows them")
    assert "forced" in said.err
    shown = dealflow.json("show", "1")
    assert "the boss knows them" in str(shown["visits"])


def test_a_loss_needs_a_reason_from_the_list(dealflow):
    dealflow.ok("add", "Acme")
    said = dealflow("lose", "1")
    assert (said.code, said.out) == (5, "")
    assert "price" in said.err
    said = dealflow("lose", "1", "-r", "prize")
    assert (said.code, said.out) == (2, "")
    assert "did you mean price?" in said.err
    (deal,) = dealflow.json("lose", "1", "-r", "price")
    assert deal["status"] == "lost"


def test_closing_cancels_open_plans_and_says_so(dealflow):
    dealflow.ok("add", "Acme", "--next", "+3d")
    said = dealflow.ok("void", "1")
    assert "1 planned follow-up cancelled" in said.err
    assert dealflow.json("agenda", "--days", "30") == []


def test_reopening_starts_a_new_visit_and_does_not_revive_plans(dealflow):
    dealflow.ok("add", "Acme", "--next", "+3d")
    dealflow.ok("void", "1")
    (deal,) = dealflow.json("reopen", "1")
    assert (deal["status"], deal["next"]) == ("open", None)
    assert [visit["ending"] for visit in dealflow.json("show", "1")["visits"]] == ["void", None]


def test_handing_over_moves_open_plans_and_keeps_the_stage(dealflow):
    dealflow.ok("reps", "add", "wang")
    dealflow.ok("add", "Acme", "--next", "+3d")
    said = dealflow.ok("edit", "1", "--owner", "wang")
    assert "1 planned follow-up moved to wang" in said.err
    (plan,) = dealflow.json("agenda", "--days", "30", "--for", "wang")
    assert plan["deal"] == 1


def test_logging_without_next_proposes_the_date_of_the_cadence(dealflow):
    dealflow.ok("add", "Acme", "--grade", "A")
    said = dealflow.ok("log", "1", "call", "asked for a quote")
    assert "grade A" in said.err
    assert "2026-07-08" in said.err
    dealflow.ok("add", "Beta", "--grade", "C")
    assert "2026-08-03" in dealflow.ok("log", "2", "call").err  # 1 August is a Saturday


def test_logging_with_next_plans_the_next_step_in_the_same_command(dealflow):
    dealflow.ok("add", "Acme")
    dealflow.ok("log", "1", "call", "asked for a quote", "--next", "fri", "--goal", "send quote")
    (plan,) = dealflow.json("agenda")
    assert (plan["due"], plan["what"], plan["goal"]) == ("2026-07-03", "follow up", "send quote")
    dealflow.ok("undo")
    assert dealflow.json("agenda") == []


def test_ids_come_from_stdin(dealflow):
    for name in ("one", "two", "three"):
        dealflow.ok("add", name)
    ids = dealflow.ok("list", "-o", "ids").out
    refused = dealflow("void", "-", stdin=ids)
    assert (refused.code, refused.out) == (2, "")
    assert dealflow.ok("void", "-", "--yes", stdin=ids).out.split() == ids.split()
    assert dealflow.json("list") == []


def test_a_bulk_move_is_all_or_nothing(dealflow):
    dealflow.ok("add", "one")
    dealflow.ok("add", "two")
    dealflow.ok("void", "2")
    assert dealflow("void", "1", "2").code == 5
    assert [deal["id"] for deal in dealflow.json("list")] == [1]


def test_a_dry_run_shows_what_would_be_and_saves_nothing(dealflow):
    dealflow.ok("add", "Acme")
    before = dealflow.state()
    said = dealflow.ok("void", "1", "--dry-run", "--json")
    assert said.data[0]["status"] == "void"
    assert dealflow.state() == before


def test_an_edit_at_an_old_version_is_refused_with_exit_4(dealflow):
    dealflow.ok("add", "Acme")
    dealflow.ok("edit", "1", "--value", "10k")
    said = dealflow("edit", "1", "--value", "20k", "--if-version", "1")
    assert (said.code, said.out) == (4, "")
    assert dealflow.json("show", "1")["amount"] == 10000


def test_a_clock_that_is_a_little_behind_still_sees_what_was_just_written(dealflow):
    dealflow.at("2026-07-01T10:00:30+08:00")
    dealflow.ok("add", "from the other computer", "--next", "2026-06-30")
    dealflow.at("2026-07-01T10:00:00+08:00")
    assert [deal["title"] for deal in dealflow.json("list")] == ["from the other computer"]
    dealflow.ok("add", "mine")
    assert len(dealflow.json("list")) == 2
    assert len(dealflow.json("overdue")["rows"]) == 1
    dealflow.ok("void", "1")
    assert dealflow("db", "check").code == 0


def test_a_clock_that_was_set_back_by_days_works_and_keeps_the_order(dealflow):
    dealflow.ok("add", "Acme")
    dealflow.at("2026-06-01T10:00:00+08:00")
    dealflow.ok("advance", "1", "--force", "--why", "clock")
    dealflow.at("2026-07-02T10:00:00+08:00")
    assert [v["stage"] for v in dealflow.json("show", "1")["visits"]] == ["lead", "interested"]
    assert dealflow("db", "check").code == 0


def test_a_next_step_without_its_day_is_refused_when_a_deal_is_added(dealflow):
    said = dealflow("add", "Pumps", "--next-what", "call her")
    assert (said.code, said.out) == (2, "")
    assert said.err == "error: the next step needs a day\nhint: add --next fri\n"
    assert dealflow.json("list") == []


def test_a_contact_of_a_new_deal_without_a_customer_hints_at_the_same_command(dealflow):
    said = dealflow("add", "Pumps", "--contact", "Bob")
    assert (said.code, said.out) == (5, "")
    assert 'hint: dealflow add … --account NAME --contact "Bob"' in said.err
