"""Fee lines: findings, automatic verdicts, and what an excluded line takes with it."""

from collections.abc import Callable
from typing import Any

import pytest

Decide = Callable[..., dict[str, Any]]
Build = Callable[..., dict[str, Any]]


def codes(settlement: dict[str, Any]) -> list[str]:
    return [reason["code"] for reason in settlement["reasons"]]


def line(sn: str, name: str, own: str = "0.00", **fields: Any) -> dict[str, Any]:
    return {"feedetl_sn": sn, "medins_list_name": name, "fulamt_ownpay_amt": own, **fields}


def test_without_lines_own_expense_is_covered_with_a_warning(decide: Decide, bill: Build) -> None:
    found = decide(bill())
    assert found["other"] == "550.00"
    assert [warning["code"] for warning in found["warnings"]] == ["lines_missing"]
    assert [warning["code"] for warning in decide(bill(feedetail=[]))["warnings"]] == ["lines_missing"]


def test_lines_must_add_up_to_the_own_expense(decide: Decide, bill: Build) -> None:
    found = decide(bill(feedetail=[line("1", "item", "999.99")]))
    assert (found["status"], codes(found)) == ("held", ["lines_mismatch"])


def test_an_excluded_line_leaves_the_other_part(decide: Decide, bill: Build) -> None:
    found = decide(bill(feedetail=[line("1", "excluded", "400.00"), line("2", "item", "600.00")]))
    assert (found["in_catalogue"], found["other"], found["excluded"]) == ("2500.00", "350.00", "400.00")
    assert found["lines"][0]["exclusion"] == {"code": "unit_price_threshold", "clause": "XB-二(二)4"}
    assert found["lines"][0]["because"]


def test_a_finding_wins_over_the_automatic_check(decide: Decide, bill: Build) -> None:
    spared = decide(bill(feedetail=[line("1", "excluded", "1000.00", finding="covered")]))
    assert (spared["other"], spared["lines"]) == ("550.00", [])
    refused = decide(bill(feedetail=[line("1", "item", "1000.00", finding="unlawful")]))
    assert refused["other"] == "50.00"
    assert refused["lines"][0]["exclusion"] == {"code": "unlawful", "clause": "XB-二(二)5"}


@pytest.mark.parametrize(
    ("finding", "clause"),
    [
        ("not_on_invoice", "XB-二(二)2"),
        ("transplant_source", "XB-二(二)3"),
        ("new_expensive", "XB-二(二)4"),
        ("special_service", "XB-二(二)6"),
        ("unrelated", "XB-二(二)6"),
        ("nonpayable_herb", "XB-二(二)9"),
        ("non_pharmacopoeia_drug", "XB-二(二)9"),
    ],
)
def test_every_finding_names_its_clause(decide: Decide, bill: Build, finding: str, clause: str) -> None:
    found = decide(bill(feedetail=[line("1", "item", "1000.00", finding=finding)]))
    assert found["lines"][0]["exclusion"] == {"code": finding, "clause": clause}


def test_an_unknown_finding_is_an_error_that_names_the_line(
    answer: Callable[..., dict[str, Any]], bill: Build
) -> None:
    result = answer(bill(feedetail=[line("1", "item", "1000.00", finding="maybe")]))
    assert result["error"]["field"] == "settlements[0].feedetail[0].finding"


def test_a_line_for_review_counts_as_covered_with_a_warning_that_names_it(
    decide: Decide, bill: Build
) -> None:
    found = decide(bill(feedetail=[line("7", "review", "1000.00")]))
    assert (found["other"], found["lines"]) == ("550.00", [])
    assert [(one["code"], one["feedetl_sn"]) for one in found["warnings"]] == [("needs_review", "7")]
    settled = decide(bill(feedetail=[line("7", "review", "1000.00", finding="covered")]))
    assert settled["warnings"] == []


def test_an_excluded_line_inside_the_catalogue_takes_its_part_of_each_payers_money(
    decide: Decide, bill: Build
) -> None:
    lines = [
        line("1", "excluded", inscp_scp_amt="1000.00", preselfpay_amt="50.00"),
        line("2", "item", "1000.00", inscp_scp_amt="9000.00", preselfpay_amt="450.00"),
    ]
    # basic 6000 × 1000 ÷ 10000 = 600, assistance 2000 × 1000 ÷ 10000 = 200: the line leaves 1050 − 800 = 250
    found = decide(bill(feedetail=lines))
    assert (found["excluded"], found["in_catalogue"], found["other"]) == ("250.00", "2250.00", "550.00")


