"""What is drawn is the cell: each diagram, read back, is proved to be it, and is fit to be seen."""

import re
import shutil
import subprocess
from dataclasses import replace
from itertools import combinations, pairwise
from xml.etree import ElementTree

import pytest
from browsing import looked_at, missing
from command_line import run

from symlstm import Cell, cells, derive, diagram
from symlstm.drawing.checking import check_diagram
from symlstm.drawing.drawing import FORMATS
from symlstm.drawing.picture import Box, Line, Text
from symlstm.drawing.routing import crossings

DETAILS = ("gates", "operators")
EACH = [(name, detail) for name in cells for detail in DETAILS]


@pytest.mark.parametrize(("name", "detail"), EACH)
def test_a_diagram_read_back_is_the_cell(name, detail, tmp_path):
    """cell → diagram → DOT → equations = cell"""
    path = tmp_path / "cell.dot"
    path.write_text(diagram(name, detail).dot(), encoding="utf-8")
    report = check_diagram(str(path), cells[name], seed=5)
    assert report.verdict == "proved", report.to_text()
    assert report.comparisons > 0 and not report.assumed


def box_of(text: Text) -> Box:
    height = text.above + text.below
    middle = text.y + (text.below - text.above) / 2
    return Box(text.kind, text.x + text.width / 2, middle, text.width, height, text.latex)


def meet(one: Box, other: Box, by: float = 0.5) -> bool:
    return (
        one.left < other.right - by and other.left < one.right - by
        and one.top < other.bottom - by and other.top < one.bottom - by
    )  # fmt: skip


def boxes_of(line: Line) -> list[Box]:
    """The straight parts of a wire, as boxes of the width of a hair."""
    return [
        Box("line", (ax + bx) / 2, (ay + by) / 2, abs(ax - bx) + 0.2, abs(ay - by) + 0.2, line.kind)
        for (ax, ay), (bx, by) in pairwise(line.points)
    ]


def overlaps(picture) -> list[tuple[str, str]]:
    """What lies on what it should not lie on."""
    boxes = picture.boxes
    words = [box_of(t) for t in picture.texts if t.kind in ("quantity", "value", "port")]
    nodes = [box for box in boxes if box.kind != "parameter"]
    lines = [part for line in picture.lines for part in boxes_of(line)]
    pairs = [*combinations([*boxes, *words], 2)]
    pairs += [(line, other) for line in lines for other in (*nodes, *words)]
    return [(a.about, b.about) for a, b in pairs if meet(a, b)]


@pytest.mark.parametrize(("name", "detail"), EACH)
def test_nothing_lies_on_anything(name, detail):
    assert overlaps(diagram(name, detail).picture) == []


def test_what_lies_on_something_is_seen():
    picture = diagram("lstm").picture
    gate = next(box for box in picture.boxes if box.kind == "gate")
    assert overlaps(replace(picture, boxes=(*picture.boxes, replace(gate, x=gate.x + 9))))
    word = picture.texts[0]
    moved = replace(word, kind="quantity", x=picture.lines[0].points[0][0] + 5,
                    y=picture.lines[0].points[0][1] + 4)  # fmt: skip
    assert overlaps(replace(picture, texts=(moved,)))


def upright(x, y, to, quantity):
    return Line("wire", ((x, y), (x, to)), False, quantity)


def test_crossings_are_counted():
    flat = Line("wire", ((0.0, 5.0), (10.0, 5.0)), False, "a")
    assert crossings([flat, upright(5.0, 0.0, 9.0, "b"), upright(5.0, 5.0, 9.0, "c")]) == 1
    assert crossings([flat, upright(5.0, 0.0, 9.0, "a")]) == 0


@pytest.mark.parametrize(
    ("name", "most"), [("lstm", 3), ("lstm-concat", 0), ("gru", 1), ("rhn", 2)]
)
def test_few_wires_cross(name, most):
    assert diagram(name).picture.crossings <= most


@pytest.mark.parametrize("name", list(cells))
def test_a_memory_is_one_straight_line(name):
    """from c_{t-1} at the left edge to c_t at the right one"""
    picture = diagram(name).picture
    kept = [line for line in picture.lines if line.kind == "memory"]
    by_height: dict[float, list[Line]] = {}
    for line in kept:
        assert len({y for _, y in line.points}) == 1
        by_height.setdefault(line.points[0][1], []).append(line)
    for lines in by_height.values():
        lines.sort(key=lambda line: line.points[0][0])
        gaps = [b.points[0][0] - a.points[-1][0] for a, b in pairwise(lines)]
        assert all(gap < 60 for gap in gaps)
        assert min(line.points[0][0] for line in lines) < 60


def test_the_memories_of_slstm_are_its_two_states():
    kept = {line.quantity for line in diagram("slstm").picture.lines if line.kind == "memory"}
    assert {"c_prev", "c_t", "n_prev", "n_t"} <= kept and "h_prev" not in kept


