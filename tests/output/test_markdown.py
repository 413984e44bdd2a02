"""Markdown shows exactly the text, and nothing in it acts."""

import re

from dealflow.output.markdown import escaped


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
