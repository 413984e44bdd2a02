"""`--as-of` a day prints what was printed on that day, whatever happened since: every question.

A database is built command by command with a moving clock, and at the end of each day every
question is asked. Weeks later the same questions are asked as of each of those days.

Only the count of edits that `--if-version` wants (`version`; SEQUENCE in a calendar) is today's.

DEALFLOW_PAST=40 tries that many wandering histories; the suite tries one.
"""

from __future__ import annotations

import difflib
import os
import re
import shlex
from random import Random

import pytest

from dealflow.commands import table

from .asked import ASKED
from .story import STORY, write
from .wandering import command

QUESTIONS = tuple(line.strip() for line in ASKED.strip().splitlines())
LATER = "2026-07-10T12:00:00+08:00"
WANDERED = range(1, int(os.environ.get("DEALFLOW_PAST", "1")) + 1)
#: refusals of what a wandering command asks for; 1 would be a bug of ours
REFUSED = {0, 2, 3, 4, 5, 11}
_COUNTED = re.compile(r'("version": |SEQUENCE:)\d+')


@pytest.fixture
def line(cli_without_database, tmp_path, monkeypatch):
    """A new database on the morning of the first day, beside the files of the story."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path)
    line = cli_without_database
    line.at("2026-05-04T08:00:00+08:00")
    line.ok("init", "--pipeline", "en", "--currency", "CNY", "--timezone", "Asia/Shanghai")
    return line


class Days:
    """What was answered on each day, and what is answered later."""

    def __init__(self, line):
        self.line = line
        self.kept = {}

    def end(self, day, questions):
        """Ask at the end of the day."""
        self.line.at(f"2026-{day}T23:59:59+08:00")
        for question in questions:
            self.kept[day, question] = self.asked(question)

    def asked(self, question, *more):
        words = shlex.split(question)
        plain = words[0] == "export" or words[:2] == ["stages", "export"]
        said = self.line(*words, *more, *(() if plain or "-o" in words else ("--json",)))
        assert said.code != 1, f"{question} {more}\n{said.err}"
        return said.code, _COUNTED.sub(r"\1", said.out), said.err if "-o" in words else ""

    def differences(self):
        """What the questions answer otherwise as of the days on which they were asked."""
        self.line.at(LATER)
        self.line.ok("add", "later")
        for (day, question), was in self.kept.items():
            now = self.asked(question, "--as-of", f"2026-{day}")
            if now != was:
                texts = ((code, *f"{out}\n{err}".splitlines()) for code, out, err in (was, now))
                before, after = ([str(line) for line in text] for text in texts)
                yield f"{question} --as-of 2026-{day}"
                yield from difflib.unified_diff(before, after, "then", "now", lineterm="", n=0)


def told(days):
    return "\n".join(part[:300] for part in days.differences())


def some(place, every):
    """Every nth question, others each day: JSON, and of every third what a person sees."""
    for number, question in enumerate(QUESTIONS):
        if (number + place) % every == 0:
            yield question
            if number % 3 == place % 3 and "export" not in question:
                yield f"{question} -o table"


def lived(line, every):
    days = Days(line)
    for place, (day, text) in enumerate(STORY.items()):
        line.at(f"2026-{day}T12:00:00+08:00")
        for typed in text.strip().splitlines():
            line.ok(*shlex.split(typed))
        days.end(day, some(place, every))
    return days


@pytest.mark.file
def test_as_of_each_day_every_question_answers_what_it_answered_then(line):
    assert told(lived(line, 1 if len(WANDERED) > 1 else 4)) == ""
    line.ok("db", "check")


@pytest.mark.server
def test_a_server_answers_as_of_each_day_what_it_answered_then(line):
    assert told(lived(line, 20)) == ""


@pytest.mark.file
@pytest.mark.parametrize("seed", WANDERED)
def test_whatever_was_typed_the_past_stays_what_it_was(line, seed):
    lot, days = Random(seed), Days(line)
    for typed in STORY["05-04"].strip().splitlines():
        line.ok(*shlex.split(typed))
    for place, day in enumerate(("05-06", "05-12", "05-20", "05-29", "06-09", "06-16")):
        for turn in range(lot.randint(6, 14)):
            line.at(
                f"2026-{day}T{9 + turn // 2:02}:{30 * (turn % 2) + lot.randint(0, 29):02}:00+08:00"
            )
            words = command(lot)
            said = line(*words)
            assert said.code in REFUSED, f"{words}\n{said.err}"
        line.ok("accounts", "log", "1", "note", "a slip")
        line.ok("undo")
        days.end(day, some(place, 1 if len(WANDERED) > 1 else 4))
    assert told(days) == ""


#: what has no past: it changes something, is about the file itself, or refuses --as-of
PRESENT = {"completion", "db", "demo", "remind", "schema", "sql"}


def test_every_question_is_asked():
    """A new one goes into asked.py."""
    there = {" ".join(words) for words, entry in table.every() if not entry.changes}
    asked = {" ".join(table.named(shlex.split(question))) for question in QUESTIONS}
    left = {name for name in there - asked if name.split()[0] not in PRESENT}
    assert left == set()