@pytest.mark.parametrize("name", ["elman", "jordan"])
def test_a_state_that_passes_a_nonlinearity_is_no_memory(name):
    assert not [line for line in diagram(name).picture.lines if line.kind == "memory"]


def test_every_quantity_is_written():
    for name in ("lstm", "mlstm", "slstm-stabilised"):
        cell = cells[name]
        written = {text.quantity for text in diagram(name).picture.texts}
        timed = {q.label for q in cell.quantities if q.is_timed}
        assert timed | {f"{q.name}_prev" for q in cell.states} <= written
        parameters = {box.about for box in diagram(name).picture.boxes if box.kind == "parameter"}
        for parameter in cell.parameters:
            assert any(parameter.in_latex() in text for text in parameters), parameter.name


# Formats.


@pytest.mark.parametrize("name", ["lstm", "gru", "mlstm", "lstm-layernorm"])
def test_svg_stands_alone_and_is_read_aloud(name):
    root = ElementTree.fromstring(diagram(name).svg())
    space = "{http://www.w3.org/2000/svg}"
    assert root.find(f"{space}title").text == cells[name].title
    assert root.find(f"{space}desc").text.count(" = ") == len(cells[name].equations)
    words = [g for g in root.iter(f"{space}g") if "ink" in g.get("class", "").split()]
    assert words and all(g.find(f"{space}title").text for g in words)
    text = diagram(name).svg()
    outside = {u for u in re.findall(r'(?:href|src)="([^"]+)"', text) if not u.startswith("#")}
    assert not outside and "prefers-color-scheme: dark" in text


def test_the_same_bytes_every_time():
    command = ["diagram", "slstm", "--format"]
    for form in FORMATS[:2]:
        assert run(*command, form).out == run(*command, form).out


def test_png_is_twice_the_size():
    drawn = diagram("lstm")
    png = drawn.png()
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = (int.from_bytes(png[k : k + 4], "big") for k in (16, 20))
    assert (width, height) == (2 * drawn.picture.width, 2 * drawn.picture.height)


@pytest.fixture(scope="module")
def pdflatex():
    program = shutil.which("pdflatex")
    has_tikz = program and subprocess.run(
        ["kpsewhich", "tikz.sty"], capture_output=True, check=False
    ).stdout  # fmt: skip
    if not has_tikz:
        missing("TikZ is missing: install texlive-latex-base and texlive-pictures")
    return program


@pytest.mark.parametrize("name", ["lstm", "mlstm", "lstm-layernorm", "slstm-stabilised", "rglru"])
def test_tikz_compiles(name, pdflatex, tmp_path):
    (tmp_path / "cell.tex").write_text(diagram(name).tikz(), encoding="utf-8")
    done = subprocess.run(
        [pdflatex, "-interaction=nonstopmode", "-halt-on-error", "cell.tex"], cwd=tmp_path,
        capture_output=True, text=True, errors="replace", check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:]
    assert "1 page" in done.stdout and "Overfull" not in done.stdout


HOSTILE = r"""% title: </script><script>alert(1)</script> \input{x} "quoted"
h_t = \tanh(W x_t + U h_{t-1})
"""


def test_names_are_text_everywhere(tmp_path):
    drawn = diagram(Cell.from_latex(HOSTILE, 'a"b</title>'))
    root = ElementTree.fromstring(drawn.svg())
    assert root[0].text.startswith("</script><script>")
    assert r"\input" not in drawn.tikz() and "<script" not in drawn.tikz()
    path = tmp_path / "cell.dot"
    path.write_text(drawn.dot(), encoding="utf-8")
    assert check_diagram(str(path), drawn.cell, seed=1).verdict == "proved"


def test_unrolled_steps_hand_their_states_on():
    names = {n for node in diagram("lstm", unroll=3).diagram.nodes for n in node.names}
    shown = {(n.ascii, n.shift) for n in names}
    assert {("c", -1), ("c", 0), ("c", 1), ("c", 2), ("x", 0), ("x", 2)} <= shown
    sources = [n for n in diagram("lstm", unroll=3).diagram.nodes if n.is_source]
    assert sorted((n.names[0].ascii, n.names[0].shift) for n in sources) == [
        ("c", -1), ("h", -1), ("x", 0), ("x", 1), ("x", 2),
    ]  # fmt: skip
    assert overlaps(diagram("lstm", unroll=3).picture) == []


