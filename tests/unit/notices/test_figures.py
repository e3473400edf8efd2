"""The figures of a letter follow from any stored calculation and always add up."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insurer.kernel.errors import Invalid
from insurer.kernel.money import parse_yuan, to_yuan
from insurer.notices.codec import from_json, to_json
from insurer.notices.decision_letters import DecisionLetter
from insurer.notices.figures import Figures, decision_figures
from insurer.notices.specimens import DECISION, LONG_DECISION, SPECIMENS
from insurer.schemes.calculate import calculate
from insurer.schemes.line_check import LineVerdict

XINBEI = "changzhou-xinbei"


def covered(lines: Sequence[Any], facts: Any) -> list[LineVerdict]:
    return [LineVerdict("covered") for _ in lines]


def bill(setl_id: str = "b1", **changes: Any) -> dict[str, Any]:
    return {
        "setl_id": setl_id,
        "med_type": "21",
        "begndate": "2026-06-01",
        "enddate": "2026-06-15",
        "setl_time": "2026-06-15",
        "medfee_sumamt": "60879.37",
        "inscp_scp_amt": "45000.00",
        "preselfpay_amt": "3846.27",
        "overlmt_selfpay": "433.10",
        "fulamt_ownpay_amt": "11600.00",
        "hifp_pay": "27000.00",
        "hifmi_pay": "0.00",
        "maf_pay": "12000.00",
        **changes,
    }


def figures(*settlements: dict[str, Any], **case: Any) -> Figures:
    document = {
        "case_id": "x",
        "kind": "claim",
        "scheme": XINBEI,
        "person": {"insutype": "390", "roster": {"2026": {"on_previous_december": True}}},
        "settlements": list(settlements),
        **case,
    }
    result = calculate(document, covered)
    assert "error" not in result, result
    found = decision_figures(XINBEI, document, result)
    assert found.pays_fen == parse_yuan(result["total"])
    return found


def letter(found: Figures) -> DecisionLetter:
    return replace(
        DECISION,
        amount_fen=found.pays_fen,
        visits=tuple(found.visits),
        total_fen=found.total_fen,
        payers=tuple(found.payers),
        borne_fen=found.borne_fen,
        shares=tuple(found.shares),
        limits=tuple(found.limits),
        remarks=tuple(found.remarks),
        refused=tuple(found.refused),
        refused_cover=found.refused_cover,
    )


FEN = st.integers(0, 3_000_000)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_every_payable_calculation_gives_a_letter_without_contradiction(data: st.DataObject) -> None:
    scope, first, over = (data.draw(FEN) for _ in range(3))
    lines, own = [], 0
    for serial in range(data.draw(st.integers(0, 4))):
        fen = data.draw(st.integers(1, 900_000))
        own += fen
        finding = data.draw(st.sampled_from(["covered", "new_expensive", "unrelated"]))
        lines.append(
            {
                "feedetl_sn": str(serial),
                "medins_list_name": f"项目{serial}",
                "list_type": "201",
                "pric": to_yuan(fen),
                "cnt": "1",
                "det_item_fee_sumamt": to_yuan(fen),
                "fulamt_ownpay_amt": to_yuan(fen),
                "finding": finding,
            }
        )
    basic = data.draw(st.integers(0, scope))
    aid = data.draw(st.integers(0, scope - basic))
    left = scope + first + over + own - basic - aid
    hospital = data.draw(st.integers(0, left))
    inclusive = data.draw(st.integers(0, left - hospital))
    charity = data.draw(st.integers(0, left - hospital - inclusive))
    changes: dict[str, Any] = {
        "medfee_sumamt": to_yuan(scope + first + over + own),
        "inscp_scp_amt": to_yuan(scope),
        "preselfpay_amt": to_yuan(first),
        "overlmt_selfpay": to_yuan(over),
        "fulamt_ownpay_amt": to_yuan(own),
        "hifp_pay": to_yuan(basic),
        "maf_pay": to_yuan(aid),
        "hosp_part_amt": to_yuan(hospital),
        "later_payers": [
            {"payer": "inclusive", "unsplit": to_yuan(inclusive)},
            {"payer": "charity", "unsplit": to_yuan(charity)},
        ],
    }
    if lines:
        changes["feedetail"] = lines
    used = {"2026": {"other_covered": to_yuan(data.draw(st.integers(0, 2_000_000)))}}
    found = figures(bill(**changes), used=used)
    assert found.borne_fen == left - hospital - inclusive - charity
    if found.pays_fen:
        made = letter(found)
        assert made.problems() == ()
        rebuilt = from_json(DecisionLetter, to_json(made))
        assert rebuilt == made
    else:
        assert found.main_code is not None and found.refused


@pytest.mark.parametrize("one", [*SPECIMENS.values(), LONG_DECISION], ids=lambda one: one.number)
def test_letters_survive_json(one: Any) -> None:
    assert from_json(type(one), to_json(one)) == one


def test_a_used_up_limit_is_explained() -> None:
    found = figures(bill(), used={"2026": {"other_covered": "19000.00"}})
    assert [(limit.used_fen, limit.left_fen) for limit in found.limits] == [(2_000_000, 0)]
    assert any("限额" in remark for remark in found.remarks)


def test_a_private_policy_is_explained() -> None:
    found = figures(bill(later_payers=[{"payer": "private", "unsplit": "20000.00"}]))
    assert any("商业保险" in remark for remark in found.remarks)
    assert not any("商业" in payer.label for payer in found.payers)


def test_a_rejected_bill_beside_a_payable_one_is_a_line_of_its_own() -> None:
    outside = bill(
        "b2", med_type="11", fixmedins={"kind": "hospital", "designated": False, "region": "mainland"}
    )
    found = figures(bill(), outside)
    assert letter(found).problems() == ()
    assert [(line.what, str(line.basis.place)) for line in found.refused] == [
        ("2026年6月1日至6月15日门诊费用", "第二部分（二）")
    ]
    assert found.refused[0].amount_fen == 2_187_937


def test_a_reversed_bill_and_its_reversal_are_left_out() -> None:
    reversal = {"setl_id": "b2", "reverses": "b1", "setl_time": "2026-07-01"}
    found = figures(bill("b1"), reversal, bill("b3"))
    assert [visit.settlement for visit in found.visits] == ["b3"]


def test_nothing_left_to_pay_has_its_reason() -> None:
    paid = bill(
        medfee_sumamt="1000.00",
        inscp_scp_amt="1000.00",
        preselfpay_amt="0.00",
        overlmt_selfpay="0.00",
        fulamt_ownpay_amt="0.00",
        hifp_pay="600.00",
        maf_pay="400.00",
    )
    found = figures(paid)
    assert (found.main_code, str(found.refused[0].basis.place)) == ("nothing_left", "第一部分")


def test_a_held_calculation_cannot_become_a_letter() -> None:
    with pytest.raises(Invalid, match="没有算完"):
        figures(bill(upstream_pending=["charity"]))


def test_assistance_of_nantong_shows_base_rate_and_what_is_outside() -> None:
    document = {"settlements": [bill(maf_pay="0.00")]}
    result = {
        "total": "14400.00",
        "settlements": [
            {"setl_id": "b1", "status": "payable", "benefit": "14400.00", "base": "18000.00", "rate": "80"}
        ],
    }
    found = decision_figures("nantong", document, result)
    assert [(share.label, share.amount_fen, share.how, share.pays_fen) for share in found.shares] == [
        ("医保范围内的费用", 1_800_000, "80%", 1_440_000),
        ("不能救助的费用", 1_587_937, "不救助", 0),
    ]
    assert [str(line.basis) for line in found.refused] == ["通医保发〔2022〕68号第（五）条"]
    assert letter(found).problems() == ()


def test_an_excluded_line_that_others_paid_in_full_still_shows_its_reason() -> None:
    line = {
        "feedetl_sn": "1",
        "medins_list_name": "项目",
        "list_type": "201",
        "det_item_fee_sumamt": "11600.00",
        "fulamt_ownpay_amt": "11600.00",
        "finding": "unrelated",
    }
    payer = {
        "payer": "inclusive",
        "in_catalogue": "0.00",
        "outside_catalogue": "0.00",
        "excluded": "11600.00",
    }
    found = figures(bill(feedetail=[line], later_payers=[payer]))
    assert [(share.amount_fen, share.refused) for share in found.shares][-1] == (0, True)
    assert letter(found).problems() == ()
    assert found.refused_cover == "惠民保"
