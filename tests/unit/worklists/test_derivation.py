"""The panel of an amount, from calculations made here and now."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from insurer.claims.tables import Decision
from insurer.exclusions.check import check_lines
from insurer.schemes.calculate import calculate
from insurer.worklists.derivation import build_derivation
from insurer.worklists.views.calculation import Derivation

DOCUMENT: dict[str, Any] = {
    "case_id": "c",
    "kind": "claim",
    "scheme": "changzhou-xinbei",
    "person": {"insutype": "390", "roster": {"2026": {"on_previous_december": True}}},
    "used": {"2026": {"other_covered": "18500.00"}},
    "settlements": [
        {
            "setl_id": "s",
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
            "later_payers": [{"payer": "inclusive", "unsplit": "4000.00"}],
        }
    ],
}


def _panel(of: str, **changes: Any) -> Derivation:
    document = {**DOCUMENT, **changes}
    result = calculate(document, check_lines)
    decision = Decision(id=uuid4(), document=document, result=result, pack_hash="ab" * 32)
    decision.made_at = datetime(2026, 6, 20, tzinfo=UTC)
    panel = build_derivation(
        decision,
        result["settlements"][0],
        document["settlements"][0],
        of,
        "XB2026-000001",
        "",
        agrees=True,
    )
    assert panel is not None
    return panel


def test_a_used_up_limit_is_part_of_the_explanation() -> None:
    panel = _panel("benefit")
    words = [step.what for step in panel.steps]
    assert "年度限额余额" in words and "限额内的其他补偿" in words
    assert panel.agrees is True
    assert panel.steps[-1].strong and panel.steps[-1].sum == panel.result


def test_an_exhausted_limit_is_shown_although_it_gives_nothing() -> None:
    panel = _panel("benefit", used={"2026": {"other_covered": "20000.00"}})
    assert "限额内的其他补偿" in [step.what for step in panel.steps]


def test_what_is_zero_for_lack_of_cost_is_left_out() -> None:
    bill = {**DOCUMENT["settlements"][0], "medfee_sumamt": "48846.27"}
    bill |= {"overlmt_selfpay": "0.00", "fulamt_ownpay_amt": "0.00", "later_payers": []}
    panel = _panel("benefit", settlements=[bill])
    assert "限额内的其他补偿" not in [step.what for step in panel.steps]
    assert panel.result == "9,846.27"


def test_the_rounded_steps_are_named_by_their_numbers() -> None:
    panel = _panel("other_at_rate")
    rounded = [str(place) for place, step in enumerate(panel.steps, 1) if step.rounded]
    assert rounded
    assert f"第 {'、'.join(rounded)} 步" in panel.rounding


@pytest.mark.parametrize(
    ("of", "amount"),
    [("in.hifp_pay", 2_700_000), ("later.inclusive", 400_000), ("used", 1_850_000), ("in.hifmi_pay", 0)],
)
def test_a_figure_of_a_paper_leads_to_the_paper(of: str, amount: int) -> None:
    panel = _panel(of)
    assert panel.amount == amount
    assert all(link.href for _, link in panel.inputs)


def test_what_the_person_bears_is_the_total_less_every_payer() -> None:
    panel = _panel("rest")
    total, *taken = [int(step.sum.replace(",", "").replace(".", "")) for step in panel.steps]
    assert total - sum(taken) == panel.amount


def test_what_is_stored_is_shown_and_a_difference_is_not_called_the_same() -> None:
    result = calculate(DOCUMENT, check_lines)
    stored = result["settlements"][0]
    stored["trace"][-1]["amount"] = "1.00"
    decision = Decision(id=uuid4(), document=DOCUMENT, result=result, pack_hash="ab" * 32)
    decision.made_at = datetime(2026, 6, 20, tzinfo=UTC)
    panel = build_derivation(
        decision, stored, DOCUMENT["settlements"][0], "benefit", "XB2026-000001", "", agrees=False
    )
    assert panel is not None
    assert panel.agrees is False
    assert panel.amount == 100
