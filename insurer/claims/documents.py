"""The case document of each case, built for many cases with a handful of statements."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import not_, select

from insurer.claims.carrying import STANDING
from insurer.claims.lifecycle import GRANTING
from insurer.claims.tables import Claim, FeeLine, LimitAccount, Paper, Settlement
from insurer.claims.tracks.facts import NOTHING, Beside, beside
from insurer.kernel.money import to_yuan
from insurer.people.queries import roster_documents
from insurer.platform.db import UnitSession

GRANTED: Final = tuple(sorted(state.value for state in GRANTING))
"""States of a case whose benefit was agreed to."""


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case with what it rests on: current settlements with their lines, papers, and its document."""

    claim: Claim
    settlements: Sequence[Settlement]
    lines: Mapping[UUID, Sequence[FeeLine]]
    papers: frozenset[str]
    document: dict[str, Any]
    beside: Beside = NOTHING


def load_case_files(session: UnitSession, claims: Sequence[Claim]) -> list[CaseFile]:
    """Load the case files of ``claims`` (all of one scheme), in their order."""
    if not claims:
        return []
    ids = [claim.id for claim in claims]
    scheme = claims[0].scheme
    settlements: dict[UUID, list[Settlement]] = defaultdict(list)
    current = select(Settlement).where(Settlement.claim_id.in_(ids), Settlement.superseded_at.is_(None))
    for settlement in session.scalars(current.order_by(Settlement.settled_on, Settlement.id)):
        settlements[settlement.claim_id].append(settlement)
    every = [settlement for group in settlements.values() for settlement in group]
    lines = _lines(session, [settlement.id for settlement in every])
    papers = _papers(session, ids)
    people = list({claim.person_id for claim in claims})
    rosters = roster_documents(session, scheme=scheme, person_ids=people)
    used = used_limits(session, scheme, people)
    seen = _invoices_elsewhere(session, scheme, every)
    noted = beside(session, ids)
    return [
        CaseFile(
            claim=claim,
            settlements=settlements[claim.id],
            lines={settlement.id: lines[settlement.id] for settlement in settlements[claim.id]},
            papers=frozenset(papers[claim.id]),
            document=_document(
                claim,
                settlements[claim.id],
                lines,
                rosters.get(claim.person_id, {}),
                used.get(claim.person_id, {}),
                seen.get(claim.id, []),
                noted.get(claim.id, NOTHING),
            ),
            beside=noted.get(claim.id, NOTHING),
        )
        for claim in claims
    ]


def used_limits(
    session: UnitSession, scheme: str, person_ids: Sequence[UUID]
) -> dict[UUID, dict[str, dict[str, str]]]:
    """Return what each person has used of each limit: person, year, pool to yuan text."""
    used: dict[UUID, dict[str, dict[str, str]]] = defaultdict(dict)
    rows = select(LimitAccount).where(LimitAccount.scheme == scheme, LimitAccount.person_id.in_(person_ids))
    for account in session.scalars(rows.execution_options(populate_existing=True)):
        if account.used_fen:
            used[account.person_id].setdefault(str(account.year), {})[account.pool] = to_yuan(
                account.used_fen
            )
    return used


def _lines(session: UnitSession, settlement_ids: Sequence[UUID]) -> dict[UUID, list[FeeLine]]:
    found: dict[UUID, list[FeeLine]] = defaultdict(list)
    rows = select(FeeLine).where(FeeLine.settlement_id.in_(settlement_ids))
    for line in session.scalars(rows.order_by(FeeLine.settlement_id, FeeLine.line_no)):
        found[line.settlement_id].append(line)
    return found


def _papers(session: UnitSession, claim_ids: Sequence[UUID]) -> dict[UUID, set[str]]:
    found: dict[UUID, set[str]] = defaultdict(set)
    for claim_id, kind in session.execute(
        select(Paper.claim_id, Paper.kind).where(Paper.claim_id.in_(claim_ids))
    ):
        found[claim_id].add(kind)
    return found


def _invoices_elsewhere(
    session: UnitSession, scheme: str, settlements: Sequence[Settlement]
) -> dict[UUID, list[str]]:
    """Return the invoices of each case that another standing case carries: a granted one, or an earlier.

    A case that comes back after it was withdrawn must not be paid for what another one was paid for since.
    A case that was refused blocks nothing: its invoice may be filed again with what was missing.
    """
    keys = {settlement.invoice_key for settlement in settlements if settlement.invoice_key}
    rows = session.execute(
        select(Settlement.claim_id, Settlement.invoice_key, Claim.case_no)
        .join(Claim, Claim.id == Settlement.claim_id)
        .where(
            Settlement.scheme == scheme,
            Settlement.superseded_at.is_(None),
            Settlement.invoice_key.in_(keys),
            STANDING,
        )
        .order_by(not_(Claim.state.in_(GRANTED) & (Claim.benefit_fen > 0)), Claim.case_no)
    )
    first: dict[str, UUID] = {}
    for row in rows:
        first.setdefault(row.invoice_key, row.claim_id)
    found: dict[UUID, list[str]] = defaultdict(list)
    for settlement in settlements:
        key = settlement.invoice_key
        if key and first.get(key, settlement.claim_id) != settlement.claim_id:
            found[settlement.claim_id].append(key)
    return found


def _document(
    claim: Claim,
    settlements: Sequence[Settlement],
    lines: Mapping[UUID, Sequence[FeeLine]],
    roster: Mapping[str, Any],
    used: Mapping[str, Any],
    seen: Sequence[str],
    noted: Beside,
) -> dict[str, Any]:
    person = dict(roster)
    stated = next((known.facts["insutype"] for known in settlements if known.facts.get("insutype")), None)
    person["insutype"] = stated or person.get("insutype") or "390"
    person.setdefault("roster", {})
    document: dict[str, Any] = {
        "case_id": claim.case_no,
        "kind": "claim",
        "scheme": claim.scheme,
        "person": person,
        "used": dict(used),
        "settlements": _settlements(settlements, lines, noted),
    }
    if seen:
        parts = ("bill_code", "bill_no", "check_code")
        document["known_invoices"] = [dict(zip(parts, key.split("|"), strict=True)) for key in seen]
    return document


def _settlements(
    settlements: Sequence[Settlement], lines: Mapping[UUID, Sequence[FeeLine]], noted: Beside
) -> list[dict[str, Any]]:
    """Return the settlements of the document; what was noted of the case stands with its first one."""
    first = next((known for known in settlements if not known.reverses), None)
    return [
        _settlement(known, lines[known.id], noted if known is first else NOTHING) for known in settlements
    ]


def _settlement(settlement: Settlement, lines: Sequence[FeeLine], noted: Beside) -> dict[str, Any]:
    if settlement.reverses:
        return {
            "setl_id": settlement.setl_id,
            "reverses": settlement.reverses,
            "setl_time": settlement.facts["setl_time"],
        }
    stated = {key: value for key, value in settlement.facts.items() if key != "insutype"}
    facts = noted.applied(stated)
    facts.pop("applicant", None)  # who hands in papers changes no amount
    if lines:
        facts["feedetail"] = [
            {**line.facts, "finding": line.finding} if line.finding else line.facts for line in lines
        ]
    return facts
