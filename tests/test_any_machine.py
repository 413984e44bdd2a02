"""The same data give the same bytes on any machine, in any year."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

QUESTIONS = (("list", "status:any", "-o", "json"), ("show", "1", "-o", "json"), ("history",))
MACHINES = (
    {"PYTHONHASHSEED": "1", "LC_ALL": "C", "TZ": "America/New_York", "COLUMNS": "40"},
    {"PYTHONHASHSEED": "2", "LC_ALL": "zh_CN.UTF-8", "TZ": "Pacific/Kiritimati", "COLUMNS": "300"},
)


@pytest.mark.file
def test_hash_seed_language_zone_and_width_of_a_machine_change_no_byte(dealflow):
    dealflow.ok(
        "add", "水泵", "-a", "华联", "-v", "12.5k", "--next", "+3d", "--tag", "b", "--tag", "a"
    )
    dealflow.ok("edit", "1", "--set", "need=x", "--set", "budget=y", "--tag", "c")
    for words in QUESTIONS:
        line = [sys.executable, "-m", "dealflow", *words]
        answers = {
            subprocess.run(
                line, env={**os.environ, **machine}, capture_output=True, check=True
            ).stdout
            for machine in MACHINES
        }
        assert len(answers) == 1
        assert b"\x1b" not in answers.pop()


def test_the_day_on_which_32_bits_of_seconds_end_is_a_day_like_any_other(dealflow):
    dealflow.at("2038-01-19T11:00:00+08:00")
    dealflow.ok("add", "Pumps", "-v", "10k", "--next", "2038-01-20")
    dealflow.at("2038-01-22T12:00:00+08:00")
    dealflow.ok("advance", "1", "--force", "--why", "test")
    (deal,) = dealflow.json("list")
    assert (deal["created_at"], deal["days_in_stage"]) == ("2038-01-19T11:00:00+08:00", 0)
    (late,) = dealflow.json("overdue")["rows"]
    assert late["due"] == "2038-01-20"
    dealflow.ok("db", "check")
