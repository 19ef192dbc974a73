"""EpyNN's and numpy-ml's LSTMs are proved, and numpy-ml's defect #42 is refuted at its lines."""

from pathlib import Path

import pytest

from symlstm import cells
from symlstm.verification.options import Options
from symlstm.verification.verify import verify_file

pytestmark = pytest.mark.real

HERE = Path(__file__).parent
SEED = 20260204
ZERO_STATES = ("h_0 = 0", "c_0 = 0")
IMPLEMENTATIONS = [("epynn_lstm", "lstm"), ("numpy_ml_lstm", "lstm-concat")]


def verified(name, cell, **options):
    return verify_file(str(HERE / f"{name}.py"), cells[cell], Options(seed=SEED, **options))


@pytest.mark.parametrize(("name", "cell"), IMPLEMENTATIONS)
def test_published_code_is_proved_and_what_it_assumes_is_said(name, cell):
    """zero initial states, and no adjoint of c from outside"""
    report = verified(name, cell)
    assert report.verdict == "proved", report.to_text()
    assert report.functions == ("sequence", "gradients")
    assert len(report.sizes) == 2 and report.comparisons > 400
    assert [a.split(":")[0] for a in report.assumed if "sequence" in a] == [*ZERO_STATES]
    assert [a.split(":")[0] for a in report.assumed if "gradients" in a] == [
        *ZERO_STATES, "dc = 0",
    ]  # fmt: skip
    assert all(f"assumed: {a}" in report.to_text() for a in report.assumed)
    assert report.to_json()["assumed"] == list(report.assumed)


def defects(name):
    lines = (HERE / f"{name}.py").read_text(encoding="utf-8").splitlines()
    return {n: line.split()[0] for n, line in enumerate(lines, 1) if line.endswith("# defect")}


def test_issue_42_is_refuted_at_the_adjoints_of_f_and_i_and_their_lines():
    """σ' taken at b_o where b_f and b_i stand"""
    report = verified("numpy_ml_issue_42", "lstm-concat")
    assert (report.verdict, report.exit_status) == ("differs", 1)
    marked = defects("numpy_ml_issue_42")
    assert set(marked.values()) == {"z_i", "z_f"}
    assert {f.line: f.equation for f in report.findings} == {
        line: "di_bar_t" if name == "z_i" else "df_bar_t" for line, name in marked.items()
    }
    assert len(report.findings) == 2, "causes, and not their consequences"
    for finding in report.findings:
        assert finding.function == "gradients" and finding.file.endswith("numpy_ml_issue_42.py")
        assert "b_o" in finding.message


def test_issue_42_is_proved_forward():
    """the defect is of the backward pass alone"""
    path = str(HERE / "numpy_ml_issue_42.py")
    report = verify_file(f"{path}:sequence", cells["lstm-concat"], Options(seed=SEED))
    assert report.verdict == "proved"


def test_issue_42_mended_is_proved(tmp_path):
    """b_o put right on the two lines, and nothing else"""
    text = (HERE / "numpy_ml_issue_42.py").read_text(encoding="utf-8")
    for gate in "if":
        text = text.replace(
            f"z_{gate} = hx @ W_{gate}.T + b_o  # defect", f"z_{gate} = hx @ W_{gate}.T + b_{gate}"
        )
    assert "# defect" not in text
    mended = tmp_path / "mended.py"
    mended.write_text(text, encoding="utf-8")
    report = verify_file(str(mended), cells["lstm-concat"], Options(seed=SEED))
    assert report.verdict == "proved", report.to_text()
