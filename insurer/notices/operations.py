"""Ordering, making, printing and delivering letters; nothing here commits."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from io import BytesIO
from typing import Any

import pikepdf
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from insurer.accounts.permissions import require
from insurer.claims.operations.papers import stop_clock
from insurer.claims.operations.refusals import refusal_arrived
from insurer.kernel.dates import business_day
from insurer.kernel.errors import Conflict, Invalid, NotFound, Problem
from insurer.notices import gathering
from insurer.notices.catalogue import DELIVERY_WAYS, STATE_WORDS, NoticeKind, letter_number
from insurer.notices.composing import compose
from insurer.notices.decision_letters import DecisionLetter, RefusalLetter
from insurer.notices.orders import Grounds, NoticeOrder, order_for_claim
from insurer.notices.printable import refuse_unprintable
from insurer.notices.production import letter_pdf
from insurer.notices.tables import Notice, PrintRun
from insurer.people.tables import CoverPeriod
from insurer.platform.audit import Actor, note
from insurer.platform.db import UnitSession
from insurer.platform.ids import new_id
from insurer.platform.jobs import BUILD_PRINT_RUN, RENDER_MAILING, RENDER_NOTICE
from insurer.platform.numbers import take_numbers
from insurer.platform.outbox import Work, note_work
from insurer.platform.rendering import merge_pdfs
from insurer.platform.settings import Settings
from insurer.platform.storage import Storage, keep_file

PDF = "application/pdf"
MOST_IN_RUN = 2_000
"""Letters in one print run: more would make a file that a printer refuses."""


def issue_notices(
    session: UnitSession, *, actor: Actor, orders: Sequence[NoticeOrder], now: datetime
) -> list[uuid.UUID]:
    """Write one notice row with its number for each order and note the rendering; returns the new ids.

    An order whose ``dedupe_key`` is known is silently left out, also against a transaction running at the
    same time: the row of the number series is locked before the keys are looked at, so that a series has
    neither gaps nor doubles.
    """
    groups: dict[tuple[str, NoticeKind, int], list[NoticeOrder]] = {}
    for order in orders:
        year = int(str(order.facts["issued_on"])[:4])
        groups.setdefault((order.scheme, order.kind, year), []).append(order)
    made: list[uuid.UUID] = []
    works: list[Work] = []
    # One order of locking for every transaction, or two of them could wait for each other.
    for (scheme, kind, year), group in sorted(groups.items()):
        series = f"{scheme}/notice/{kind.value}/{year}"
        take_numbers(session, series, 0)
        fresh = _unknown(session, group)
        numbers = take_numbers(session, series, len(fresh)) if fresh else range(0)
        rows = [
            _row(order, letter_number(scheme, kind, year, sequence), now)
            for order, sequence in zip(fresh, numbers, strict=True)
        ]
        if rows:
            session.execute(insert(Notice), rows)
        made += [row["id"] for row in rows]
        works += [render_work(row["id"], kind) for row in rows]
        for row in rows:
            if row["claim_id"] is not None:
                data = {"kind": kind.value, "number": row["number_text"]}
                subject = ("notice", row["id"])
                note(
                    session,
                    actor,
                    "notice:letter:issued",
                    subject,
                    now=now,
                    claim_id=row["claim_id"],
                    data=data,
                )
    note_work(session, works, now=now)
    return made


def render_work(notice_id: uuid.UUID, kind: NoticeKind) -> Work:
    """Return the background work that renders one notice; mass mailings wait behind letters of cases."""
    job = RENDER_MAILING if kind is NoticeKind.ENROLMENT else RENDER_NOTICE
    return Work(job, {"notice_id": str(notice_id)}, f"notice:render:{notice_id}")


def issue_for_claim(
    session: UnitSession,
    *,
    actor: Actor,
    kind: str,
    claim_id: uuid.UUID,
    now: datetime,
    decision_id: uuid.UUID | None = None,
    paper_request_id: uuid.UUID | None = None,
    review_id: uuid.UUID | None = None,
    advance_id: uuid.UUID | None = None,
    paid_fen: int | None = None,
) -> uuid.UUID | None:
    """Order one letter of a case from what is stored; ``None`` when it was ordered before or says nothing.

    Which rows each kind rests on: :func:`insurer.notices.orders.order_for_claim`. ``paid_fen`` was paid
    before the decision was made; without it what is paid now counts.
    """
    claim = gathering.load_claim(session, claim_id)
    grounds = Grounds(decision_id, paper_request_id, review_id, advance_id, paid_fen)
    order = order_for_claim(session, claim, NoticeKind(kind), grounds, business_day(now))
    made = issue_notices(session, actor=actor, orders=[order] if order else [], now=now)
    return made[0] if made else None


def issue_enrolment_notices(
    session: UnitSession, *, actor: Actor, import_id: uuid.UUID, now: datetime
) -> int:
    """Order an enrolment letter for everybody whose cover this roster import began; returns how many.

    One letter a person and year (XB-四(三)): who had one already gets none.
    """
    today = business_day(now)
    covers = session.scalars(
        select(CoverPeriod)
        .where(CoverPeriod.import_id == import_id, CoverPeriod.superseded_at.is_(None))
        .order_by(CoverPeriod.person_id)
    )
    orders = [
        NoticeOrder(
            NoticeKind.ENROLMENT,
            cover.scheme,
            cover.person_id,
            gathering.enrolment_facts(
                scheme=cover.scheme, year=cover.year, from_on=cover.from_on, until_on=cover.until_on, on=today
            ),
            f"enrolment:{cover.year}:{cover.person_id}",
        )
        for cover in covers
        if cover.scheme == "changzhou-xinbei"
    ]
    made = issue_notices(session, actor=actor, orders=orders, now=now)
    if made:
        data = {"letters": len(made)}
        note(session, actor, "notice:enrolment:issued", ("roster_import", import_id), now=now, data=data)
    return len(made)


def render_notice(
    session: UnitSession, *, notice_id: uuid.UUID, storage: Storage, settings: Settings, now: datetime
) -> str | None:
    """Render a queued letter, keep its PDF and note its hash; returns the hash, ``None`` when void.

    Exactly once: the row is locked, and a letter that has its file keeps it. A letter that cannot be made
    raises its Chinese reason and stays queued; so does one that rests on figures that are not settled, where
    the settings say so.
    """
    notice = _lock(session, notice_id)
    if notice.pdf_sha256 is not None or notice.state == "void":
        return notice.pdf_sha256
    letter = compose(session, notice, settings)
    rests_on_unsettled = isinstance(letter, DecisionLetter | RefusalLetter) and letter.provisional
    if settings.unsettled_figures == "refuse" and rests_on_unsettled:
        raise Conflict("这封通知书的金额依据暂定的数，按设置不能发。请先把参数换成正式的，重算后再发")
    content = letter_pdf(letter)
    notice.pdf_sha256 = keep_file(session, storage, content, mime=PDF, now=now)
    notice.pages = _pages(content)
    notice.rendered_at = now
    notice.state = "rendered"
    return notice.pdf_sha256


def start_print_run(
    session: UnitSession, *, actor: Actor, notice_ids: Sequence[uuid.UUID], now: datetime
) -> uuid.UUID:
    """Put rendered letters into a print run in the order given and note the merging.

    :class:`Invalid` for an empty or too long list or a repeated letter, :class:`Conflict` when one is
    not rendered yet, void, of a recalled decision, or in a run whose file is not made yet.
    """
    require(actor, "notices.print")
    if not notice_ids:
        raise Invalid("没有选通知书。请先勾选要打印的")
    if len(notice_ids) > MOST_IN_RUN:
        raise Invalid(f"一次最多打印 {MOST_IN_RUN} 份，现在选了 {len(notice_ids)} 份。请分几次")
    if len(set(notice_ids)) != len(notice_ids):
        raise Invalid("同一份通知书选了两次。请去掉重复的")
    found = {
        notice.id: notice
        for notice in session.scalars(
            select(Notice).where(Notice.id.in_(notice_ids)).order_by(Notice.id).with_for_update()
        )
    }
    if len(found) != len(notice_ids):
        raise NotFound("有的通知书不存在，请刷新后再选")
    refuse_unprintable(session, [found[notice_id] for notice_id in notice_ids])
    run = PrintRun(id=new_id(), count=len(found), made_by=actor.id, made_by_name=actor.name, made_at=now)
    session.add(run)
    session.flush()  # the notices refer to the run
    for position, notice_id in enumerate(notice_ids, start=1):
        found[notice_id].print_run_id = run.id
        found[notice_id].print_order = position
    data = {"letters": run.count}
    note(session, actor, "notice:print_run:started", ("print_run", run.id), now=now, data=data)
    work = Work(BUILD_PRINT_RUN, {"print_run_id": str(run.id)}, f"notice:print_run:{run.id}")
    note_work(session, [work], now=now)
    return run.id


def build_print_run(
    session: UnitSession, *, print_run_id: uuid.UUID, storage: Storage, now: datetime, duplex: bool = True
) -> str:
    """Merge the letters of a run in list order and keep the file; once, then it stays. Returns its hash."""
    run = session.execute(
        select(PrintRun).where(PrintRun.id == print_run_id).with_for_update()
    ).scalar_one_or_none()
    if run is None:
        raise NotFound("没有这次打印")
    if run.pdf_sha256 is not None:
        return run.pdf_sha256
    notices = session.scalars(
        select(Notice).where(Notice.print_run_id == run.id).order_by(Notice.print_order).with_for_update()
    ).all()
    content = merge_pdfs([storage.get(str(notice.pdf_sha256)) for notice in notices], duplex=duplex)
    run.pdf_sha256 = keep_file(session, storage, content, mime=PDF, now=now)
    run.pages = _pages(content)
    for notice in notices:
        if notice.state == "rendered":
            notice.state = "printed"
    return run.pdf_sha256


def record_delivery(
    session: UnitSession,
    *,
    actor: Actor,
    notice_id: uuid.UUID,
    delivered_on: date,
    way: str,
    now: datetime,
) -> None:
    """Note that a letter reached its reader; the same again changes nothing.

    The day of a missing-papers letter stops the case's clock (a letter that never arrived stops none).
    """
    require(actor, "notices.print")
    today = business_day(now)
    if way not in DELIVERY_WAYS:
        raise Invalid("请选送达方式", (Problem("way", "请选当面、邮寄或短信链接"),))
    if delivered_on > today:
        raise Invalid("送达日期还没有到", (Problem("delivered_on", "送达日期不能晚于今天"),))
    notice = _lock(session, notice_id)
    if notice.state == "delivered" and (notice.delivered_on, notice.delivery_way) == (delivered_on, way):
        return
    if notice.state not in ("rendered", "printed"):
        raise Conflict(f"{notice.number_text}{STATE_WORDS[notice.state]}，不能登记送达")
    if delivered_on < date.fromisoformat(notice.facts["issued_on"]):
        raise Invalid("送达日期早于通知书日期", (Problem("delivered_on", "送达日期不能早于通知书日期"),))
    notice.state, notice.delivered_on, notice.delivery_way = "delivered", delivered_on, way
    if notice.kind == NoticeKind.MISSING_PAPERS and notice.claim_id is not None:
        stop_clock(session, claim_id=notice.claim_id, delivered_on=delivered_on)
    if notice.kind == NoticeKind.REFUSAL and notice.claim_id is not None:
        refusal_arrived(
            session,
            actor=actor,
            claim_id=notice.claim_id,
            decision_id=notice.decision_id,
            letter={"number": notice.number_text, "way": way, "delivered_on": delivered_on.isoformat()},
            now=now,
        )
    data = {"number": notice.number_text, "way": way, "delivered_on": delivered_on.isoformat()}
    subject = ("notice", notice.id)
    note(session, actor, "notice:letter:delivered", subject, now=now, claim_id=notice.claim_id, data=data)


def void_notice(
    session: UnitSession, *, actor: Actor, notice_id: uuid.UUID, reason: str, now: datetime
) -> None:
    """Take back a letter that nobody has received (the decision was recalled); its number stays used."""
    require(actor, "notices.print")
    if not reason.strip():
        raise Invalid("作废要写明原因", (Problem("reason", "没有写，请写一句"),))
    notice = _lock(session, notice_id)
    if notice.state == "void":
        return
    if notice.state == "delivered":
        raise Conflict(f"{notice.number_text}已经送达，不能作废。要更正，请另出一份")
    notice.state = "void"
    data = {"number": notice.number_text}
    subject = ("notice", notice.id)
    note(
        session,
        actor,
        "notice:letter:void",
        subject,
        now=now,
        claim_id=notice.claim_id,
        reason=reason,
        data=data,
    )


def _unknown(session: UnitSession, orders: Sequence[NoticeOrder]) -> list[NoticeOrder]:
    """Return the orders whose key no notice has, each key once, in order."""
    keys = {order.dedupe_key: order for order in reversed(orders)}
    known = set(session.scalars(select(Notice.dedupe_key).where(Notice.dedupe_key.in_(list(keys)))))
    return [order for order in orders if order.dedupe_key not in known and keys[order.dedupe_key] is order]


def _row(order: NoticeOrder, number: str, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "scheme": order.scheme,
        "kind": order.kind.value,
        "number_text": number,
        "person_id": order.person_id,
        "claim_id": order.claim_id,
        "decision_id": order.decision_id,
        "facts": dict(order.facts),
        "dedupe_key": order.dedupe_key,
        "state": "queued",
        "due_on": order.due_on,
        "created_at": now,
        "delivery_way": "",
    }


def _lock(session: UnitSession, notice_id: uuid.UUID) -> Notice:
    notice = session.execute(
        select(Notice)
        .where(Notice.id == notice_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()
    if notice is None:
        raise NotFound("没有这份通知书")
    return notice


def _pages(content: bytes) -> int:
    with pikepdf.open(BytesIO(content)) as pdf:
        return len(pdf.pages)
