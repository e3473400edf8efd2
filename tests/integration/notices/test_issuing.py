"""Ordering letters: numbers, dedupe keys, facts from stored decisions."""

import re
import threading
import uuid
from dataclasses import replace
from datetime import date, datetime
from io import BytesIO
from typing import Any

import pypdf
import pytest
from sqlalchemy import Engine, func, select

from insurer.kernel.errors import Conflict, Invalid, NotFound
from insurer.notices.catalogue import NoticeKind
from insurer.notices.operations import (
    NoticeOrder,
    issue_enrolment_notices,
    issue_for_claim,
    issue_notices,
    render_notice,
)
from insurer.notices.queries import notice_pdf, notices_of_claim
from insurer.notices.tables import Notice
from insurer.platform.audit import SYSTEM, AuditEntry
from insurer.platform.crypto import Keyring
from insurer.platform.db import UnitSession, unit_of_work
from insurer.platform.outbox import OutboxRow


def text_of(world: Any, notice_id: uuid.UUID) -> str:
    _, content = notice_pdf(world.session, world.storage, notice_id)
    pages = pypdf.PdfReader(BytesIO(content)).pages
    return re.sub(r"\s+", "", "".join(page.extract_text() for page in pages))


def issue_and_render(world: Any, now: datetime, **order: Any) -> str:
    notice_id = issue_for_claim(world.session, actor=SYSTEM, now=now, **order)
    assert notice_id is not None
    render_notice(world.session, notice_id=notice_id, storage=world.storage, settings=world.settings, now=now)
    return text_of(world, notice_id)


def test_a_decision_becomes_a_letter_with_the_stored_figures(world: Any, now: datetime) -> None:
    claim, decision = world.decided(world.person())
    text = issue_and_render(world, now, kind="decision", claim_id=claim.id, decision_id=decision.id)
    for words in (
        "张桂芳：",
        "我们将付给您10,592.95元。",
        "尾号6617的江南农商行账户",
        "您2026年10月1日至10月15日在龙城中心医院住院。",
        "剩下由您负担17,879.37",
        "可降解硬膜补片5,800.00",
        "常开委办〔2021〕143号第二部分（二）第4项",
        "惠民保付的钱里，有1,060.36元",
        "经办：李文静",
        "新北大病理赔〔2026〕决字1号",
        claim.case_no,
    ):
        assert words in text, words


def test_a_letter_says_which_of_its_figures_are_not_settled(world: Any, now: datetime) -> None:
    claim, decision = world.decided(world.person())
    text = issue_and_render(world, now, kind="decision", claim_id=claim.id, decision_id=decision.id)
    assert "一年最多付20,000.00元（暂定）" in text
    assert "正式的数还没有定，这里用的是暂定的数。正式的数定了，我们会重新算，该补的补给您。" in text


def test_a_letter_on_unsettled_figures_is_kept_back_where_the_settings_say_so(
    world: Any, now: datetime
) -> None:
    strict = replace(world.settings, unsettled_figures="refuse")
    claim, decision = world.decided(world.person())
    order = {"kind": "decision", "claim_id": claim.id, "decision_id": decision.id}
    notice_id = issue_for_claim(world.session, actor=SYSTEM, now=now, **order)
    assert notice_id is not None
    with pytest.raises(Conflict, match="暂定的数"):
        render_notice(world.session, notice_id=notice_id, storage=world.storage, settings=strict, now=now)
    notice = world.session.get(Notice, notice_id)
    assert (notice.state, notice.pdf_sha256) == ("queued", None)
    settled = {"fulamt_ownpay_amt": "0.00", "overlmt_selfpay": "0.00", "medfee_sumamt": "48846.27"}
    claim, decision = world.decided(world.person("李大明"), feedetail=[], **settled)
    order = {"kind": "decision", "claim_id": claim.id, "decision_id": decision.id}
    notice_id = issue_for_claim(world.session, actor=SYSTEM, now=now, **order)
    assert notice_id is not None
    assert render_notice(world.session, notice_id=notice_id, storage=world.storage, settings=strict, now=now)


