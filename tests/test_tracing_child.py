"""Foreign code in a process of its own: whatever it does, the parent gets an answer or an error."""

import gc
import os
import re
import subprocess
import sys
import time

import pytest

import symlstm
from symlstm.proof.garbage import seldom_collected
from symlstm.tracing.conversation import Conversation
from symlstm.tracing.frames import packed, unpacked
from symlstm.tracing.loading import LoadError
from symlstm.tracing.parent import ChildError, list_functions, trace_file
from symlstm.tracing.run import same_trace
from symlstm.verification.subject import file_subject

STEP = """
import numpy as np

def step(x, W):
    print("computing", x)
    h = np.zeros((2, 4))
    h[:] = np.tanh(x @ W.T) * 0.1
    return (h,)
"""
ARGUMENTS = {"x": ("x", (2, 3)), "W": ("W", (4, 3))}


@pytest.fixture
def file(tmp_path):
    def write(source):
        path = tmp_path / "implementation.py"
        path.write_text(source, encoding="utf-8")
        return str(path)

    return write


def traced(path, name="step", arguments=ARGUMENTS, **limits):
    (run,) = trace_file(path, {"step": (name, [arguments])}, **limits)["step"]
    return run


def test_functions_of_a_file_are_listed(file):
    (function,) = list_functions(file(STEP))
    assert (function.name, function.line, function.arguments.names) == ("step", 4, ("x", "W"))


def test_trace_is_the_one_that_the_child_made(file, capfd):
    run = traced(file(STEP))
    trace = run.first
    assert (trace.outcome, trace.results["0"].shape) == ("returned", (2, 4))
    assert run.terms.nodes[trace.results["0"].elements[0]][0] == "product"
    assert trace.readings == {"0.1": "1/10"}
    assert same_trace(trace, run.second) is None
    assert [(e.operation, e.places[0].line) for e in trace.events if e.kind == "compute"] == [
        ("matmul", 7),
        ("tanh", 7),
        ("multiply", 7),
    ]
    assert capfd.readouterr() == ("", "")


def test_several_sizes_and_functions_in_one_process(file):
    path = file("def step(x): return x * 2\ndef sequence(x): return x.T\n")
    runs = trace_file(
        path,
        {
            "step": ("step", [{"x": ("x", (2,))}, {"x": ("x", (3,))}]),
            "sequence": ("sequence", [{"x": ("x", (2, 3))}]),
        },
    )
    assert [run.first.results["0"].shape for run in runs["step"]] == [(2,), (3,)]
    assert runs["sequence"][0].first.results["0"].shape == (3, 2)


def test_noise_shows_in_the_second_trace(file):
    run = traced(
        file("import random\ndef step(x): return x * random.random()"), arguments={"x": ("x", (2,))}
    )
    assert same_trace(run.first, run.second) == "0"


def test_exception_and_refusal_are_outcomes(file):
    path = file("def step(x):\n    return x.foo\ndef sequence(x):\n    return 1 if x[0] else 0")
    arguments = {"x": ("x", (2,))}
    raised = traced(path, arguments=arguments).first
    assert raised.outcome == "raised" and raised.places[0].line == 2
    refused = traced(path, "sequence", arguments).first
    assert refused.outcome == "untraceable" and "np.where" in refused.help


@pytest.mark.parametrize(
    ("source", "error", "message"),
    [
        ("def step(:", LoadError, "not valid Python"),
        ("import sys; sys.exit(0)", LoadError, "sys.exit is called while the file is imported"),
        ("def sequence(x): ...", LoadError, "the file has no function step"),
        ("import os; os._exit(0)", ChildError, "ended with status 0 before it returned"),
        (
            "import os\ndef step(x, W): os._exit(3)",
            ChildError,
            "ended with status 3 before it returned",
        ),
        (
            "import os, signal\ndef step(x, W): os.kill(os.getpid(), signal.SIGSEGV)",
            ChildError,
            "ended by SIGSEGV",
        ),
    ],
)
def test_file_that_does_not_answer_is_an_error(file, source, error, message):
    with pytest.raises(error, match=message) as caught:
        traced(file(source))
    assert caught.value.message.spans[0].file.endswith("implementation.py")


def test_missing_file_is_a_load_error(tmp_path):
    with pytest.raises(LoadError, match="there is no such file"):
        list_functions(str(tmp_path / "absent.py"))


