"""The receipt at the counter: ordered with the case, printed while the person waits."""

import uuid
from datetime import datetime

from sqlalchemy import select

from insurer.accounts.permissions import require
from insurer.notices.catalogue import NoticeKind
from insurer.notices.operations import build_print_run, issue_for_claim, render_notice, start_print_run
from insurer.notices.tables import Notice
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.platform.settings import Settings
from insurer.platform.storage import Storage


def print_receipt(
    session: UnitSession,
    *,
    actor: Actor,
    claim_id: uuid.UUID,
    storage: Storage,
    settings: Settings,
    now: datetime,
) -> uuid.UUID:
    """Make the receipt of a case now and put it into a print run of its own; returns the run.

    The letter is ordered when no job has done it yet, and there is one of it, however often it is printed.
    :class:`Conflict` while the case has no paper.
    """
    require(actor, "notices.print")
    issue_for_claim(session, actor=actor, kind=NoticeKind.RECEIPT.value, claim_id=claim_id, now=now)
    session.flush()
    notice_id = session.scalars(
        select(Notice.id).where(Notice.claim_id == claim_id, Notice.kind == NoticeKind.RECEIPT.value)
    ).one()
    render_notice(session, notice_id=notice_id, storage=storage, settings=settings, now=now)
    session.flush()
    run_id = start_print_run(session, actor=actor, notice_ids=[notice_id], now=now)
    session.flush()
    build_print_run(session, print_run_id=run_id, storage=storage, now=now)
    return run_id
