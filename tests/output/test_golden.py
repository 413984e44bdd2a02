"""One small set of hard values in every format, byte for byte.

A changed file under golden/ is a changed promise to somebody's script. To accept a change:
UPDATE_GOLDEN=1 pytest tests/output/test_golden.py, then read the diff.
"""

import os
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "golden"
MACHINE = ("json", "ndjson", "csv", "tsv", "md")


def check(name: str, text: str) -> None:
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_bytes(text.encode())
    assert text.encode() == path.read_bytes()


@pytest.fixture(params=["deals", "record", "report"])
def named(request):
    return request.param, request.getfixturevalue(request.param)


@pytest.mark.parametrize("fmt", MACHINE)
def test_machine_formats_are_what_they_were(named, fmt, shown):
    name, result = named
    check(f"{name}.{fmt}", shown(result, fmt))


@pytest.mark.parametrize("width", [None, 120, 80, 40])
def test_drawings_are_what_they_were(named, width, shown):
    name, result = named
    check(f"{name}.{width or 'pipe'}.txt", shown(result, "table", width=width))


def test_colour_repeats_what_is_written(named, shown):
    name, result = named
    check(f"{name}.colour.txt", shown(result, "table", width=120, colour=True))


def test_ids_are_one_per_line(deals, record, shown):
    assert shown(deals, "ids") == "1\n20\n300\n4\n"
    assert shown(record, "ids") == "1\n"
