"""Who acts for the insured person in a case and who is paid: papers first, then a second person."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select

from insurer.accounts.permissions import require
from insurer.claims.lifecycle import WORDS, State
from insurer.claims.operations.makers import note_maker
from insurer.claims.operations.moves import lock_claim
from insurer.claims.tables import Claim
from insurer.claims.tracks.tables import Claimant
from insurer.kernel.errors import Conflict, Invalid, NotFound, Problem
from insurer.people import payees
from insurer.people.payees import CAPACITIES, TypedAccount
from insurer.people.tables import PayeeChange, Person
from insurer.platform.audit import Actor, note
from insurer.platform.db import UnitSession

FIXED: Final = frozenset({State.IN_PAYMENT, State.PAID, State.CLOSED, State.WITHDRAWN})
"""States in which who is paid can no longer be changed."""


def name_claimant(
    session: UnitSession,
    *,
    actor: Actor,
    claim_id: UUID,
    capacity: str,
    name: str,
    relation: str,
    now: datetime,
    version: int | None = None,
) -> Claim:
    """Note who asks for the benefit: the insured, a guardian, a proxy, an heir; each needs papers of his own.

    :class:`Conflict` when the case is decided already, or when somebody else than an heir acts for a person
    who has died (Insurance Law, article 42).
    """
    require(actor, "claims.accept")
    claim = lock_claim(session, claim_id, version=version)
    if State(claim.state) in FIXED:
        raise Conflict(f"案件现在是“{WORDS[State(claim.state)].word}”，不能再改代办人")
    if capacity not in CAPACITIES:
        raise Invalid("请选谁来申请", (Problem("capacity", "请选本人、监护人、代办人还是继承人"),))
    person = session.get_one(Person, claim.person_id)
    if person.died_on is not None and capacity != "heir":
        raise Conflict("参保人已去世，要由继承人申请")
    representative = None
    if capacity != "self":
        representative = payees.add_representative(
            session, person_id=person.id, capacity=capacity, name=name, relation=relation, now=now
        )
    before = session.get(Claimant, claim.id)
    data = {"before": before.capacity if before else "self", "after": capacity}
    row = before or Claimant(claim_id=claim.id)
    row.capacity, row.representative_id = capacity, representative
    row.noted_by, row.noted_by_name, row.noted_at = actor.person, actor.name, now
    session.add(row)
    note_maker(session, [claim.id], actor, "claimant", now)
    _touch(claim, now)
    subject, tag = ("claim", claim.id), "claim:claimant:named"
    note(session, actor, tag, subject, now=now, claim_id=claim.id, data=data)
    return claim


def propose_payee(
    session: UnitSession,
    *,
    actor: Actor,
    claim_id: UUID,
    account: TypedAccount,
    capacity: str,
    relation: str,
    reason: str,
    now: datetime,
    version: int | None = None,
) -> PayeeChange:
    """Propose another account for a case's payment.

    Who is paid follows from who asks: an heir when the person has died, a guardian where one acts, otherwise
    the insured; a proxy hands in papers and receives no money. :class:`Invalid` says who it must be.
    """
    require(actor, "payees.propose")
    claim = lock_claim(session, claim_id, version=version)
    if State(claim.state) in FIXED:
        raise Conflict(f"案件现在是“{WORDS[State(claim.state)].word}”，不能再改收款账户")
    _require_entitled(session, claim, capacity)
    change = payees.propose_account(
        session,
        actor=actor,
        person_id=claim.person_id,
        case_id=claim.id,
        capacity=capacity,
        relation=relation,
        account=account,
        reason=reason,
        now=now,
    )
    note_maker(session, [claim.id], actor, "payee", now)
    _touch(claim, now)
    data = {"capacity": capacity, "tail": change.account_tail}
    subject, tag = ("payee_change", change.id), "claim:payee:proposed"
    note(session, actor, tag, subject, now=now, claim_id=claim.id, reason=change.reason, data=data)
    return change


def decide_payee(
    session: UnitSession, *, actor: Actor, change_id: UUID, agree: bool, opinion: str, now: datetime
) -> PayeeChange:
    """Agree to a proposed account (the case is paid to it from then on) or refuse it; never by its maker."""
    require(actor, "payees.approve")
    known = session.get(PayeeChange, change_id)
    if known is None:
        raise NotFound("没有这个收款账户的更改")
    claim = lock_claim(session, known.case_id)
    if agree and State(claim.state) in FIXED:
        raise Conflict(f"案件现在是“{WORDS[State(claim.state)].word}”，不能再改收款账户。请不同意这一个")
    if agree:
        _require_entitled(session, claim, known.capacity)
    change = payees.decide_account(
        session, actor=actor, change_id=change_id, agree=agree, opinion=opinion, now=now
    )
    if agree:
        claim.account_id = change.became_id
    _touch(claim, now)
    data = {"capacity": change.capacity, "tail": change.account_tail}
    subject, tag = ("payee_change", change.id), f"claim:payee:{change.state}"
    note(session, actor, tag, subject, now=now, claim_id=claim.id, reason=change.opinion, data=data)
    return change


def _require_entitled(session: UnitSession, claim: Claim, capacity: str) -> None:
    person = session.get_one(Person, claim.person_id)
    acting = session.scalar(select(Claimant.capacity).where(Claimant.claim_id == claim.id)) or "self"
    entitled = {"self"}
    if person.died_on is not None or acting == "heir":
        entitled = {"heir"}
    elif acting == "guardian":
        entitled = {"self", "guardian"}
    if capacity not in entitled:
        words = "、".join(CAPACITIES[one] for one in CAPACITIES if one in entitled)
        message = f"这件的钱要付给{words}。要改，请先登记代办人和材料"
        raise Invalid(message, (Problem("capacity", message),))


def _touch(claim: Claim, now: datetime) -> None:
    claim.version += 1
    claim.updated_at = now
