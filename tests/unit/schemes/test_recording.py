"""What recording refuses, and that a recorded sheet runs, stops and forgets what nothing rests on."""

from datetime import date

import pytest

from insurer.schemes.operations import RuleConflict
from insurer.schemes.packdata import Clause, NoParameter, Parameter, ParameterRow, Reading
from insurer.schemes.recording import Rules
from insurer.schemes.running import Program
from insurer.schemes.tracing import Tracer

CLAUSES = {"A": Clause("A", "doc", "gist")}
DAY = date(2024, 1, 1).toordinal()
RATE = Parameter("half", "一半", "rate", (ParameterRow((1, 2), DAY, DAY + 366, "text", "in force", ""),))
READINGS = {
    "place": Reading("place", "归属", "A", "q", ("here", "there"), ("这里", "那里"), "here", "why", "assumed")
}


def sheet(answer: str = "here") -> Rules:
    return Rules("sheet", CLAUSES, {"half": RATE}, READINGS, {"place": answer})


def test_a_step_without_a_known_citation_is_refused() -> None:
    r = sheet()
    amount = r.given("a", "甲")
    for cite in ("", "B", "reading:other"):
        with pytest.raises(ValueError, match="citation"):
            r.add("sum", "合计", cite, amount)


def test_a_step_may_cite_a_reading() -> None:
    r = sheet()
    assert r.add("sum", "合计", "reading:place", r.given("a", "甲")).cite == "reading:place"


def test_a_step_without_a_label_is_refused() -> None:
    r = sheet()
    with pytest.raises(ValueError, match="label"):
        r.add("sum", "", "A", r.given("a", "甲"))


def test_a_name_recorded_twice_is_refused() -> None:
    r = sheet()
    amount = r.given("a", "甲")
    r.add("sum", "合计", "A", amount)
    with pytest.raises(ValueError, match="twice"):
        r.add("sum", "合计", "A", amount)


@pytest.mark.parametrize("value", [0.5, 1, "1", None, True])
def test_a_plain_value_as_an_argument_is_refused(value: object) -> None:
    r = sheet()
    with pytest.raises(TypeError, match="not a recorded step"):
        r.add("sum", "合计", "A", r.given("a", "甲"), value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "unit"), [(0.5, "fen"), (True, "fen"), ("1", "fen"), (1, "code"), (1, "rate")]
)
def test_a_constant_of_the_wrong_kind_is_refused(value: object, unit: str) -> None:
    with pytest.raises(TypeError):
        sheet().constant("c", "常数", value, unit)  # type: ignore[arg-type]


def test_fen_times_fen_is_refused() -> None:
    r = sheet()
    with pytest.raises(TypeError, match="share"):
        r.share("product", "乘积", "A", r.given("a", "甲"), r.given("b", "乙"))


def test_an_if_on_a_step_is_refused() -> None:
    r = sheet()
    amount = r.given("a", "甲")
    chosen = r.reading("place", here=amount, there=amount)
    with pytest.raises(TypeError, match="pick"):
        bool(amount)
    with pytest.raises(TypeError, match="pick"):
        bool(chosen)


def test_comparing_or_reckoning_with_steps_in_python_is_refused() -> None:
    r = sheet()
    a, b = r.given("a", "甲"), r.given("b", "乙")
    with pytest.raises(TypeError):
        _ = a == b
    with pytest.raises(TypeError):
        _ = a < b  # type: ignore[operator]
    with pytest.raises(TypeError):
        _ = a + b  # type: ignore[operator]


def test_a_reading_wants_an_answer_for_every_option() -> None:
    r = sheet()
    with pytest.raises(ValueError, match="place"):
        r.reading("place", here=r.given("a", "甲"))


def test_a_stop_wants_a_yes_or_no() -> None:
    r = sheet()
    with pytest.raises(TypeError):
        r.stop("held", "code", "暂缓", "A", r.given("a", "甲"))


def test_the_branch_of_a_reading_that_was_not_chosen_is_dropped() -> None:
    for answer, kept, dropped in (("here", "double", "triple"), ("there", "triple", "double")):
        r = sheet(answer)
        a = r.given("a", "甲")
        double = r.add("double", "两倍", "A", a, a)
        triple = r.add("triple", "三倍", "A", a, a, a)
        result = r.add("result", "结果", "A", r.reading("place", here=double, there=triple))
        names = [step.name for step in r.finish({"result": result}).steps]
        assert kept in names
        assert dropped not in names


def test_a_sheet_runs_and_its_trace_has_every_step_with_its_clause() -> None:
    r = sheet()
    day, a = r.given("day", "日期", "day"), r.given("a", "甲")
    half = r.share("half_of_a", "一半", "A", a, r.parameter("half", "A", day))
    program = Program(r.finish({"result": half}))
    values = program.run({"day": DAY, "a": 5}, {})
    assert program.outcome(values) == {"result": 3}
    trace: list[dict[str, object]] = []
    Tracer(program, READINGS, {"place": "here"}).write(values, {}, trace, [])
    assert trace == [
        {
            "clause": "A",
            "rule": "half_of_a",
            "label": "一半",
            "op": "share",
            "terms": ["甲", "一半"],
            "rounding": "half_up",
            "inputs": {"a": "0.05", "half": "50%"},
            "parameter": {"status": "in force", "source": "text"},
            "amount": "0.03",
        }
    ]


def test_a_parameter_is_refused_on_a_day_that_it_does_not_cover() -> None:
    r = sheet()
    day, a = r.given("day", "日期", "day"), r.given("a", "甲")
    program = Program(r.finish({"result": r.share("s", "份额", "A", a, r.parameter("half", "A", day))}))
    for outside in (DAY - 1, DAY + 366):
        with pytest.raises(NoParameter):
            program.run({"day": outside, "a": 5}, {})
    assert program.outcome(program.run({"day": DAY + 365, "a": 5}, {})) == {"result": 3}
    assert program.outcome(program.run({"day": DAY - 1, "a": 5}, {"half": (1, 5)})) == {"result": 1}


def test_a_missing_input_is_never_taken_as_zero() -> None:
    r = sheet()
    program = Program(r.finish({"result": r.add("s", "和", "A", r.given("a", "甲"), r.given("b", "乙"))}))
    with pytest.raises(KeyError):
        program.run({"a": 5}, {})


def test_disagreeing_exceptions_stop_the_run() -> None:
    r = sheet()
    a, b = r.given("a", "甲"), r.given("b", "乙")
    first, second = r.given("first", "一", "bool"), r.given("second", "二", "bool")
    program = Program(r.finish({"result": r.pick("p", "选择", "A", a, (first, b), (second, a))}))
    assert program.outcome(program.run({"a": 1, "b": 2, "first": True, "second": False}, {})) == {"result": 2}
    with pytest.raises(RuleConflict):
        program.run({"a": 1, "b": 2, "first": True, "second": True}, {})
