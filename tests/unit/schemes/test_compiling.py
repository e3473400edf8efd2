"""The compiled forms give what the interpreter gives: every value of every step, every entry of the trace."""

from typing import Any

import pytest

from insurer.schemes import changzhou_xinbei_claim, nantong_claim
from insurer.schemes.operations import NEVER, RuleConflict
from insurer.schemes.packdata import Clause, NoParameter, Parameter, ParameterRow
from insurer.schemes.recording import Rules
from insurer.schemes.running import COMPILE_AFTER, Program
from tests.unit.schemes.portfolios import random_inputs

MODULES = [changzhou_xinbei_claim, nantong_claim]
READINGS: list[tuple[tuple[str, str], ...]] = [
    (),
    (("annual_limit_on", "other_cost"), ("below_deductible", "excluded"), ("bill_date", "admission")),
    (("class_b_first_pay", "not_payable"), ("over_price_limit", "in_catalogue")),
    (("hospital_borne", "outside_first"), ("unsplit_payment", "excluded_first")),
    (("assistance_base_class_b", "inside"), ("control_line_numerator", "in_scope_only")),
    (("referral_exclusion", "either"), ("private_insurance", "ignore"), ("third_party_open", "exclude")),
]
EACH = 250


@pytest.mark.parametrize(
    "readings", READINGS, ids=lambda readings: "-".join(v for _, v in readings) or "plain"
)
@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.SCHEME)
def test_every_step_of_every_sheet_has_the_value_of_the_reference(module: Any, readings: Any) -> None:
    pack = module.pack(readings)
    for name, program in pack.programs.items():
        compiled, tracer = program.compiled(), pack.tracer(name)
        for inputs, overrides in random_inputs(program, EACH):
            values = compiled(inputs, overrides)
            assert values == program.interpret(inputs, overrides)
            assert [type(value) for value in values] == [
                type(value) for value in program.interpret(inputs, overrides)
            ]
            for row in ("", "line 1"):
                expected: tuple[list[Any], list[Any]] = ([], [])
                found: tuple[list[Any], list[Any]] = ([], [])
                tracer.interpret(values, overrides, *expected, row)
                tracer.writer(with_row=bool(row))(values, overrides, *found, row)
                assert found == expected
                for one, other in zip(found, expected, strict=True):
                    assert [list(entry) for entry in one] == [list(entry) for entry in other]


def test_a_sheet_is_compiled_when_it_has_been_run_often(monkeypatch: pytest.MonkeyPatch) -> None:
    r = Rules("sheet", {"A": Clause("A", "d", "g")}, {}, {}, {})
    program = Program(r.finish({"sum": r.add("sum", "和", "A", r.given("a", "甲"), r.given("b", "乙"))}))
    interpreted: list[int] = []
    interpret = Program.interpret
    monkeypatch.setattr(
        Program, "interpret", lambda self, *given: interpreted.append(1) or interpret(self, *given)
    )
    for turn in range(3 * COMPILE_AFTER):
        assert program.outcome(program.run({"a": turn, "b": 1}, {})) == {"sum": turn + 1}
    assert len(interpreted) == COMPILE_AFTER


def test_the_compiled_form_refuses_what_the_reference_refuses() -> None:
    table = Parameter("half", "半数", "fen", (ParameterRow(7, 100, 200, "s", "in force", ""),))
    r = Rules("sheet", {"A": Clause("A", "d", "g")}, {"half": table}, {}, {})
    figure = r.parameter("half", "A", r.given("day", "日", "day"))
    one, two = r.given("one", "一", "bool"), r.given("two", "二", "bool")
    nothing = r.constant("nothing", "零", 0)
    program = Program(
        r.finish({"result": r.pick("p", "选择", "A", nothing, (one, figure), (two, r.given("x", "金额")))})
    )
    run = program.compiled()
    facts = {"day": 150, "one": True, "two": False, "x": 3}
    assert run(facts, {})[-1] == 7
    assert run(facts, {"half": 9})[-1] == 9
    for day in (99, 200, NEVER):
        with pytest.raises(NoParameter):
            run({**facts, "day": day}, {})
    with pytest.raises(RuleConflict):
        run({**facts, "two": True}, {})
    with pytest.raises(KeyError):
        run({}, {})