def test_the_row_keeps_no_name_and_no_account(world: Any, now: datetime) -> None:
    claim, decision = world.decided(world.person("欧阳桂芳"))
    issue_for_claim(
        world.session, actor=SYSTEM, kind="decision", claim_id=claim.id, decision_id=decision.id, now=now
    )
    notice = world.session.scalars(select(Notice)).one()
    world.session.flush()
    stored = repr(notice.facts)
    assert "欧阳桂芳" not in stored and "6617" not in stored
    row = world.session.scalars(select(OutboxRow)).one()
    assert row.payload == {"notice_id": str(notice.id)}


def test_a_payee_with_another_name_is_named_with_the_tie(world: Any, now: datetime) -> None:
    claim, decision = world.decided(world.person(holder="张大山"))
    text = issue_and_render(world, now, kind="decision", claim_id=claim.id, decision_id=decision.id)
    assert "转到张大山（儿子）尾号6617" in text


def test_a_person_without_account_is_asked_for_one(world: Any, now: datetime) -> None:
    claim, decision = world.decided(world.person(account=False))
    text = issue_and_render(world, now, kind="decision", claim_id=claim.id, decision_id=decision.id)
    assert "我们还没有您的账户" in text


def test_a_refusal_names_reason_clause_facts_and_its_legal_day(world: Any, now: datetime) -> None:
    claim, decision = world.decided(world.person(), roster={"2026": {"approved_on": "2026-11-03"}})
    text = issue_and_render(world, now, kind="refusal", claim_id=claim.id, decision_id=decision.id)
    assert "这次我们不能付款，原因是：结算那天您还不属于保障对象。" in text
    assert "低保是2026年11月3日批下来的" in text
    assert "第二部分（一）" in text
    view = notices_of_claim(world.session, claim.id)[0]
    # Three days from 18 November end on a Saturday and move to Monday.
    assert view.due_on == date(2026, 11, 23)


def test_a_decision_that_pays_nothing_cannot_be_a_decision_letter(world: Any, now: datetime) -> None:
    claim, decision = world.decided(world.person(), roster={})
    notice_id = issue_for_claim(
        world.session, actor=SYSTEM, kind="decision", claim_id=claim.id, decision_id=decision.id, now=now
    )
    assert notice_id is not None
    with pytest.raises(Invalid, match="一分不赔时请用拒赔通知书"):
        render_notice(
            world.session, notice_id=notice_id, storage=world.storage, settings=world.settings, now=now
        )


def test_missing_papers_come_from_the_request(world: Any, now: datetime) -> None:
    claim, _ = world.decided(world.person())
    request = world.request(claim, ["fee_list", "inclusive_decision"])
    text = issue_and_render(world, now, kind="missing_papers", claim_id=claim.id, paper_request_id=request.id)
    assert "还差2份材料" in text
    assert "费用明细清单" in text and "惠民保承办公司" in text


def test_a_receipt_lists_the_papers_of_the_case(world: Any, now: datetime) -> None:
    claim, _ = world.decided(world.person())
    with pytest.raises(Conflict, match="还没有收到材料"):
        issue_for_claim(world.session, actor=SYSTEM, kind="receipt", claim_id=claim.id, now=now)
    world.paper(claim, "invoice", 1)
    world.paper(claim, "fee_list", 6)
    text = issue_and_render(world, now, kind="receipt", claim_id=claim.id)
    assert "一共2份" in text and "2026年11月2日09:38" in text and "费用明细清单6" in text


def test_the_same_order_twice_makes_one_letter(world: Any, now: datetime) -> None:
    claim, decision = world.decided(world.person())
    order = {"kind": "decision", "claim_id": claim.id, "decision_id": decision.id, "now": now}
    assert issue_for_claim(world.session, actor=SYSTEM, **order) is not None
    assert issue_for_claim(world.session, actor=SYSTEM, **order) is None
    assert world.session.scalar(select(func.count()).select_from(Notice)) == 1
    assert world.session.scalar(select(func.count()).select_from(OutboxRow)) == 1


def test_foreign_or_missing_rows_are_refused(world: Any, now: datetime) -> None:
    claim, _ = world.decided(world.person())
    _, other = world.decided(world.person("沈阿宝"))
    with pytest.raises(NotFound):
        issue_for_claim(
            world.session, actor=SYSTEM, kind="decision", claim_id=claim.id, decision_id=other.id, now=now
        )
    with pytest.raises(NotFound):
        issue_for_claim(
            world.session, actor=SYSTEM, kind="decision", claim_id=other.id, decision_id=other.id, now=now
        )
    with pytest.raises(Invalid):
        issue_for_claim(world.session, actor=SYSTEM, kind="decision", claim_id=claim.id, now=now)
    with pytest.raises(Invalid):
        issue_for_claim(world.session, actor=SYSTEM, kind="enrolment", claim_id=claim.id, now=now)


