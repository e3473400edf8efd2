"""Other accounts than the roster's, and who acts for an insured person: one proposes, another agrees."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select

from insurer.accounts.permissions import require
from insurer.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, Problem
from insurer.people.differences import ACCOUNT
from insurer.people.tables import PayeeAccount, PayeeChange, Representative
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.platform.ids import new_id

CAPACITIES: Final[dict[str, str]] = {
    "self": "本人",
    "guardian": "监护人",
    "proxy": "代办人",
    "heir": "继承人",
}
_NUMBER: Final = re.compile(r"\d{10,30}")


@dataclass(frozen=True, slots=True)
class TypedAccount:
    """An account as somebody typed it; spaces in the number do not count."""

    holder: str
    bank: str
    number: str

    @property
    def digits(self) -> str:
        """The number without spaces and dashes."""
        return re.sub(r"[\s-]", "", self.number)


def add_representative(
    session: UnitSession, *, person_id: UUID, capacity: str, name: str, relation: str, now: datetime
) -> UUID:
    """Keep who acts for a person; :class:`Invalid` without a name or the tie between them."""
    problems = []
    if capacity not in CAPACITIES or capacity == "self":
        problems.append(Problem("capacity", "请选监护人、代办人还是继承人"))
    if not name.strip() or len(name) > 60:
        problems.append(Problem("name", "没有写姓名，请照身份证写"))
    if not relation.strip() or len(relation) > 40:
        problems.append(Problem("relation", "没有写关系，请写和参保人的关系，例如儿子"))
    if problems:
        raise Invalid("代办人有几处要改", tuple(problems))
    row = Representative(id=new_id(), person_id=person_id, capacity=capacity, created_at=now)
    row.name, row.relation = name.strip(), relation.strip()
    session.add(row)
    session.flush()
    return row.id


def propose_account(
    session: UnitSession,
    *,
    actor: Actor,
    person_id: UUID,
    case_id: UUID,
    capacity: str,
    relation: str,
    account: TypedAccount,
    reason: str,
    now: datetime,
) -> PayeeChange:
    """Put another account for a case before a second person; the number is sealed at once.

    :class:`Invalid` names what is wrong, :class:`Conflict` when one waits for agreement already.
    """
    require(actor, "payees.propose")
    problems = []
    if capacity not in CAPACITIES:
        problems.append(Problem("capacity", "请选收款人是谁"))
    if not account.holder.strip() or len(account.holder) > 60:
        problems.append(Problem("holder", "没有写户名，请照存折或银行卡写"))
    if not account.bank.strip() or len(account.bank) > 60:
        problems.append(Problem("bank", "没有写开户银行"))
    if not _NUMBER.fullmatch(account.digits):
        problems.append(Problem("number", "账号写 10 到 30 位数字，请对照存折或银行卡"))
    if not reason.strip():
        problems.append(Problem("reason", "没有写原因，请写一句，例如退汇户名不符"))
    if problems:
        raise Invalid("收款账户有几处要改", tuple(problems))
    waiting = select(PayeeChange.id).where(PayeeChange.case_id == case_id, PayeeChange.state == "proposed")
    if session.scalar(waiting) is not None:
        raise Conflict("这件已经有一个收款账户等复核，先办完它")
    change = PayeeChange(id=new_id(), person_id=person_id, case_id=case_id, capacity=capacity)
    change.relation, change.holder, change.bank = (
        relation.strip(),
        account.holder.strip(),
        account.bank.strip(),
    )
    change.account_cipher = session.keyring.seal(account.digits, f"payee_change:account:{change.id}")
    change.account_hash = session.keyring.blind(account.digits, ACCOUNT)
    change.account_tail = account.digits[-4:]
    change.reason, change.state = reason.strip(), "proposed"
    change.proposed_by, change.proposed_by_name, change.proposed_at = actor.person, actor.name, now
    session.add(change)
    session.flush()
    return change


def decide_account(
    session: UnitSession, *, actor: Actor, change_id: UUID, agree: bool, opinion: str, now: datetime
) -> PayeeChange:
    """Agree to another account, which becomes one of the person's, or refuse it; never by who proposed it.

    The roster's account stays the person's own; the new one is paid to for the case it was proposed for.
    """
    require(actor, "payees.approve")
    statement = select(PayeeChange).where(PayeeChange.id == change_id).with_for_update()
    change = session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
    if change is None:
        raise NotFound("没有这个收款账户的更改")
    if change.state != "proposed":
        raise Conflict("这个更改已经有人办过。请刷新再看")
    if actor.staff_id is None or change.proposed_by == actor.person:
        raise NotAllowed("这个收款账户是您提出更改的，要由别人复核")
    if not agree and not opinion.strip():
        raise Invalid("不同意要写明哪里不对", (Problem("opinion", "没有写，请写一句"),))
    change.decided_by, change.decided_by_name, change.decided_at = actor.person, actor.name, now
    change.opinion = opinion.strip()
    change.state = "approved" if agree else "refused"
    if agree:
        number = session.keyring.open(change.account_cipher, f"payee_change:account:{change.id}")
        row = PayeeAccount(id=new_id(), person_id=change.person_id, holder=change.holder, bank=change.bank)
        row.account_cipher = session.keyring.seal(number, f"payee_account:account:{row.id}")
        row.account_hash, row.account_tail = change.account_hash, change.account_tail
        row.source = {
            "kind": "case",
            "change_id": str(change.id),
            "capacity": change.capacity,
            "relation": change.relation or CAPACITIES[change.capacity],
        }
        row.valid_from = row.superseded_at = now  # of its case only: the person's own account is the roster's
        session.add(row)
        session.flush()
        change.became_id = row.id
    return change
