"""The derivation as a page: valid, whole, and with its mathematics as a browser shows it."""

import re
from html import unescape
from importlib.resources import files

import html5lib
import pytest
from browsing import looked_at
from command_line import ROOT, run
from fontTools.ttLib import TTFont

from symlstm import cells, diagram
from symlstm.derivation.document import Display, Document, Line, Paragraph
from symlstm.derivation.html import in_html, mathml

DERIVATIONS = ROOT / "derivations"
ITALICS = {"h": 0x210E}
"""Letters whose italics stand elsewhere; U+1D455 is empty."""


def page(name):
    return (DERIVATIONS / name / "derivation.html").read_text(encoding="utf-8")


# The file.


@pytest.mark.parametrize("name", [*cells, "index"])
def test_page_is_valid_and_asks_for_nothing(name):
    """strict: any error of the standard's parser is raised"""
    text = (DERIVATIONS / "index.html").read_text("utf-8") if name == "index" else page(name)
    html5lib.HTMLParser(strict=True).parse(text)
    addresses = re.findall(r'(?:src|href)="([^"]*)"|url\("([^"]*)"\)', text)
    assert addresses
    for address in ("".join(each) for each in addresses):
        assert not re.match(r"\w+:|//", address) or address.startswith("data:"), address
    assert "<script" not in text


@pytest.mark.parametrize("name", list(cells))
def test_a_quantity_has_one_name_in_page_and_diagram(name):
    """so that both can be lit up together"""
    here, there = (
        set(re.findall(r'data-quantity="([^"]+)"', text))
        for text in (page(name), diagram(name, gradient=True).svg())
    )
    before = {f"d{quantity.name}_prev" for quantity in cells[name].states}
    assert there - before <= here and len(there) > 5
    assert {f"d{quantity.name}" for quantity in cells[name].parameters} <= here


def test_no_product_grows_in_a_display():
    """⊙ is a large operator in Firefox, unless it is told not to be."""
    assert '<mo largeop="false">&#x02299;</mo>' in page("lstm")
    assert "<mo>&#x02299;</mo>" not in "".join(map(page, cells))


def test_an_invalid_page_is_noticed():
    with pytest.raises(html5lib.html5parser.ParseError):
        html5lib.HTMLParser(strict=True).parse(page("lstm").replace("</table>", "", 1))


def shown_characters(text):
    """The characters of all formulas: single letters in `mi` are shown in italics."""
    for kind, content in re.findall(r"<(mi|mo|mn|mtext)[^>]*>([^<]*)</\1>", text):
        for character in unescape(content):
            is_italic = kind == "mi" and len(unescape(content)) == 1
            yield italic(character) if is_italic else ord(character)


def italic(character):
    if character in ITALICS:
        return ITALICS[character]
    if character.isascii() and character.isalpha():
        start = 0x1D434 if character.isupper() else 0x1D44E
        return start + ord(character.lower()) - ord("a")
    if 0x3B1 <= ord(character) <= 0x3C9:
        return 0x1D6FC + ord(character) - 0x3B1
    if 0x391 <= ord(character) <= 0x3A9:
        return 0x1D6E2 + ord(character) - 0x391
    return ord(character)


@pytest.fixture(scope="module")
def in_font():
    with (files("symlstm.derivation") / "math.woff2").open("rb") as stream:
        return set(TTFont(stream).getBestCmap())


@pytest.mark.parametrize("name", list(cells))
def test_the_font_has_every_character(name, in_font):
    missing = {chr(c) for c in shown_characters(page(name))} - set(map(chr, in_font))
    assert not missing - {" "}


def test_a_character_that_the_font_lacks_is_noticed(in_font):
    assert 0x2A02 in set(shown_characters("<mo>⨂</mo>")) - in_font


# What a formula becomes.


def test_upright_letters_and_plain_brackets():
    assert "<mtext>d</mtext>" in mathml(r"\mathrm{d}c_t")
    assert 'stretchy="true"' not in mathml(r"\sigma\left(W x\right)")
    assert 'stretchy="true"' in mathml(r"\left(\frac{a}{b}\right)")


def test_a_bar_is_an_accent_and_a_name_of_letters_is_one_word():
    assert '<mover accent="true">' in mathml(r"\bar{h}_t")
    assert "<mi>ReLU</mi>" in mathml(r"\operatorname{ReLU}(z)")


def test_a_long_sum_may_be_broken_before_each_sign():
    line = Line((("a", ("b ", "+ c ", "- d")),), 3)
    text = in_html(Document("t", "n", (Display((line,)),)))
    assert text.count("<wbr>") == 2
    assert 'id="equation-3"' in text


def test_words_are_words():
    text = in_html(Document("a <b> & c", "n", (Paragraph(("x < y & <i>",)),)))
    assert "<title>a &lt;b&gt; &amp; c</title>" in text
    assert "x &lt; y &amp; &lt;i&gt;" in text


@pytest.mark.parametrize("name", ["lstm", "gru"])
def test_references_are_links_to_equations(name):
    text = page(name)
    linked = set(re.findall(r'href="#(equation-\d+)"', text))
    assert linked and linked <= set(re.findall(r'id="(equation-\d+)"', text))


def test_the_format_of_the_command(tmp_path):
    target = tmp_path / "lstm.html"
    assert run("derive", "lstm", "--format", "html", "-o", target).status == 0
    assert target.read_bytes() == (DERIVATIONS / "lstm" / "derivation.html").read_bytes()


# In a browser.

LOOK = """
<script>
document.fonts.ready.then(() => {
  const found = {formulas: document.querySelectorAll("math").length, missing: [], misplaced: 0,
                 scripts: 0, wide: [], font: document.fonts.size};
  const pen = document.createElement("canvas").getContext("2d");
  const width = (c, other) => {
    pen.font = `40px "symlstm Math", ${other}`; return pen.measureText(c).width; };
  const characters = new Set([...document.querySelectorAll("mi, mo, mn, mtext")]
    .flatMap(e => [...e.textContent]).filter(c => c.trim()));
  for (const c of characters)
    if (width(c, "monospace") !== width(c, "sans-serif")) found.missing.push(c);
  found.control = width("\\u4e2d\\u0416", "monospace") !== width("\\u4e2d\\u0416", "sans-serif");
  for (const e of document.querySelectorAll("msub, msubsup")) {
    const [base, below] = [e.children[0], e.children[1]].map(c => c.getBoundingClientRect());
    found.scripts += 1;
    if (below.bottom <= base.bottom || below.height >= base.height * 1.6) found.misplaced += 1;
  }
  for (const e of document.querySelectorAll(".line"))
    if (e.scrollWidth > e.parentElement.clientWidth + 1) found.wide.push(e.id);
  document.body.innerHTML = `<pre id="found">${JSON.stringify(found)}</pre>`;
});
</script>
"""


@pytest.mark.parametrize("name", list(cells))
def test_a_browser_shows_the_mathematics(name, chromium, tmp_path):
    """every letter in the page's own font, indices below their letters, nothing too wide"""
    found = looked_at(chromium, page(name), tmp_path, LOOK)
    assert found["font"] == 1 and found["formulas"] > 20 and found["scripts"] > 20
    assert found["control"], "a letter that no font of ours has must be seen to be missing"
    assert (found["missing"], found["misplaced"], found["wide"]) == ([], 0, [])


def test_a_browser_without_the_font_is_noticed(chromium, tmp_path):
    bare = re.sub(r"@font-face \{[^}]*\}", "", page("lstm"))
    found = looked_at(chromium, bare, tmp_path, LOOK)
    assert found["font"] == 0 and found["missing"]
