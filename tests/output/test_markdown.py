"""Markdown shows exactly the text, and nothing in it acts."""

import re
from dataclasses import replace

from dealflow.output.markdown import escaped
from dealflow.results import Column, Table

NOTHING = Table(
    name="what_is_missing", columns=(Column("a", "a"),), rows=[], empty="nothing _at_ all"
)


def test_rows_have_as_many_cells_as_the_heading(deals, shown):
    lines = shown(deals, "md").splitlines()
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in lines} == {14}
    assert len(lines) == 2 + 4


def test_figures_stand_to_the_right(report, shown):
    assert shown(report, "md").splitlines()[1] == "| --- | --- | ---: | ---: |"


def test_tags_links_and_emphasis_are_shown_as_written():
    assert escaped("<script>a|b</script>") == r"&lt;script&gt;a\|b&lt;/script&gt;"
    assert escaped("[x](http://e) *b* _i_ `c` \\") == r"\[x\](http://e) \*b\* \_i\_ \`c\` \\"
    assert escaped("a\nb\x1b") == r"a\\nb\\x1b"


def test_a_page_comes_whole_and_nothing_of_it_goes_to_stderr(report, shown, capfd):
    plain = shown(report, "md")
    assert capfd.readouterr().err == "note: no stage stands out\n"
    page = replace(report, page=True, sections=(*report.sections, NOTHING))
    lines = shown(page, "md").splitlines()
    assert capfd.readouterr().err == ""
    assert lines[0] == "# Chances by stage"
    assert lines[2].startswith("as of 2026-06-30 14:13 · window 2026-Q2")
    assert [line for line in lines if line.startswith("## ")] == ["## Visits", "## What is missing"]
    assert set(plain.splitlines()) <= set(lines)
    assert lines[lines.index("## What is missing") + 2] == "nothing \\_at\\_ all"
    assert lines[-3] == "- no stage stands out"
    assert lines[-1] == escaped(report.definition)


def test_only_markdown_shows_a_page_otherwise(report, shown):
    page = replace(report, page=True)
    for form in ("table", "json", "csv", "tsv", "ndjson"):
        assert shown(page, form) == shown(report, form)
