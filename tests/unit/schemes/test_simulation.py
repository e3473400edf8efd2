"""What-if calculation: running totals follow each scenario, and every total is a sum of the cases."""

from typing import Any

import pytest

from insurer.exclusions.check import check_lines
from insurer.kernel.money import parse_yuan
from insurer.schemes.calculate import calculate
from insurer.schemes.simulation import (
    TODAY,
    Figures,
    NotCalculable,
    Scenario,
    SimCase,
    chosen_scenarios,
    every_reading,
    simulate,
)
from tests.factories.kept_decisions import worked

XINBEI = "changzhou-xinbei"


def case(own: str, day: str = "2026-03-01", setl: str = "b", **more: Any) -> dict[str, Any]:
    """A bill of 850 in the catalogue, of which 700 are paid, with own expense at half."""
    total = parse_yuan("900.00") + parse_yuan(own)
    return {
        "case_id": f"{setl}-{day}",
        "kind": "claim",
        "scheme": XINBEI,
        "person": {
            "insutype": "390",
            "roster": {"2026": {"on_previous_december": True}, "2025": {"on_previous_december": True}},
        },
        "settlements": [
            {
                "setl_id": f"{setl}-{day}",
                "med_type": "11",
                "setl_time": day,
                "medfee_sumamt": f"{total // 100}.{total % 100:02d}",
                "inscp_scp_amt": "850.00",
                "preselfpay_amt": "50.00",
                "overlmt_selfpay": "0.00",
                "fulamt_ownpay_amt": own,
                "hifp_pay": "500.00",
                "hifmi_pay": "0.00",
                "maf_pay": "200.00",
            }
        ],
        **more,
    }


def limit(yuan: str) -> Scenario:
    return Scenario("limit", "限额", {}, {"other_covered_annual_limit": yuan})


def test_today_is_what_the_calculation_gives() -> None:
    documents = [worked(name) for name in ("XB-01", "XB-02", "XB-03", "XB-20")]
    done = simulate([SimCase(str(number), one) for number, one in enumerate(documents)], [TODAY], check_lines)
    expected = sum(parse_yuan(calculate(one, check_lines)["total"]) for one in documents)
    assert done.today.total.fen == expected
    assert sum(figures.fen for figures in done.today.years.values()) == expected
    assert sum(row.today for row in done.people) == expected
    assert done.persons == done.cases == 4


def test_a_limit_used_up_by_one_case_is_missing_in_the_next_under_each_scenario_alone() -> None:
    cases = [SimCase("p", case("1000.00")), SimCase("p", case("1000.00", "2026-05-01"))]
    done = simulate(cases, [TODAY, limit("600.00"), limit("800.00")], check_lines)
    # each case: 200 in the catalogue and 500 of other; the limits cut the second case
    assert [tally.total.fen for tally in done.tallies] == [140_000, 100_000, 120_000]
    assert done.people == [(1, "2026", 140_000, 120_000)]


def test_years_and_persons_do_not_share_a_limit() -> None:
    cases = [
        SimCase("p", case("1000.00", "2025-05-01")),
        SimCase("p", case("1000.00", "2026-05-01")),
        SimCase("q", case("1000.00", "2026-05-01")),
    ]
    done = simulate(cases, [TODAY, limit("600.00")], check_lines)
    assert done.changed.total.fen == done.today.total.fen
    assert {year: figures.fen for year, figures in done.today.years.items()} == {
        "2025": 70_000,
        "2026": 140_000,
    }


def test_what_was_used_before_the_first_case_counts() -> None:
    used = {"2026": {"other_covered": "19900.00"}}
    done = simulate([SimCase("p", case("1000.00", used=used))], [TODAY], check_lines)
    assert done.today.total.fen == 30_000
    assert done.today.clauses["XB-三", "超过年度限额，没有补偿"] == Figures(40_000, 1)


def test_clauses_tell_where_the_money_goes() -> None:
    done = simulate([SimCase("p", worked("XB-20")), SimCase("q", worked("XB-21"))], [TODAY], check_lines)
    clauses = done.today.clauses
    paid = sum(
        figures.fen for key, figures in clauses.items() if key[1].endswith("补偿") and "没有" not in key[1]
    )
    assert paid == done.today.total.fen
    assert {key[0] for key in clauses} >= {"XB-三", "XB-二(一)", "XB-二(二)6", "XB-二(二)9"}
    assert done.today.states["rejected"] == 1


def test_a_settlement_that_is_not_paid_is_told_by_what_the_person_bears() -> None:
    document = case("1000.00")
    document["settlements"][0]["fixmedins"] = {"region": "overseas"}
    done = simulate([SimCase("p", document)], [TODAY], check_lines)
    assert done.today.clauses["XB-二(二)8", "整笔不予支付，个人部分"] == Figures(120_000, 1)
    assert done.today.total == Figures(0, 1)


def test_assistance_is_told_by_its_own_clauses() -> None:
    done = simulate([SimCase("p", worked("NT-15"))], [TODAY], check_lines)
    assert done.today.clauses["NT-(六)", "医疗救助"].fen == done.today.total.fen > 0
    assert ("NT-(六)", "超过年度限额，没有救助") in done.today.clauses


def test_choices_are_priced_alone_and_together() -> None:
    readings = {"class_b_first_pay": "other"}
    scenarios = chosen_scenarios(XINBEI, readings, {"other_covered_rate": "0.60"})
    assert [one.name for one in scenarios] == [
        "today",
        "class_b_first_pay=other",
        "other_covered_rate=0.60",
        "together",
    ]
    done = simulate([SimCase("p", case("1000.00"))], scenarios, check_lines)
    # 150 + 50 + half of 1000; the 50 at half; 60 % of 1000; 60 % of 1050
    assert [tally.total.fen for tally in done.tallies] == [70_000, 67_500, 80_000, 78_000]
    assert len(chosen_scenarios(XINBEI, readings, {})) == 2


@pytest.mark.parametrize("scheme", [XINBEI, "nantong"])
def test_every_other_answer_can_be_calculated(scheme: str) -> None:
    scenarios = every_reading(scheme)
    names = [one.name for one in scenarios]
    assert len(names) == len(set(names)) > 5
    document = worked("XB-03" if scheme == XINBEI else "NT-13")
    done = simulate([SimCase("p", document)], scenarios, check_lines)
    assert len({tally.total.fen for tally in done.tallies}) > 1
    assert not any(name.startswith(("operating_cost", "quota_premium")) for name in names)


def test_a_case_that_cannot_be_read_is_named() -> None:
    wrong = case("1000.00")
    del wrong["settlements"][0]["hifp_pay"]
    with pytest.raises(NotCalculable) as refused:
        simulate([SimCase("p", case("1.00")), SimCase("q", wrong)], [TODAY], check_lines)
    assert (refused.value.place, refused.value.field) == (2, "settlements[0].hifp_pay")


def test_cases_of_a_person_that_do_not_stand_together_are_refused() -> None:
    cases = [SimCase(person, case("1.00")) for person in ("p", "q", "p")]
    with pytest.raises(ValueError, match="没有放在一起"):
        simulate(cases, [TODAY], check_lines)
