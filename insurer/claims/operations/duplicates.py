"""What came before: the same invoice, the same file, the same stay; found at intake, decided by a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal
from uuid import UUID

from sqlalchemy import func, not_, or_, select

from insurer.claims.carrying import STANDING
from insurer.claims.lifecycle import WORDS, State
from insurer.claims.paper_files.admitting import AdmittedFile
from insurer.claims.records import SettlementRecord
from insurer.claims.rules import paper_list
from insurer.claims.tables import Claim, Paper, Settlement
from insurer.kernel.errors import Conflict, Invalid, Problem
from insurer.kernel.money import display
from insurer.platform.audit import Actor, note
from insurer.platform.db import UnitSession

How = Literal["invoice", "file", "stay", "settlement"]
MOST_HITS: Final = 20


@dataclass(frozen=True, slots=True)
class DuplicateHit:
    """What another case has already: how it is the same, which case, where that stands, in words."""

    how: How
    case_no: str
    state: str
    words: str


class Duplicated(Conflict):
    """What was handed in looks like something that came before; it can be taken in with a reason."""

    def __init__(self, hits: Sequence[DuplicateHit]) -> None:
        super().__init__(hits[0].words)
        self.hits = tuple(hits)


def invoice_prefix(code: str, number: str) -> str:
    """Return how the key of an invoice begins; its check code may be missing on one of two entries."""
    return f"{code}|{number}|"


def same_invoices(
    session: UnitSession, scheme: str, invoices: Sequence[dict[str, str]], claim_id: UUID | None = None
) -> list[DuplicateHit]:
    """Return other cases that stand and carry one of these invoices (code and number)."""
    prefixes = [
        invoice_prefix(one.get("bill_code", ""), one["bill_no"]) for one in invoices if one.get("bill_no")
    ]
    if not prefixes:
        return []
    conditions = [Settlement.invoice_key.startswith(prefix, autoescape=True) for prefix in prefixes]
    rows = session.execute(
        select(Claim.case_no, Claim.state, Claim.benefit_fen, Claim.paid_fen, Settlement.invoice_key)
        .join(Claim, Claim.id == Settlement.claim_id)
        .where(
            Settlement.scheme == scheme,
            Settlement.superseded_at.is_(None),
            Settlement.reverses.is_(None),
            or_(*conditions),
            STANDING,
            Claim.id != claim_id if claim_id else Claim.id.is_not(None),
        )
        .order_by(Claim.case_no)
        .limit(MOST_HITS)
    )
    return [
        DuplicateHit(
            "invoice",
            row.case_no,
            row.state,
            f"这张票据（号码 {str(row.invoice_key).split('|')[1]}）"
            + (f"已经在 {row.case_no} 里赔过。" if row.paid_fen else f"已经在 {row.case_no} 里交过。")
            + "先看那一件，再决定要不要继续。",
        )
        for row in rows
    ]


def filed_before(session: UnitSession, claim: Claim) -> list[DuplicateHit]:
    """Return the cases that carried an invoice of this one and ended unpaid; they block nothing."""
    keys = session.scalars(
        select(Settlement.invoice_key).where(
            Settlement.claim_id == claim.id,
            Settlement.superseded_at.is_(None),
            Settlement.invoice_key.is_not(None),
        )
    ).all()
    prefixes = {invoice_prefix(*str(key).split("|")[:2]) for key in keys}
    if not prefixes:
        return []
    conditions = [Settlement.invoice_key.startswith(prefix, autoescape=True) for prefix in prefixes]
    rows = session.execute(
        select(Claim.case_no, Claim.state, Settlement.invoice_key)
        .join(Claim, Claim.id == Settlement.claim_id)
        .where(
            Settlement.scheme == claim.scheme,
            Settlement.superseded_at.is_(None),
            Settlement.reverses.is_(None),
            or_(*conditions),
            not_(STANDING),
            Claim.id != claim.id,
        )
        .order_by(Claim.case_no.desc())
        .limit(MOST_HITS)
    )
    return [
        DuplicateHit(
            "invoice",
            row.case_no,
            row.state,
            f"票据（号码 {str(row.invoice_key).split('|')[1]}）以前在 {row.case_no} 里交过，"
            f"那件{WORDS[State(row.state)].word}，没有付款。",
        )
        for row in rows
    ]


def same_stays(
    session: UnitSession, scheme: str, record: SettlementRecord, claim_id: UUID | None = None
) -> list[DuplicateHit]:
    """Return other standing cases of the same hospital and total whose days overlap this record's."""
    if not record.hospital:
        return []
    begin, end = _days(record)
    first = func.coalesce(Claim.begin_on, Claim.settled_on)
    last = func.coalesce(Claim.end_on, Claim.settled_on)
    rows = session.execute(
        select(Claim.case_no, Claim.state, first.label("first"), last.label("last"))
        .where(
            Claim.scheme == scheme,
            Claim.total_fen == record.total_fen,
            Claim.hospital == record.hospital,
            first <= end,
            last >= begin,
            STANDING,
            Claim.id != claim_id if claim_id else Claim.id.is_not(None),
        )
        .order_by(Claim.case_no)
        .limit(MOST_HITS)
    )
    return [
        DuplicateHit(
            "stay",
            row.case_no,
            row.state,
            f"{row.case_no} 是同一家医院、日期重叠（{row.first} 至 {row.last}）、"
            f"总费用也是 {display(record.total_fen)} 元。先看是不是同一次。",
        )
        for row in rows
    ]


