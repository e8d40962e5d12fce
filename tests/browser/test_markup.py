import pytest

from tests.browser.markup import faults_of

PAGE = "<!doctype html><html lang=en><head><title>T</title></head><body>{}</body></html>"


def test_a_good_page_has_no_faults() -> None:
    assert (
        faults_of(PAGE.format('<label for="a">A</label><input id="a"><svg viewBox="0 0 1 1"><path d="M0 0"/></svg>'))
        == []
    )


@pytest.mark.parametrize(
    ("markup", "sign"),
    [
        ("<p><div></div></p>", "</p>"),
        ("<p>A", ""),
        ("<table><p>A</p></table>", "table"),
        ('<a href="x" href="y">A</a>', "attribute"),
        ("<b><i>A</b></i>", "b"),
        ('<p id="a"></p><p id="a"></p>', "'a' stands there 2 times"),
        ('<label for="none">A</label>', "'none', which is not there"),
        ("A & B &nosuch; <span", ""),
    ],
)
def test_a_bad_page_is_noticed(markup: str, sign: str) -> None:
    faults = faults_of(PAGE.format(markup))
    if markup == "<p>A":  # its end tag may be left out
        assert not faults
        return
    assert faults
    assert sign in " ".join(faults)