def test_the_parts_of_an_excluded_line_are_rounded_half_up_payer_by_payer(
    decide: Decide, bill: Build
) -> None:
    lines = [
        line("1", "excluded", inscp_scp_amt="0.05"),
        line("2", "item", "1000.00", inscp_scp_amt="9999.95"),
    ]
    # 6000 × 0.05 ÷ 10000 = 0.03, 2000 × 0.05 ÷ 10000 = 0.01: 0.05 − 0.04 = 0.01 leaves the catalogue part
    assert decide(bill(feedetail=lines))["in_catalogue"] == "2499.99"
    halves = [
        line("1", "excluded", inscp_scp_amt="0.25"),
        line("2", "item", "1000.00", inscp_scp_amt="9999.75"),
    ]
    # 0.15 and 0.05 for the payers: 0.25 − 0.20 = 0.05
    assert decide(bill(feedetail=halves))["in_catalogue"] == "2499.95"


def test_a_catalogue_line_without_its_parts_counts_with_the_rest_of_its_cost(
    decide: Decide, bill: Build
) -> None:
    lines = [
        line("1", "excluded", det_item_fee_sumamt="1050.00", preselfpay_amt="50.00"),
        line("2", "item", "1000.00"),
    ]
    assert decide(bill(feedetail=lines))["excluded"] == "250.00"


def test_a_bill_wholly_inside_excluded_lines_is_rejected_with_their_codes(
    decide: Decide, bill: Build
) -> None:
    lines = [
        line("1", "item", "600.00", finding="special_service", overlmt_amt="100.00"),
        line("2", "item", "400.00", inscp_scp_amt="10000.00", preselfpay_amt="500.00", finding="unrelated"),
    ]
    found = decide(bill(feedetail=lines))
    assert found["status"] == "rejected"
    assert codes(found) == ["special_service", "unrelated"]
    assert found["excluded"] == "3600.00"


def test_excluding_every_line_of_a_bill_in_thirds_leaves_no_fen(decide: Decide, bill: Build) -> None:
    third = {"inscp_scp_amt": "3333.33", "finding": "unrelated"}
    lines = [
        line("1", "item", "1000.00", overlmt_amt="100.00", **third),
        line("2", "item", preselfpay_amt="500.00", **third),
        line("3", "item", **{**third, "inscp_scp_amt": "3333.34"}),
    ]
    found = decide(bill(feedetail=lines, hifp_pay="6000.01", maf_pay="2000.01"))
    assert (found["status"], found["benefit"]) == ("rejected", "0.00")


def test_excluded_lines_above_the_parts_of_the_bill_hold_it(decide: Decide, bill: Build) -> None:
    for part in ("inscp_scp_amt", "preselfpay_amt", "overlmt_amt"):
        lines = [line("1", "excluded", **{part: "10000.01"}), line("2", "item", "1000.00")]
        found = decide(bill(feedetail=lines))
        assert (found["status"], codes(found)) == ("held", ["lines_mismatch"])


def test_a_line_and_its_refund_cancel(decide: Decide, bill: Build) -> None:
    lines = [line("1", "excluded", "500.00"), line("2", "excluded", "-500.00"), line("3", "item", "1000.00")]
    found = decide(bill(feedetail=lines))
    assert (found["other"], found["excluded"]) == ("550.00", "0.00")


def test_a_catalogue_drug_beyond_the_pharmacopoeia_is_spared_unless_the_reading_says_all(
    decide: Decide, bill: Build
) -> None:
    inside = line("1", "foreign", chrgitm_lv="02", inscp_scp_amt="1000.00")
    lines = [inside, line("2", "foreign", "1000.00", chrgitm_lv="03")]
    found = decide(bill(feedetail=lines))
    assert [one["feedetl_sn"] for one in found["lines"]] == ["2"]
    every = decide(bill(feedetail=lines), readings={"pharmacopoeia_scope": "all_drugs"})
    assert [one["feedetl_sn"] for one in every["lines"]] == ["1", "2"]


def test_the_line_check_learns_the_bill_the_readings_and_the_parameters(case: Build, bill: Build) -> None:
    from insurer.schemes.calculate import calculate
    from insurer.schemes.line_check import BillFacts, LineVerdict

    seen: list[BillFacts] = []

    def check(lines: Any, facts: BillFacts) -> list[LineVerdict]:
        seen.append(facts)
        return [LineVerdict("covered") for _ in lines]

    document = case(
        bill(feedetail=[line("1", "item", "1000.00")], dual_channel=True),
        readings={"price_threshold_basis": "line"},
        parameters={"unit_price_threshold": "4000.00"},
    )
    assert "error" not in calculate(document, check)
    assert str(seen[0].on) == "2022-03-10"
    assert (seen[0].med_type, seen[0].institution_kind, seen[0].dual_channel) == ("21", "hospital", True)
    assert seen[0].readings["price_threshold_basis"] == "line"
    assert seen[0].readings["named_items"] == "always"
    assert seen[0].parameters["unit_price_threshold"] == "4000.00"