def test_sys_exit_in_a_function_is_an_outcome(file):
    trace = traced(file("import sys\ndef step(x, W):\n    sys.exit(2)")).first
    assert (trace.outcome, trace.message) == ("raised", "SystemExit: 2")


@pytest.mark.parametrize(
    "source",
    [
        "while True: pass",
        "def step(x, W):\n    while True: pass",
        "import subprocess, sys\n"
        "def step(x, W):\n"
        "    subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])",
    ],
)
def test_endless_code_is_ended_with_all_that_it_started(file, source):
    started = time.monotonic()
    with pytest.raises(ChildError, match=r"did not end within 1\.5 s"):
        traced(file(source), timeout=1.5)
    assert time.monotonic() - started < 6


def test_deep_recursion_is_an_outcome(file):
    trace = traced(file("def step(x, W):\n    return step(x, W)")).first
    assert trace.message.startswith("RecursionError")


def test_recursion_without_limit_does_not_take_the_parent_along(file):
    source = """
import sys
sys.setrecursionlimit(10**9)

class Endless:
    def __getattr__(self, name):
        return getattr(self, name + "a")

def step(x, W):
    return Endless().b
"""
    try:
        ending = traced(file(source), timeout=20, memory=1 << 30).first.message
    except ChildError as error:
        ending = str(error)
    assert re.search("ended by SIG|did not end within|RecursionError|MemoryError", ending)


def test_output_is_read_and_forgotten(file):
    source = "def step(x, W):\n    for _ in range(200): print('x' * 2**20)\n    return x"
    assert traced(file(source)).first.outcome == "returned"


def test_memory_is_limited(file):
    source = "def step(x, W):\n    a = bytearray(1 << 31)\n    return x"
    trace = traced(file(source), memory=1 << 30).first
    assert (trace.outcome, trace.message) == ("raised", "MemoryError")


def test_numpy_changed_by_the_file_is_that_processs_own(file):
    source = "import numpy as np\nnp.float = float\nnp.tanh = None\n" + STEP.replace(
        "np.tanh(x @ W.T)", "np.zeros((2, 4), dtype=np.float)"
    )
    assert traced(file(source)).first.outcome == "returned"


def test_input_is_empty_and_secrets_are_not_passed_on(file, monkeypatch):
    for name in (
        "MY_TOKEN",
        "client_secret",
        "API_KEY",
        "Password",
        "DB_PASSWD",
        "AWS_CREDENTIALS",
    ):
        monkeypatch.setenv(name, "hidden")
    monkeypatch.setenv("DATABASE", "postgres://ada:hidden@host/cells")
    monkeypatch.setenv("PROXY", "http://host:3128/")
    monkeypatch.setenv("HARMLESS", "shown")
    source = (
        "import os, sys\nassert 'hidden' not in ' '.join(os.environ.values())\n"
        "assert os.environ['PROXY']\n"
        "assert os.environ['HARMLESS'] == 'shown' and sys.stdin.read() == ''\n"
        "def step(x): ..."
    )
    assert [f.name for f in list_functions(file(source))] == ["step"]