def test_everybody_newly_covered_gets_one_enrolment_letter(world: Any, now: datetime) -> None:
    people = [world.person(name) for name in ("周建华", "钱小妹", "沈阿宝")]
    first = world.cover(people[:2])
    assert issue_enrolment_notices(world.session, actor=SYSTEM, import_id=first, now=now) == 2
    assert issue_enrolment_notices(world.session, actor=SYSTEM, import_id=first, now=now) == 0
    world.session.flush()
    second = world.cover(people[2:])
    assert issue_enrolment_notices(world.session, actor=SYSTEM, import_id=second, now=now) == 1
    notices = world.session.scalars(select(Notice).order_by(Notice.id)).all()
    assert sorted(notice.number_text for notice in notices) == [
        f"新北大病理赔〔2026〕告字{sequence}号" for sequence in (1, 2, 3)
    ]
    render_notice(
        world.session, notice_id=notices[0].id, storage=world.storage, settings=world.settings, now=now
    )
    text = text_of(world, notices[0].id)
    assert "保障从2026年11月1日到2026年12月31日" in text
    assert "一年最多20,000.00元（暂定，正式的数定了再告诉您）" in text


def test_an_issued_letter_stands_in_the_timeline_by_number_only(world: Any, now: datetime) -> None:
    claim, decision = world.decided(world.person("欧阳桂芳"))
    issue_for_claim(
        world.session, actor=SYSTEM, kind="decision", claim_id=claim.id, decision_id=decision.id, now=now
    )
    world.session.commit()
    entry = world.session.scalars(select(AuditEntry).where(AuditEntry.tag == "notice:letter:issued")).one()
    assert entry.claim_id == claim.id
    assert entry.data == {"kind": "decision", "number": "新北大病理赔〔2026〕决字1号"}


def test_concurrent_orders_leave_neither_gap_nor_double(
    fresh_engine: Engine, keyring: Keyring, make_world: Any, now: datetime
) -> None:
    with unit_of_work(fresh_engine, keyring) as session:
        person = make_world(session).person()
    shared = [f"shared-{index}" for index in range(5)]

    def order(key: str) -> NoticeOrder:
        facts = {"issued_on": "2026-11-18", "handler": "x", "letter": {}}
        return NoticeOrder(NoticeKind.ENROLMENT, "changzhou-xinbei", person, facts, key)

    barrier = threading.Barrier(4)
    failures: list[BaseException] = []

    def issue(worker: int) -> None:
        try:
            barrier.wait()
            for round_ in range(5):
                with unit_of_work(fresh_engine, keyring) as session:
                    keys = [shared[round_], f"own-{worker}-{round_}"]
                    issue_notices(session, actor=SYSTEM, orders=[order(key) for key in keys], now=now)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=issue, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with unit_of_work(fresh_engine, keyring) as session:
        numbers = [
            int(re.search(r"字(\d+)号", number).group(1))  # type: ignore[union-attr]
            for number in session.scalars(select(Notice.number_text))
        ]
    assert sorted(numbers) == list(range(1, 5 + 20 + 1))


def test_a_rolled_back_order_gives_its_number_back(
    fresh_engine: Engine, keyring: Keyring, make_world: Any, now: datetime
) -> None:
    with unit_of_work(fresh_engine, keyring) as session:
        world = make_world(session)
        claim, decision = world.decided(world.person())
        ids = {"claim_id": claim.id, "decision_id": decision.id}

    def issue(session: UnitSession) -> None:
        issue_for_claim(session, actor=SYSTEM, kind="decision", now=now, **ids)

    def issue_and_fall() -> None:
        with unit_of_work(fresh_engine, keyring) as session:
            issue(session)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        issue_and_fall()
    with unit_of_work(fresh_engine, keyring) as session:
        issue(session)
        assert session.scalars(select(Notice.number_text)).one().endswith("决字1号")
