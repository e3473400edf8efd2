"""Words that somebody is writing about a case, kept until the form is sent: nobody else reads them.

They are no event of the case and stand on no time line: what is sent is.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, delete, select

from insurer.accounts.permissions import require
from insurer.claims.tables import Claim, WordDraft
from insurer.kernel.errors import Invalid
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.platform.ids import new_id

LONGEST = 500
"""So many signs a form takes."""


@dataclass(frozen=True, slots=True)
class KeptWords:
    """What was written, and when it was kept last."""

    text: str
    at: datetime


def keep_words(
    session: UnitSession,
    *,
    actor: Actor,
    claim_id: UUID,
    form: str,
    text: str,
    now: datetime,
    most: int = LONGEST,
) -> datetime | None:
    """Keep what is being written in a form of a case; nothing written keeps nothing. Returns since when.

    ``most`` is how many signs are kept.
    """
    require(actor, "claims.view")
    if actor.staff_id is None:
        raise Invalid("只有登录的职员能存草稿")
    words = text.strip()[:most]
    if not words:
        drop_words(session, actor=actor, claim_id=claim_id, form=form)
        return None
    found = session.scalars(_mine(actor, claim_id, form).with_for_update()).first()
    if found is None:
        found = WordDraft(id=new_id(), claim_id=claim_id, staff_id=actor.staff_id, form=form)
        session.add(found)
    found.content_cipher = session.keyring.seal(words, _place(found))
    found.updated_at = now
    session.flush()
    return now


def words_kept(session: UnitSession, *, actor: Actor, number: str, form: str) -> KeptWords | None:
    """Return what the reader himself left in a form of the case of this number."""
    own = select(WordDraft).where(WordDraft.staff_id == actor.staff_id, WordDraft.form == form)
    found = session.scalars(
        own.join(Claim, Claim.id == WordDraft.claim_id).where(Claim.case_no == number)
    ).first()
    if found is None:
        return None
    return KeptWords(session.keyring.open(found.content_cipher, _place(found)), found.updated_at)


def drop_words(session: UnitSession, *, actor: Actor, claim_id: UUID, form: str) -> None:
    """Throw away what was kept of a form: it was sent, or its writer wants it no more."""
    session.execute(
        delete(WordDraft).where(
            WordDraft.claim_id == claim_id, WordDraft.staff_id == actor.staff_id, WordDraft.form == form
        )
    )


def _mine(actor: Actor, claim_id: UUID, form: str) -> Select[WordDraft]:
    return select(WordDraft).where(
        WordDraft.claim_id == claim_id, WordDraft.staff_id == actor.staff_id, WordDraft.form == form
    )


def _place(found: WordDraft) -> str:
    return f"word_draft:content:{found.id}"