def test_waiting_threads_do_not_hold_up_the_answer(file):
    source = (
        "import threading, time, atexit\natexit.register(time.sleep, 30)\n"
        "threading.Thread(target=time.sleep, args=(30,)).start()\ndef step(x): ..."
    )
    started = time.monotonic()
    assert list_functions(file(source))
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("count", [0, 1, 4096, 10_000])
def test_what_is_packed_is_unpacked_piece_by_piece(count):
    values = [["sum", n, n + 1] for n in range(count)]
    texts = packed(iter(values))
    assert len(texts) == -(-count // 4096)
    assert list(unpacked(texts)) == values
    assert not texts


def test_cycles_are_looked_for_seldom_and_then_as_before():
    before = gc.get_threshold()
    with seldom_collected():
        assert gc.get_threshold()[0] >= 100_000
    assert gc.get_threshold() == before


@pytest.mark.parametrize(
    "response",
    [
        '{"run": 3}',
        '{"runs": []}',
        '{"run": {"terms": [["sum", 4]], "traces": []}}',
        '{"run": {"terms": [], "traces": [{}, {}]}}',
        '{"run": {"terms": [["launch", 0]], "traces": []}}',
        r'{"run": {"terms": ["[[\"launch\", 0]]"], "traces": []}}',
        r'{"run": {"terms": ["[[\"sum\", 4]]"], "traces": []}}',
        '{"run": {"terms": ["[["], "traces": []}}',
        '{"error": 5}',
        "[]",
        "{",
    ],
)
def test_damaged_answer_is_an_error(file, response):
    """Foreign code may find the pipe of the answers, and write the response itself."""
    source = (
        "import os, stat\n"
        "for fd in range(3, 32):\n"
        "    try:\n"
        f"        os.write(fd, b'%d\\n' % {len(response)} + {response.encode()!r})\n"
        "    except OSError:\n"
        "        pass\n"
        "os._exit(0)"
    )
    with pytest.raises(ChildError, match="wrote a damaged answer"):
        traced(file(source))


def test_the_pipe_of_the_answers_closed_is_no_answer(file):
    source = "import os\ndef step(x, W):\n    os.closerange(3, 32)\n    return x"
    with pytest.raises(ChildError, match=r"S502|S504"):
        traced(file(source))


def test_an_answer_that_ends_in_its_middle_is_none(file):
    source = "import os\nfor fd in range(3, 32):\n    try: os.write(fd, b'99\\n{')\n"
    with pytest.raises(ChildError, match="ended with status 7"):
        traced(file(source + "    except OSError: pass\nos._exit(7)"))


def test_one_process_lists_the_functions_and_traces_them(file):
    """What a file does when it is loaded, it does once; nothing is left running."""
    path = file("open(__file__ + '.loaded', 'a').write('x')\ndef step(x):\n    return x\n")
    subject = file_subject(path)
    assert [f.name for f in subject.functions()] == ["step"]
    (run,) = subject.runs({"step": ("step", [{"x": ("x", (2,))}])})
    assert run.first.outcome == "returned"
    with open(path + ".loaded") as loaded:
        assert loaded.read() == "x"


def test_each_run_is_there_before_the_next_has_ended(file):
    source = "import time\ndef step(x):\n    time.sleep(1000 if len(x) > 2 else 0)\n    return x\n"
    runs = file_subject(file(source), timeout=2).runs(
        {"step": ("step", [{"x": ("x", (2,))}, {"x": ("x", (3,))}])}
    )
    assert next(runs).first.outcome == "returned"
    with pytest.raises(ChildError, match="did not end within 2 s"):
        next(runs)


def test_a_proof_that_takes_long_is_not_the_time_of_the_child(file):
    """What the child has answered in time counts, however late it is read."""
    source = "def step(x):\n    return x\n"
    runs = file_subject(file(source), timeout=1).runs(
        {"step": ("step", [{"x": ("x", (2,))}, {"x": ("x", (3,))}])}
    )
    assert next(runs).first.results["0"].shape == (2,)
    time.sleep(1.2)
    assert next(runs).first.results["0"].shape == (3,)


def test_a_process_that_was_left_alone_is_ended():
    conversation = Conversation(__file__, 1 << 30)
    process = conversation._process
    assert process.poll() is None
    del conversation
    gc.collect()
    assert process.returncode is not None


def test_child_imports_no_sympy():
    probe = (
        "import sys; import symlstm.tracing.child; "
        "sys.exit(any(name.split('.')[0] in ('sympy', 'mpmath', 'lark') for name in sys.modules))"
    )
    root = os.path.dirname(os.path.dirname(symlstm.__file__))
    status = subprocess.run(
        [sys.executable, "-c", probe], env={**os.environ, "PYTHONPATH": root}, check=False
    )
    assert status.returncode == 0


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("x + y", "x * y"),
        ("x + y", "x + 2 * y"),
        ("x - y", "y - x"),
        ("np.tanh(x)", "np.exp(x)"),
        ("np.einsum('ij,jk->ik', x, y)", "np.einsum('ij,kj->ik', x, y)"),
        ("x @ y", "y @ x"),
        ("x @ y", "np.einsum('ij,jk->ki', x, y)"),
        ("np.where(x > 0, x, y)", "np.where(x > 0, y, x)"),
        ("np.where(x > 0, x, y)", "np.where(x >= 0, x, y)"),
    ],
)
def test_a_second_call_that_does_something_else_is_seen(file, first, second):
    """What the first call has built is looked up only by the same operation on the same terms."""
    source = (
        "import numpy as np\ncalls = []\ndef step(x, y):\n    calls.append(0)\n"
        f"    return {first} if len(calls) == 1 else {second}\n"
    )
    run = traced(file(source), arguments={"x": ("x", (3, 3)), "y": ("y", (3, 3))})
    assert same_trace(run.first, run.second) == "0"
    assert run.first.outcome == run.second.outcome == "returned"
