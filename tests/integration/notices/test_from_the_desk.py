"""Letters of cases that really went over the desk: roster, intake, decision, outbox, letter."""

import re
import uuid
from datetime import timedelta
from io import BytesIO
from typing import Any

import pypdf
import pytest
from sqlalchemy import select

from insurer.claims.operations.deciding import recall
from insurer.claims.operations.papers import request_papers
from insurer.kernel.errors import Conflict, Invalid
from insurer.notices.operations import (
    issue_enrolment_notices,
    issue_for_claim,
    render_notice,
    start_print_run,
)
from insurer.notices.queries import notice_pdf
from insurer.notices.tables import Notice
from insurer.platform.audit import SYSTEM
from insurer.platform.jobs import ENROL_NOTICES, ISSUE_NOTICE
from insurer.platform.outbox import OutboxRow
from tests.factories import desk


def ordered(world: Any, job: str) -> list[dict[str, Any]]:
    rows = world.session.scalars(select(OutboxRow).where(OutboxRow.job == job).order_by(OutboxRow.id))
    return [dict(row.payload) for row in rows]


def letter_of(world: Any, payload: dict[str, Any]) -> str:
    given = {name: uuid.UUID(value) if name.endswith("_id") else value for name, value in payload.items()}
    notice_id = issue_for_claim(world.session, actor=SYSTEM, now=desk.NOW, **given)
    assert notice_id is not None
    return rendered(world, notice_id)


def rendered(world: Any, notice_id: uuid.UUID) -> str:
    render_notice(
        world.session, notice_id=notice_id, storage=world.storage, settings=world.settings, now=desk.NOW
    )
    _, content = notice_pdf(world.session, world.storage, notice_id)
    return re.sub(
        r"\s+", "", "".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(content)).pages)
    )


def test_an_approved_case_gets_its_decision_letter(world: Any) -> None:
    clerk, reviewer = desk.hire(world.session, "zhou", "clerk"), desk.hire(world.session, "wang", "reviewer")
    desk.put_on_roster(world.session, world.storage, [(desk.ZHANG, "张桂芳")])
    (claim_id,) = desk.take_in(world.session, clerk, desk.raw_record("S1")).new
    desk.decide(world.session, clerk, reviewer, claim_id)
    (payload,) = ordered(world, ISSUE_NOTICE)
    text = letter_of(world, payload)
    # 850 + 50 - 500 - 200 in full, half of the 100 outside the catalogue.
    assert "我们将付给您250.00元。" in text
    assert "人民币贰佰伍拾元" in text
    assert "尾号0001的常州农商银行账户" in text
    assert "能赔的都赔了" in text


def test_the_letter_of_a_recalled_decision_is_not_printed(world: Any) -> None:
    clerk, reviewer = desk.hire(world.session, "zhou", "clerk"), desk.hire(world.session, "wang", "reviewer")
    desk.put_on_roster(world.session, world.storage, [(desk.ZHANG, "张桂芳")])
    (claim_id,) = desk.take_in(world.session, clerk, desk.raw_record("S1")).new
    desk.decide(world.session, clerk, reviewer, claim_id)
    (payload,) = ordered(world, ISSUE_NOTICE)
    letter_of(world, payload)
    later = desk.NOW + timedelta(hours=1)
    recall(world.session, actor=reviewer, claim_id=claim_id, opinion="收款人要改", now=later)
    notice_id = world.session.scalars(select(Notice.id)).one()
    with pytest.raises(Conflict, match="决定已撤回"):
        start_print_run(world.session, actor=clerk, notice_ids=[notice_id], now=later)


def test_a_case_outside_cover_gets_its_refusal(world: Any) -> None:
    clerk, reviewer = desk.hire(world.session, "zhou", "clerk"), desk.hire(world.session, "wang", "reviewer")
    desk.put_on_roster(world.session, world.storage, [(desk.ZHANG, "张桂芳")])
    record = desk.raw_record("S1", certno=desk.LI, name="李阿宝")
    (claim_id,) = desk.take_in(world.session, clerk, record).new
    desk.decide(world.session, clerk, reviewer, claim_id)
    (payload,) = ordered(world, ISSUE_NOTICE)
    assert payload["kind"] == "refusal"
    text = letter_of(world, payload)
    assert "李阿宝：这次我们不能付款，原因是：结算那天您还不属于保障对象。" in text
    assert "2026年的低保名册里没有找到记录" in text


def test_a_request_for_papers_becomes_a_letter_and_a_receipt_can_follow(world: Any) -> None:
    clerk = desk.hire(world.session, "zhou", "clerk")
    desk.put_on_roster(world.session, world.storage, [(desk.ZHANG, "张桂芳")])
    (claim_id,) = desk.take_in(world.session, clerk, desk.raw_record("S1")).new
    request_papers(
        world.session, actor=clerk, claim_id=claim_id, kinds=["inclusive_decision", "bank_card"], now=desk.NOW
    )
    (payload,) = ordered(world, ISSUE_NOTICE)
    assert "还差2份材料" in letter_of(world, payload)
    text = letter_of(world, {"kind": "receipt", "claim_id": str(claim_id)})
    assert "收到方式窗口递交" in text
    assert f"一共{len(desk.PAPERS)}份" in text


def test_another_paper_is_asked_for_in_the_words_of_the_desk(world: Any) -> None:
    clerk = desk.hire(world.session, "zhou", "clerk")
    desk.put_on_roster(world.session, world.storage, [(desk.ZHANG, "张桂芳")])
    (claim_id,) = desk.take_in(world.session, clerk, desk.raw_record("S1")).new

    def ask(reason: str) -> None:
        request_papers(
            world.session, actor=clerk, claim_id=claim_id, kinds=["other"], reason=reason, now=desk.NOW
        )

    for reason, words in (
        ("", "写清是什么"),
        ("户" * 61, "最多 60 字，现在 61 字"),
        (f"身份证 {desk.ZHANG} 的复印件", "请去掉完整的证件号、卡号"),
    ):
        with pytest.raises(Invalid) as refused:
            ask(reason)
        assert [one.field for one in refused.value.problems] == ["reason"]
        assert words in refused.value.problems[0].message
    ask("村委会开的外出务工证明")
    (payload,) = ordered(world, ISSUE_NOTICE)
    assert "村委会开的外出务工证明" in letter_of(world, payload)


def test_a_roster_orders_one_enrolment_letter_a_person(world: Any) -> None:
    people = [(desk.ZHANG, "张桂芳"), (desk.LI, "李阿宝")]
    desk.put_on_roster(world.session, world.storage, people)
    made = [
        issue_enrolment_notices(
            world.session, actor=SYSTEM, import_id=uuid.UUID(payload["import_id"]), now=desk.NOW
        )
        for payload in ordered(world, ENROL_NOTICES)
    ]
    notices = world.session.scalars(select(Notice).order_by(Notice.id)).all()
    assert sum(made) == len(notices) == len({notice.dedupe_key for notice in notices})
    assert len({notice.person_id for notice in notices}) == 2
    assert "不用您交钱" in rendered(world, notices[0].id)