def earlier_cases(session: UnitSession, scheme: str, records: Sequence[SettlementRecord]) -> list[list[str]]:
    """Return for each of many records, in words, which cases have its invoice or its stay.

    Of cases that ended unpaid only the invoice is told: they block nothing. Two statements for any number of
    records.
    """
    invoices, unpaid = _cases_by_invoice(session, scheme, records)
    stays = _cases_by_stay(session, scheme, records)
    found = []
    for record in records:
        begin, end = _days(record)
        numbers = invoices.get(_prefix(record), [])
        words = [f"这张票据已经在 {number} 里交过" for number in numbers]
        words += [
            f"这张票据以前在 {number} 里交过，那件没有付款" for number in unpaid.get(_prefix(record), [])
        ]
        words += [
            f"{number} 是同一家医院、日期重叠、总费用也一样，可能是同一次"
            for number, first, last in stays.get((record.hospital, record.total_fen), ())
            if first <= end and last >= begin and number not in numbers
        ]
        found.append(words)
    return found


def _cases_by_invoice(
    session: UnitSession, scheme: str, records: Sequence[SettlementRecord]
) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Return by invoice the standing cases that carry it, and those that ended unpaid."""
    prefixes = {_prefix(record) for record in records} - {""}
    code, number = (func.split_part(Settlement.invoice_key, "|", part) for part in (1, 2))
    prefix = code + "|" + number + "|"
    rows = session.execute(
        select(prefix.label("prefix"), Claim.case_no, STANDING.label("stands"))
        .join(Claim, Claim.id == Settlement.claim_id)
        .where(
            Settlement.scheme == scheme,
            Settlement.superseded_at.is_(None),
            Settlement.reverses.is_(None),
            Settlement.invoice_key.is_not(None),
            prefix.in_(prefixes),
        )
        .order_by(Claim.case_no)
    )
    standing: dict[str, list[str]] = {}
    unpaid: dict[str, list[str]] = {}
    for row in rows:
        (standing if row.stands else unpaid).setdefault(row.prefix, []).append(row.case_no)
    return standing, unpaid


def _cases_by_stay(
    session: UnitSession, scheme: str, records: Sequence[SettlementRecord]
) -> dict[tuple[str, int], list[tuple[str, date, date]]]:
    rows = session.execute(
        select(Claim.case_no, Claim.hospital, Claim.total_fen, Claim.begin_on, Claim.end_on, Claim.settled_on)
        .where(
            Claim.scheme == scheme,
            Claim.total_fen.in_({record.total_fen for record in records}),
            Claim.hospital.in_({record.hospital for record in records} - {""}),
            STANDING,
        )
        .order_by(Claim.case_no)
    )
    found: dict[tuple[str, int], list[tuple[str, date, date]]] = {}
    for row in rows:
        days = (row.begin_on or row.settled_on, row.end_on or row.settled_on)
        found.setdefault((row.hospital, row.total_fen), []).append((row.case_no, *days))
    return found


def _prefix(record: SettlementRecord) -> str:
    invoice = record.facts.get("invoice") or {}
    return invoice_prefix(invoice.get("bill_code", ""), invoice["bill_no"]) if invoice.get("bill_no") else ""


def _days(record: SettlementRecord) -> tuple[date, date]:
    return record.begin_on or record.settled_on, record.end_on or record.settled_on


def same_files(
    session: UnitSession, claim_id: UUID | None, files: Sequence[AdmittedFile]
) -> list[DuplicateHit]:
    """Return other standing cases that have one of these files, byte for byte."""
    names = {file.sha256: file.file.filename for file in files}
    rows = session.execute(
        select(Paper.sha256, Paper.kind, Claim.case_no, Claim.state)
        .join(Claim, Claim.id == Paper.claim_id)
        .where(
            Paper.sha256.in_(names),
            Paper.claim_id != claim_id if claim_id else Paper.claim_id.is_not(None),
            STANDING,
        )
        .order_by(Claim.case_no)
        .limit(MOST_HITS)
    )
    return [
        DuplicateHit(
            "file",
            row.case_no,
            row.state,
            f"“{names[str(row.sha256)]}”和 {row.case_no} 里的“{paper_word(row.kind)}”是同一个文件。"
            "先看那一件，再决定要不要继续。",
        )
        for row in rows
    ]


def refuse_known_files(session: UnitSession, claim_id: UUID, files: Sequence[AdmittedFile]) -> None:
    """Raise :class:`Invalid` when the case has one of these files already, or one was chosen twice."""
    names: dict[str, str] = {}
    problems = []
    for file in files:
        if file.sha256 in names:
            words = f"“{file.file.filename}”和“{names[file.sha256]}”是同一个文件，只传一份"
            problems.append(Problem("file", words, file.file.filename, "twice"))
        names.setdefault(file.sha256, file.file.filename)
    rows = select(Paper.sha256, Paper.kind).where(Paper.claim_id == claim_id, Paper.sha256.in_(names))
    for digest, kind in session.execute(rows):
        name = names[str(digest)]
        words = f"“{name}”已经在这件里，是“{paper_word(kind)}”，不用再传"
        problems.append(Problem("file", words, name, "known"))
    if problems:
        raise Invalid(f"{len(files)} 份里有 {len(problems)} 份没收下", tuple(problems))


def confirm_duplicates(
    session: UnitSession,
    *,
    actor: Actor,
    claim_id: UUID,
    hits: Sequence[DuplicateHit],
    reason: str,
    now: datetime,
) -> None:
    """Let what came before pass with a reason, which is recorded; without one raise :class:`Duplicated`."""
    if not hits:
        return
    if not reason.strip():
        raise Duplicated(hits)
    data = {"cases": sorted({hit.case_no for hit in hits}), "how": sorted({hit.how for hit in hits})}
    note(
        session,
        actor,
        "claim:duplicate:confirmed",
        ("claim", claim_id),
        now=now,
        claim_id=claim_id,
        reason=reason.strip(),
        data=data,
    )


def paper_word(kind: str) -> str:
    """Return the word of a kind of paper."""
    known = paper_list().kinds.get(kind)
    return known.word if known else "其他材料"
