"""付款批次 as a list: by state and day, sorted, paged and taken out like every list."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import ColumnElement, Select, func, select

from insurer.accounts.permissions import holds
from insurer.claims.calendar import PAYMENT_DAYS
from insurer.claims.lifecycle import AGREED
from insurer.claims.tables import Claim
from insurer.kernel.dates import business_day
from insurer.payments.tables import PaymentBatch, PaymentInstruction
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.worklists.exports import take_out
from insurer.worklists.freshness import batch_mark
from insurer.worklists.list_frame import Frame, day_bound, frame_of, range_words, read_frame
from insurer.worklists.listing import ListColumn, ListKind, page_of, reading_order, sort_rows
from insurer.worklists.money import BATCH_WORDS
from insurer.worklists.views import paths
from insurer.worklists.views.elements import Tag
from insurer.worklists.views.payments import BatchListPage, BatchRow

BATCHES: Final = ListKind(
    name="batches",
    path=paths.BATCHES,
    unit="批",
    columns=(
        ListColumn("number", "批次", "number", PaymentBatch.number, fixed=True),
        ListColumn("made", "组批日期", "day", PaymentBatch.made_at),
        ListColumn("status", "状态", "status"),
        ListColumn("count", "笔数", "count", PaymentBatch.count),
        ListColumn("amount", "金额（元）", "money", PaymentBatch.total_fen),
        ListColumn("paid", "已付", "count"),
        ListColumn("returned", "退汇", "count"),
        ListColumn("waiting", "没有结果", "count"),
        ListColumn("made_by", "组批"),
        ListColumn("released_by", "放行"),
        ListColumn("released", "放行日期", "day", shown=False),
    ),
    tie=PaymentBatch.number,
    by_default="-number",
    size=20,
    values={"status": BATCH_WORDS},
)
CONDITIONS: Final = ("status", "made_from", "made_to")

_Found = tuple[PaymentBatch, int, int, int]


def load_batches(session: UnitSession, *, actor: Actor, arguments: Mapping[str, str]) -> BatchListPage:
    """Return the batches that the address asks for, newest first, and what waits for one."""
    frame = frame_of(session, actor=actor, kind=BATCHES, conditions=CONDITIONS, arguments=arguments)
    where, unsettled = _where(frame.scheme, frame.texts)
    counted = select(PaymentBatch.state, func.count()).where(PaymentBatch.scheme == frame.scheme)
    counts: dict[str, int] = {
        row[0]: int(row[1]) for row in session.execute(counted.group_by(PaymentBatch.state))
    }
    page = page_of(BATCHES, _rows(where), frame.order).add_columns(frame.order.column.sort)
    listed, more = reading_order(BATCHES, session.execute(page).all(), frame.order)
    total = _count(session, where)
    views = frame.tabs(
        (
            ("全部", {}, sum(counts.values())),
            *((word, {"status": key}, counts.get(key, 0)) for key, word in BATCH_WORDS.items()),
        ),
        lambda scheme, texts: _count(session, _where(scheme, texts)[0]),
    )
    waiting = session.execute(
        select(func.count(), func.coalesce(func.sum(Claim.benefit_fen), 0), func.min(Claim.decided_at)).where(
            Claim.scheme == frame.scheme, Claim.state.in_(sorted(AGREED))
        )
    ).one()
    return BatchListPage(
        parts=frame.parts(
            views, _tags(frame), frame.paging(listed, more, total, lambda row: row[0].number), unsettled
        ),
        rows=tuple(_row(cast(_Found, tuple(row)[:-1])) for row in listed),
        waiting_count=int(waiting[0]),
        waiting_amount=int(waiting[1]),
        earliest_due=business_day(waiting[2]) + timedelta(days=PAYMENT_DAYS) if waiting[2] else None,
        create_action=paths.BATCHES if holds(actor, "payments.batch") else "",
        statuses=frame.choices("status", BATCH_WORDS),
    )


def export_batches(
    session: UnitSession, *, actor: Actor, arguments: Mapping[str, str], now: datetime
) -> tuple[str, bytes]:
    """Return file name and workbook of the batches that the address asks for, as the list shows them."""
    frame = frame_of(session, actor=actor, kind=BATCHES, conditions=CONDITIONS, arguments=arguments)
    where, _ = _where(frame.scheme, frame.texts)
    statement = sort_rows(BATCHES, _rows(where), frame.order)
    return take_out(
        session,
        actor=actor,
        title="付款批次",
        unit=BATCHES.unit,
        columns=frame.columns,
        count=_count(session, where),
        rows=lambda: (_cells(_row(cast(_Found, tuple(row)))) for row in session.execute(statement)),
        of=frame.words(_tags(frame)),
        data={"list": BATCHES.name, "conditions": sorted(frame.texts)},
        now=now,
    )


def batch_words(values: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return the conditions of a kept view in words."""
    return tuple((tag.label, tag.value) for tag in _tags(read_frame(BATCHES, CONDITIONS, values)))


