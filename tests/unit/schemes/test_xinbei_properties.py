"""What must hold for every Xinbei settlement, and the comparison with a second writing of the rules."""

from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from insurer.kernel.money import parse_yuan, to_yuan
from insurer.schemes.calculate import calculate
from insurer.schemes.line_check import BillFacts, LineVerdict
from insurer.schemes.tracing import replay

FUNDS = ("hifp_pay", "hifmi_pay", "hifob_pay", "hifes_pay", "cvlserv_pay", "hifdm_pay", "maf_pay")
LINE = ("inscp_scp_amt", "preselfpay_amt", "overlmt_amt", "fulamt_ownpay_amt")
BILL = ("inscp_scp_amt", "preselfpay_amt", "overlmt_selfpay", "fulamt_ownpay_amt")
fen = st.integers(0, 5_000_000)


def check(lines: Any, facts: BillFacts) -> list[LineVerdict]:
    return [LineVerdict("covered") for _ in lines]


@st.composite
def lines_of(draw: st.DrawFn, parts: tuple[int, int, int, int]) -> list[dict[str, Any]]:
    """Split the four parts of a bill over a few lines, some of them excluded by a finding."""
    count = draw(st.integers(1, 5))
    rows = [[0, 0, 0, 0] for _ in range(count)]
    for place, whole in enumerate(parts):
        cuts = sorted(draw(st.lists(st.integers(0, whole), min_size=count - 1, max_size=count - 1)))
        for row, (low, high) in zip(rows, zip([0, *cuts], [*cuts, whole], strict=True), strict=True):
            row[place] = high - low
    findings = draw(
        st.lists(st.sampled_from(["covered", "unrelated", "special_service"]), min_size=count, max_size=count)
    )
    return [
        {
            "feedetl_sn": str(number),
            "finding": finding,
            **{name: to_yuan(amount) for name, amount in zip(LINE, row, strict=True)},
        }
        for number, (row, finding) in enumerate(zip(rows, findings, strict=True))
    ]


@st.composite
def bills(draw: st.DrawFn, with_lines: bool = True) -> dict[str, Any]:
    """A settlement that adds up, with payers that never exceed the cost before exclusions."""
    parts = (draw(fen), draw(fen), draw(fen), draw(fen))
    bill: dict[str, Any] = {name: to_yuan(amount) for name, amount in zip(BILL, parts, strict=True)}
    bill |= {
        "setl_id": "b1",
        "med_type": "21",
        "setl_time": "2022-03-10",
        "medfee_sumamt": to_yuan(sum(parts)),
    }
    left = parts[0]
    for fund in FUNDS:
        paid = draw(st.integers(0, left))
        bill[fund], left = to_yuan(paid), left - paid
    borne = parts[0] + parts[1] + parts[2] + parts[3] - sum(parse_yuan(bill[fund]) for fund in FUNDS)
    hospital = draw(st.one_of(st.just(0), st.integers(0, borne)))
    inclusive = draw(st.one_of(st.just(0), st.integers(0, borne - hospital)))
    charity = draw(st.one_of(st.just(0), st.integers(0, borne - hospital - inclusive)))
    private = draw(st.one_of(st.just(0), st.integers(0, borne)))
    bill["hosp_part_amt"] = to_yuan(hospital)
    bill["later_payers"] = [
        {"payer": payer, "unsplit": to_yuan(paid)}
        for payer, paid in (("inclusive", inclusive), ("charity", charity), ("private", private))
        if paid
    ]
    if with_lines:
        bill["feedetail"] = draw(lines_of(parts))
    return bill


def case_of(*found: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "case_id": "p",
        "kind": "claim",
        "scheme": "changzhou-xinbei",
        "person": {"insutype": "390", "roster": {"2022": {"on_previous_december": True}}},
        "settlements": list(found),
        **fields,
    }


def decide(bill: dict[str, Any], **fields: Any) -> dict[str, Any]:
    result = calculate(case_of(bill, **fields), check)
    assert "error" not in result, result
    settlement: dict[str, Any] = result["settlements"][0]
    return settlement


def paid_by_others(bill: dict[str, Any]) -> int:
    named = sum(parse_yuan(bill[fund]) for fund in FUNDS)
    later = sum(parse_yuan(payer["unsplit"]) for payer in bill["later_payers"] if payer["payer"] != "private")
    return named + later + parse_yuan(bill["hosp_part_amt"])


any_reading = st.fixed_dictionaries(
    {},
    optional={
        "class_b_first_pay": st.sampled_from(["in_catalogue", "other", "not_payable"]),
        "over_price_limit": st.sampled_from(["other", "in_catalogue", "not_payable"]),
        "below_deductible": st.sampled_from(["included", "excluded"]),
        "unsplit_payment": st.sampled_from(
            ["pro_rata", "outside_first", "in_catalogue_first", "excluded_first"]
        ),
        "hospital_borne": st.sampled_from(["pro_rata", "in_catalogue_first", "outside_first"]),
        "private_insurance": st.sampled_from(["ceiling", "ignore", "deduct"]),
        "annual_limit_on": st.sampled_from(["other_benefit", "other_cost"]),
        "annual_limit_covers": st.sampled_from(["other_part", "everything"]),
    },
)


@settings(max_examples=120, deadline=None)
@given(bills(), any_reading)
def test_payers_and_person_add_up_to_the_total_under_every_reading(
    bill: dict[str, Any], readings: dict[str, str]
) -> None:
    found = decide(bill, readings=readings)
    left = sum(parse_yuan(amount) for amount in found["shares"]["after_later_payers"].values())
    assert left + paid_by_others(bill) == parse_yuan(bill["medfee_sumamt"])