@pytest.mark.parametrize("name", list(cells))
def test_every_adjoint_flows_back_along_its_wire(name):
    cell = cells[name]
    picture = diagram(name, gradient=True).picture
    assert overlaps(picture) == []
    system = derive(cell)
    written = {text.latex for text in picture.texts if text.kind == "adjoint"}
    defined = {q.name for q in (*cell.inputs, *map(cell.defined, cell.equations))}
    assert {system.quantity(f"d{name}").in_latex() for name in defined} <= written
    forward = [line for line in picture.lines if line.kind != "adjoint"]
    back = [line for line in picture.lines if line.kind == "adjoint"]
    assert len(forward) == len(back)
    for there, again in zip(forward, back, strict=True):
        ends = (there.points[0], there.points[-1], again.points[-1], again.points[0])
        (ax, ay), (bx, by), (cx, cy), (dx, dy) = ends
        assert max(abs(ax - cx), abs(ay - cy), abs(bx - dx), abs(by - dy)) <= 5.01


def test_what_depends_on_a_quantity_can_be_picked_out():
    """f_t reaches c_t and h_t, and not i_t"""
    text = diagram("lstm").svg()
    assert 'svg:has([data-quantity="f_t"]:hover) .via-f_t' in text
    lines = {line.quantity: line.origins for line in diagram("lstm").picture.lines}
    assert "f_t" in lines["c_t"] and "f_t" in lines["h_t"] and "f_t" not in lines["i_t"]
    assert "W_xf" in lines["h_t"] and "W_xf" not in lines["i_t"] and "c_prev" in lines["c_t"]


LOOK = """
<script>
addEventListener("load", () => {
  const box = e => {
    const r = e.getBoundingClientRect();
    return [r.left, r.top, r.right, r.bottom];
  };
  const all = (svg, selector) => [...svg.querySelectorAll(selector)].map(box);
  const found = [...document.querySelectorAll("body > svg")].map(svg => ({
    boxes: all(svg, ".gate, .function, .operator, .parameter"),
    words: all(svg, "g.ink-quantity, g.ink-value, g.ink-port > g, g.ink-adjoint"),
  }));
  document.body.innerHTML = `<pre id="found">${JSON.stringify(found)}</pre>`;
});
</script>
"""


def seen_overlaps(found) -> list[tuple[list[float], list[float]]]:
    """Boxes and words that a browser has drawn on each other."""
    return [
        (one, other) for one, other in combinations(found["boxes"] + found["words"], 2)
        if one[2] > other[0] + 0.6 and other[2] > one[0] + 0.6
        and one[3] > other[1] + 0.6 and other[3] > one[1] + 0.6
    ]  # fmt: skip


@pytest.mark.parametrize("gradient", [False, True])
def test_a_browser_sees_no_overlap(gradient, chromium, tmp_path):
    """all cells on one page, the boxes and words as Chromium has drawn them"""
    drawings = [diagram(name, gradient=gradient).svg() for name in cells]
    page = f"<!DOCTYPE html><html><body>{''.join(drawings)}</body></html>"
    found = looked_at(chromium, page, tmp_path, LOOK)
    assert len(found) == len(cells)
    for name, each in zip(cells, found, strict=True):
        assert len(each["boxes"]) > 2 and len(each["words"]) > 2
        assert seen_overlaps(each) == [], name
    first = found[0]
    moved = {"boxes": first["boxes"] + [[v + 3 for v in first["boxes"][0]]], "words": []}
    assert seen_overlaps(moved)


def test_the_command_writes_every_format(tmp_path):
    starts = {"svg": b"<svg ", "tikz": b"\\documentclass", "png": b"\x89PNG", "dot": b"digraph "}
    for form, start in starts.items():
        path = tmp_path / f"cell.{form}"
        done = run("diagram", "gru", "--format", form, "-o", path)
        assert done.status == 0 and path.read_bytes().startswith(start)
    assert run("diagram", "gru").out.startswith("<svg ")


def test_a_cell_that_is_not_there():
    done = run("diagram", "lstn")
    assert done.status == 2 and "error[S001]" in done.err


TWO = r"""
x_t \in \mathbb{R}^{D} \\ u_t \in \mathbb{R}^{K} \\
v_t \in \mathbb{R}^{H} \\ h_t \in \mathbb{R}^{H} \\
h_t = \tanh(W x_t + U h_{t-1} + V u_t) \odot v_t
"""


@pytest.mark.parametrize("options", [
    {}, {"unroll": 3}, {"unroll": 2, "gradient": True}, {"gradient": True, "detail": "operators"},
])  # fmt: skip
@pytest.mark.parametrize("name", ["three inputs", "mingru", "mut1", "rglru", "lstm-fgr"])
def test_inputs_have_room_below(name, options):
    cell = Cell.from_latex(TWO, "two") if name == "three inputs" else cells[name]
    drawn = diagram(cell, **options)
    assert overlaps(drawn.picture) == []
    lowest = [t for t in drawn.picture.texts if t.kind == "port" and t.latex.startswith("x_")]
    bottom = max(box.bottom for box in drawn.picture.boxes)
    assert lowest and all(text.y - text.above > bottom for text in lowest)
