"""What holds of every Nantong settlement, on generated claims under the readings in use and others."""

from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from insurer.kernel.money import parse_yuan, to_yuan
from insurer.schemes.calculate import calculate
from insurer.schemes.line_check import LineVerdict
from insurer.schemes.tracing import replay

PARTS = ("inscp_scp_amt", "preselfpay_amt", "overlmt_selfpay", "fulamt_ownpay_amt")
FUNDS = ("hifp_pay", "hifmi_pay", "hifob_pay", "hifes_pay", "cvlserv_pay", "hifdm_pay")
CATEGORIES = ("orphan", "min_living_allowance", "hardship_worker", "low_income_margin")


@st.composite
def bills(draw: Any, setl_id: str = "b1", day: str = "2024-05-20") -> dict[str, Any]:
    """A settlement that adds up: payers take part of the scope, lines divide it."""

    def fen(top: int) -> int:
        return int(draw(st.one_of(st.just(0), st.integers(0, max(0, top)))))

    scope = draw(st.integers(0, 9_000_000))
    left, amounts = scope, {}
    for fund in FUNDS:
        amounts[fund] = fen(left)
        left -= amounts[fund]
    parts = {"inscp_scp_amt": scope, **{name: fen(500_000) for name in PARTS[1:]}}
    some = fen(scope)
    finding = draw(st.sampled_from([None, "covered", "unrelated"]))
    lines = [
        {"feedetl_sn": "1", "inscp_scp_amt": to_yuan(some), "finding": finding},
        {"feedetl_sn": "2", "inscp_scp_amt": to_yuan(scope - some)},
        {"feedetl_sn": "3", "fulamt_ownpay_amt": to_yuan(parts["fulamt_ownpay_amt"])},
    ]
    return {
        "setl_id": setl_id,
        "med_type": draw(st.sampled_from(["11", "14", "21"])),
        "begndate": day,
        "enddate": day,
        "setl_time": day,
        "medfee_sumamt": to_yuan(sum(parts.values())),
        **{name: to_yuan(value) for name, value in (parts | amounts).items()},
        "maf_pay": to_yuan(fen(left)),
        "hosp_part_amt": to_yuan(fen(left // 2)),
        "feedetail": lines,
    }


any_reading = st.fixed_dictionaries(
    {},
    optional={
        "hospital_borne": st.sampled_from(["pro_rata", "in_catalogue_first", "outside_first"]),
        "assistance_base_class_b": st.sampled_from(["outside", "inside"]),
        "assistance_limit_on": st.sampled_from(["assistance", "cost"]),
        "full_rate_limits": st.sampled_from(["apply", "waived"]),
        "charity_before_assistance": st.sampled_from(["no", "yes"]),
    },
)


def settle(
    *settlements: dict[str, Any], category: str = "min_living_allowance", **fields: Any
) -> dict[str, Any]:
    identity = {"category": category, "valid_from": "2023-01-01"}
    document = {
        "kind": "claim",
        "scheme": "nantong",
        "person": {"identities": [identity]},
        "settlements": list(settlements),
        **fields,
    }
    found = calculate(document, lambda lines, facts: [LineVerdict("covered") for _ in lines])
    assert "error" not in found, found
    return found


def decide(bill: dict[str, Any], **fields: Any) -> dict[str, Any]:
    one: dict[str, Any] = settle(bill, **fields)["settlements"][0]
    return one


@settings(max_examples=120, deadline=None)
@given(bills(), st.sampled_from(CATEGORIES), any_reading, st.integers(0, 9_000_000))
def test_payers_assistance_and_person_add_up_to_the_total(
    bill: dict[str, Any], category: str, readings: dict[str, str], limit: int
) -> None:
    found = decide(bill, category=category, readings=readings, parameters={"shared_limit": to_yuan(limit)})
    benefit = parse_yuan(found["benefit"])
    assert replay(found["trace"]) == benefit
    assert 0 <= benefit <= max(0, parse_yuan(found["base"]))
    others = sum(parse_yuan(bill[name]) for name in (*FUNDS, "maf_pay", "hosp_part_amt"))
    left = parse_yuan(bill["medfee_sumamt"]) - others - benefit
    if found["status"] == "payable":
        assert left >= 0
        if "control_line" in found:
            assert parse_yuan(found["control_line"]["personal"]) == left
    else:
        assert benefit == 0


@settings(max_examples=120, deadline=None)
@given(
    bills(),
    st.sampled_from([*FUNDS, "maf_pay", "hosp_part_amt"]),
    st.integers(1, 400_000),
    st.sampled_from(CATEGORIES),
    any_reading,
)
def test_another_payer_never_raises_the_benefit_beyond_a_fen(
    bill: dict[str, Any], payer: str, paid: int, category: str, readings: dict[str, str]
) -> None:
    before = decide(bill, category=category, readings=readings)
    assume(before["status"] == "payable")
    more = {**bill, payer: to_yuan(parse_yuan(bill[payer]) + paid)}
    after = decide(more, category=category, readings=readings)
    assert parse_yuan(after["benefit"]) <= parse_yuan(before["benefit"]) + 1


@settings(max_examples=60, deadline=None)
@given(bills(), st.randoms(use_true_random=False))
def test_the_order_of_the_lines_changes_nothing(bill: dict[str, Any], chance: Any) -> None:
    shuffled = {**bill, "feedetail": chance.sample(bill["feedetail"], len(bill["feedetail"]))}
    one, other = decide(bill), decide(shuffled)
    for name in ("status", "benefit", "base", "limit"):
        assert one[name] == other[name]


@settings(max_examples=60, deadline=None)
@given(bills(), any_reading, st.integers(0, 9_000_000))
def test_a_bill_reversed_and_given_again_is_decided_as_the_first_time(
    bill: dict[str, Any], readings: dict[str, str], limit: int
) -> None:
    fields = {"readings": readings, "parameters": {"shared_limit": to_yuan(limit)}}
    back = {"setl_id": "r", "reverses": "b1", "setl_time": "2024-05-21"}
    again = {**bill, "setl_id": "b2", "setl_time": "2024-05-22"}
    once, twice = settle(bill, **fields), settle(bill, back, again, **fields)
    assert twice["total"] == once["total"]

    def used(found: dict[str, Any]) -> dict[str, str]:
        rows = found["balances"].get("2024", {})
        return {pool: amount for pool, amount in rows.items() if amount != "0.00"}

    assert used(twice) == used(once)
    for name in ("status", "benefit", "base", "limit"):
        assert twice["settlements"][2][name] == once["settlements"][0][name]


@settings(max_examples=60, deadline=None)
@given(bills(), bills("b2", "2024-05-22"), st.integers(0, 9_000_000))
def test_two_settlements_never_take_more_than_the_limit(
    first: dict[str, Any], second: dict[str, Any], limit: int
) -> None:
    assume(first["med_type"] != "11" and second["med_type"] != "11")
    found = settle(first, second, parameters={"shared_limit": to_yuan(limit)})["settlements"]
    counter = sum(parse_yuan(one["maf_pay"]) for one in (first, second))
    assert sum(parse_yuan(one["benefit"]) for one in found) <= max(0, limit) or counter
    assert all(parse_yuan(one["limit"]["left"]) >= 0 for one in found)


@pytest.mark.parametrize("category", CATEGORIES)
def test_a_case_of_many_is_each_bill_alone_while_no_limit_binds(category: str) -> None:
    plain = {
        "med_type": "21",
        "medfee_sumamt": "100.01",
        "inscp_scp_amt": "100.01",
        "preselfpay_amt": "0.00",
        "overlmt_selfpay": "0.00",
        "fulamt_ownpay_amt": "0.00",
        "hifp_pay": "33.34",
        "hifmi_pay": "0.00",
    }
    many = [{**plain, "setl_id": f"b{day}", "setl_time": f"2024-05-{day:02d}"} for day in range(1, 6)]
    together = settle(*many, category=category)["settlements"]
    alone = [decide(bill, category=category) for bill in many]
    assert [row["benefit"] for row in together] == [row["benefit"] for row in alone]