def _tags(frame: Frame) -> tuple[Tag, ...]:
    get = frame.get
    tags = []
    if get("status"):
        tags.append(frame.tag("状态", BATCH_WORDS.get(get("status"), get("status")), "status"))
    if get("made_from") or get("made_to"):
        made = range_words(get("made_from"), get("made_to"))
        tags.append(frame.tag("组批日期", made, "made_from", "made_to"))
    return tuple(tags)


def _where(scheme: str, texts: Mapping[str, str]) -> tuple[list[ColumnElement[bool]], str]:
    """Return the conditions on the batches, and what could not be read."""
    where: list[ColumnElement[bool]] = [PaymentBatch.scheme == scheme]
    wrong = []
    if texts.get("status") in BATCH_WORDS:
        where.append(PaymentBatch.state == texts["status"])
    for end in ("from", "to"):
        if text := texts.get(f"made_{end}"):
            try:
                where.append(day_bound(PaymentBatch.made_at, end, text, moments=True))
            except ValueError as error:
                wrong.append(str(error))
    return where, "；".join(wrong)


def _count(session: UnitSession, where: list[ColumnElement[bool]]) -> int:
    return int(session.scalar(select(func.count()).select_from(PaymentBatch).where(*where)) or 0)


def _rows(where: list[ColumnElement[bool]]) -> Select[PaymentBatch, int, int, int]:
    def counted(word: str) -> Any:
        return (
            select(func.count())
            .where(PaymentInstruction.batch_id == PaymentBatch.id, PaymentInstruction.state == word)
            .scalar_subquery()
        )

    # a returned payment that was made anew is void, and was returned all the same
    again = (
        select(func.count())
        .where(
            PaymentInstruction.batch_id == PaymentBatch.id,
            PaymentInstruction.state == "void",
            func.jsonb_typeof(PaymentInstruction.result) == "object",
        )
        .scalar_subquery()
    )
    return select(PaymentBatch, counted("paid"), counted("returned") + again, counted("sent")).where(*where)


def _row(found: _Found) -> BatchRow:
    batch, paid, returned, sent = found
    return BatchRow(
        number=batch.number,
        made_on=business_day(batch.made_at),
        count=batch.count,
        amount=batch.total_fen,
        status=BATCH_WORDS[batch.state],
        made_by=batch.made_by_name,
        released_by=batch.released_by_name or "",
        released_on=business_day(batch.released_at) if batch.released_at else None,
        paid=paid,
        returned=returned,
        waiting=sent if batch.state != "open" else batch.count,
        mark=batch_mark(batch.state, paid + returned),
    )


def _cells(row: BatchRow) -> dict[str, str | int | date | None]:
    return {
        "number": row.number,
        "made": row.made_on,
        "status": row.status,
        "count": row.count,
        "amount": row.amount,
        "paid": row.paid,
        "returned": row.returned,
        "waiting": row.waiting,
        "made_by": row.made_by,
        "released_by": row.released_by,
        "released": row.released_on,
    }