@settings(max_examples=120, deadline=None)
@given(bills(), any_reading)
def test_the_benefit_is_never_below_zero_nor_above_what_is_borne(
    bill: dict[str, Any], readings: dict[str, str]
) -> None:
    found = decide(bill, readings=readings)
    left = {name: parse_yuan(amount) for name, amount in found["shares"]["after_later_payers"].items()}
    assert 0 <= parse_yuan(found["in_catalogue"]) <= max(0, left["in_catalogue"])
    assert 0 <= parse_yuan(found["other"]) <= max(0, left["other"])
    assert parse_yuan(found["benefit"]) == parse_yuan(found["in_catalogue"]) + parse_yuan(found["other"])
    if found["status"] == "payable":
        assert all(amount >= 0 for amount in left.values())
        assert paid_by_others(bill) + parse_yuan(found["benefit"]) <= parse_yuan(bill["medfee_sumamt"])


@settings(max_examples=120, deadline=None)
@given(bills(), any_reading, st.integers(0, 3_000_000))
def test_replaying_the_trace_gives_the_benefit(
    bill: dict[str, Any], readings: dict[str, str], limit: int
) -> None:
    found = decide(bill, readings=readings, parameters={"other_covered_annual_limit": to_yuan(limit)})
    assert replay(found["trace"]) == parse_yuan(found["benefit"])


@settings(max_examples=80, deadline=None)
@given(bills(), st.randoms(use_true_random=False))
def test_the_order_of_the_lines_changes_nothing(bill: dict[str, Any], chance: Any) -> None:
    shuffled = {**bill, "feedetail": chance.sample(bill["feedetail"], len(bill["feedetail"]))}
    one, other = decide(bill), decide(shuffled)
    for name in ("status", "benefit", "in_catalogue", "other", "excluded", "shares"):
        assert one[name] == other[name]


@settings(max_examples=120, deadline=None)
@given(bills(), st.sampled_from(["inclusive", "charity", "private"]), st.integers(1, 1_000_000))
def test_another_payment_never_raises_the_benefit_beyond_a_fen(
    bill: dict[str, Any], payer: str, paid: int
) -> None:
    before = decide(bill)
    more = {**bill, "later_payers": [*bill["later_payers"], {"payer": payer, "unsplit": to_yuan(paid)}]}
    after = decide(more)
    assume(before["status"] == "payable")
    assert parse_yuan(after["benefit"]) <= parse_yuan(before["benefit"]) + 1


FUNDS = ("hifp_pay", "hifmi_pay", "hifob_pay", "hifes_pay", "cvlserv_pay", "hifdm_pay", "maf_pay")


@settings(max_examples=120, deadline=None)
@given(
    bills(with_lines=False), st.sampled_from([*FUNDS, "hosp_part_amt"]), st.integers(1, 400_000), any_reading
)
def test_another_payer_on_the_sheet_never_raises_the_benefit_beyond_a_fen(
    bill: dict[str, Any], payer: str, paid: int, readings: dict[str, str]
) -> None:
    before = decide(bill, readings=readings)
    more = {**bill, payer: to_yuan(parse_yuan(bill.get(payer, "0.00")) + paid)}
    after = decide(more, readings=readings)
    assume(before["status"] == "payable")
    assert parse_yuan(after["benefit"]) <= parse_yuan(before["benefit"]) + 1


@settings(max_examples=80, deadline=None)
@given(bills(with_lines=False), bills(), st.integers(0, 3_000_000), st.integers(0, 3_000_000))
def test_a_reversal_gives_back_exactly_what_was_taken(
    first: dict[str, Any], second: dict[str, Any], limit: int, used: int
) -> None:
    fields = {
        "parameters": {"other_covered_annual_limit": to_yuan(limit)},
        "used": {"2022": {"other_covered": to_yuan(used)}},
    }
    back = {"setl_id": "r", "reverses": "b1", "setl_time": "2022-03-11"}
    later = {**second, "setl_id": "b2", "setl_time": "2022-03-12"}
    with_reversal = calculate(case_of(first, back, later, **fields), check)
    alone = calculate(case_of(later, **fields), check)
    assert with_reversal["total"] == alone["total"]
    assert with_reversal["balances"] == alone["balances"]
    assert with_reversal["settlements"][2]["limit"] == alone["settlements"][0]["limit"]


@settings(max_examples=80, deadline=None)
@given(bills(with_lines=False), st.integers(0, 3_000_000))
def test_a_bill_reversed_and_given_again_is_decided_as_the_first_time(
    bill: dict[str, Any], limit: int
) -> None:
    fields = {"parameters": {"other_covered_annual_limit": to_yuan(limit)}}
    back = {"setl_id": "r", "reverses": "b1", "setl_time": "2022-03-11"}
    again = {**bill, "setl_id": "b2", "setl_time": "2022-03-12"}
    once = calculate(case_of(bill, **fields), check)
    twice = calculate(case_of(bill, back, again, **fields), check)
    assert twice["total"] == once["total"]
    assert twice["balances"] == once["balances"]
    for name in ("status", "benefit", "in_catalogue", "other", "excluded", "shares", "limit"):
        assert twice["settlements"][2][name] == once["settlements"][0][name]


@settings(max_examples=80, deadline=None)
@given(bills(with_lines=False), bills(with_lines=False), st.integers(0, 3_000_000))
def test_two_settlements_never_take_more_than_the_limit(
    first: dict[str, Any], second: dict[str, Any], limit: int
) -> None:
    later = {**second, "setl_id": "b2", "setl_time": "2022-03-12"}
    parameters = {"other_covered_annual_limit": to_yuan(limit)}
    found = calculate(case_of(first, later, parameters=parameters), check)["settlements"]
    assert sum(parse_yuan(one["other"]) for one in found) <= limit
