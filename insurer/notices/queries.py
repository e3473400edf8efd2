"""Reading letters: lists, one case's letters, the file itself."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, func, select

from insurer.kernel.errors import Conflict, NotFound
from insurer.notices.catalogue import CATALOGUE, STATE_WORDS, NoticeKind
from insurer.notices.tables import Notice, PrintRun
from insurer.platform.db import UnitSession
from insurer.platform.storage import Storage


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A letter as a list shows it; no name and no number of a person."""

    id: uuid.UUID
    scheme: str
    kind: str
    title: str
    number: str
    state: str
    state_word: str
    person_id: uuid.UUID
    claim_id: uuid.UUID | None
    due_on: date | None
    created_at: datetime
    rendered_at: datetime | None
    pages: int | None
    delivered_on: date | None
    delivery_way: str
    print_run_id: uuid.UUID | None


def list_notices(
    session: UnitSession,
    *,
    scheme: str,
    state: str | None = None,
    kind: str | None = None,
    limit: int = 50,
    after: uuid.UUID | None = None,
) -> list[NoticeView]:
    """Return letters, newest first; ``after`` is the id of the last one already shown."""
    statement = select(Notice).where(Notice.scheme == scheme)
    if state:
        statement = statement.where(Notice.state == state)
    if kind:
        statement = statement.where(Notice.kind == kind)
    if after is not None:
        statement = statement.where(Notice.id < after)
    return _views(session, statement.order_by(Notice.id.desc()).limit(limit))


def notices_of_claim(session: UnitSession, claim_id: uuid.UUID) -> list[NoticeView]:
    """Return the letters of one case in the order they were ordered."""
    return _views(session, select(Notice).where(Notice.claim_id == claim_id).order_by(Notice.id))


def notices_of_person(session: UnitSession, person_id: uuid.UUID) -> list[NoticeView]:
    """Return the letters to one person in the order they were ordered."""
    return _views(session, select(Notice).where(Notice.person_id == person_id).order_by(Notice.id))


def undelivered_after_due(session: UnitSession, *, scheme: str, today: date) -> list[NoticeView]:
    """Return letters whose legal day has passed without proof of delivery, the oldest first."""
    statement = select(Notice).where(
        Notice.scheme == scheme, Notice.due_on < today, Notice.state.in_(("queued", "rendered", "printed"))
    )
    return _views(session, statement.order_by(Notice.due_on, Notice.id))


def count_by_state(session: UnitSession, *, scheme: str) -> dict[tuple[str, str], int]:
    """Return how many letters there are by kind and state."""
    rows = session.execute(
        select(Notice.kind, Notice.state, func.count())
        .where(Notice.scheme == scheme)
        .group_by(Notice.kind, Notice.state)
    )
    return {(row[0], row[1]): row[2] for row in rows}


def notice_pdf(session: UnitSession, storage: Storage, notice_id: uuid.UUID) -> tuple[str, bytes]:
    """Return a letter's file name and its bytes as sent.

    :class:`NotFound` for an unknown letter, :class:`Conflict` while it is not rendered yet.
    """
    notice = session.get(Notice, notice_id)
    if notice is None:
        raise NotFound("没有这份通知书")
    if notice.pdf_sha256 is None:
        raise Conflict("通知书还在生成，过一会儿再看")
    return f"{notice.number_text}.pdf", storage.get(notice.pdf_sha256)


def print_run_pdf(session: UnitSession, storage: Storage, print_run_id: uuid.UUID) -> tuple[str, bytes]:
    """Return a print run's file name and bytes; :class:`Conflict` while it is being made."""
    run = session.get(PrintRun, print_run_id)
    if run is None:
        raise NotFound("没有这次打印")
    if run.pdf_sha256 is None:
        raise Conflict("打印文件还在做，过一会儿再看")
    return f"通知书打印{run.made_at:%Y%m%d}-{run.count}份.pdf", storage.get(run.pdf_sha256)


def _views(session: UnitSession, statement: Select[Notice]) -> list[NoticeView]:
    notices: Sequence[Notice] = session.scalars(statement).all()
    return [
        NoticeView(
            id=notice.id,
            scheme=notice.scheme,
            kind=notice.kind,
            title=CATALOGUE[NoticeKind(notice.kind)].title,
            number=notice.number_text,
            state=notice.state,
            state_word=STATE_WORDS[notice.state],
            person_id=notice.person_id,
            claim_id=notice.claim_id,
            due_on=notice.due_on,
            created_at=notice.created_at,
            rendered_at=notice.rendered_at,
            pages=notice.pages,
            delivered_on=notice.delivered_on,
            delivery_way=notice.delivery_way,
            print_run_id=notice.print_run_id,
        )
        for notice in notices
    ]
