"""A notice row becomes a letter: stored facts, the person's name, the account's last digits, the office."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from insurer.kernel.errors import Invalid, NotFound
from insurer.notices.catalogue import NoticeKind
from insurer.notices.codec import from_json, to_json
from insurer.notices.decision_letters import DecisionLetter, RefusalLetter
from insurer.notices.guides import Guide, xinbei_guide
from insurer.notices.letters import Account, EnrolmentLetter, Letter, MissingPapersLetter, ReceiptLetter
from insurer.notices.money_letters import AdvanceLetter, RecoveryLetter
from insurer.notices.offices import office_for, return_account_for
from insurer.notices.review_letters import ReviewResultLetter
from insurer.notices.tables import Notice
from insurer.people.tables import PayeeAccount, Person
from insurer.platform.db import UnitSession
from insurer.platform.settings import Settings

LETTERS: dict[NoticeKind, type[Letter]] = {
    NoticeKind.ENROLMENT: EnrolmentLetter,
    NoticeKind.RECEIPT: ReceiptLetter,
    NoticeKind.MISSING_PAPERS: MissingPapersLetter,
    NoticeKind.DECISION: DecisionLetter,
    NoticeKind.REFUSAL: RefusalLetter,
    NoticeKind.REVIEW_RESULT: ReviewResultLetter,
    NoticeKind.ADVANCE: AdvanceLetter,
    NoticeKind.RECOVERY: RecoveryLetter,
}


def compose(session: UnitSession, notice: Notice, settings: Settings) -> Letter:
    """Build the letter of a notice; :class:`NotFound` when the person or the account is gone."""
    person = session.get(Person, notice.person_id)
    if person is None:
        raise NotFound("没有这位参保人，通知书不能写")
    facts = notice.facts
    kind = NoticeKind(notice.kind)
    content: dict[str, Any] = {
        **facts["letter"],
        "number": notice.number_text,
        "issued_on": facts["issued_on"],
        "addressee": person.name,
        "handler": facts["handler"],
    }
    if kind is NoticeKind.ENROLMENT:
        content |= _guide_content(notice.scheme, facts)
    else:
        content |= {"case_number": facts["case_number"], "patient": person.name}
    if kind is NoticeKind.RECEIPT:
        content["handed_in_by"] = person.name
    if kind in (NoticeKind.DECISION, NoticeKind.ADVANCE, NoticeKind.RECOVERY):
        content |= _account_content(session, person, facts)
    if kind is NoticeKind.RECOVERY:
        content["return_account"] = to_json(return_account_for(settings))
    content["office"] = to_json(office_for(notice.scheme, settings))
    return from_json(LETTERS[kind], content)


def _guide_content(scheme: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    if scheme != "changzhou-xinbei":
        raise Invalid("这个方案还没有参保告知书的内容")
    year = int(facts["letter"]["year"])
    guide: Guide = xinbei_guide(
        year=year,
        other_limit_fen=int(facts["other_limit_fen"]),
        provisional=bool(facts.get("other_limit_provisional")),
    )
    return {
        "headline": guide.headline,
        "who": guide.who,
        "benefits": guide.benefits,
        "order": guide.order,
        "exclusions": guide.exclusions,
        "papers": guide.papers,
        "deadline": guide.deadline,
        "data_use": guide.data_use,
        "document": guide.document,
    }


def _account_content(session: UnitSession, person: Person, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The payee; an heir, when the person has died, is the one who reads the letter."""
    if not facts.get("account_id"):
        return {"account": None}
    account = session.get(PayeeAccount, UUID(facts["account_id"]))
    if account is None:
        raise NotFound("收款账户不在了，通知书不能写。请先核对账户")
    own = account.holder == person.name
    shown = Account(
        holder=account.holder,
        tie=None if own else str((account.source or {}).get("relation") or "代收人"),
        medium=f"{account.bank}账户" if account.bank else "银行卡",
        tail=account.account_tail,
    )
    content = {"account": to_json(shown)}
    if person.died_on is not None and not own:
        content["addressee"] = account.holder
    return content
