"""The rows of a settlement as received: the record, its lines, its papers; versions are never overwritten."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from insurer.claims.records import PaperRecord, SettlementRecord
from insurer.claims.rules import visit_kind
from insurer.claims.tables import FeeLine, Paper, Settlement
from insurer.platform.audit import Actor
from insurer.platform.bulk import copy_rows
from insurer.platform.db import UnitSession
from insurer.platform.ids import new_id


@dataclass(frozen=True, slots=True)
class Finding:
    """What a person found on a line of the version before."""

    finding: str
    reason: str
    by: UUID | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A record to be written: whose case, which version, what it reverses, findings by serial and name."""

    record: SettlementRecord
    claim_id: UUID
    version: int = 1
    reverses: str | None = None
    findings: Mapping[tuple[str, str], Finding] | None = None


def shown(record: SettlementRecord) -> dict[str, Any]:
    """Return what a case shows of its settlement."""
    return {
        "year": record.settled_on.year,
        "visit": visit_kind(record.med_type),
        "hospital": record.hospital,
        "begin_on": record.begin_on,
        "end_on": record.end_on,
        "settled_on": record.settled_on,
        "total_fen": record.total_fen,
        "burden_fen": record.burden_fen,
    }


def write_settlements(session: UnitSession, scheme: str, entries: Sequence[Entry], now: datetime) -> None:
    """Write records with their lines; a reversal has none."""
    rows, lines = [], []
    for entry in entries:
        record, settlement_id = entry.record, new_id()
        rows.append(
            {
                "id": settlement_id,
                "claim_id": entry.claim_id,
                "scheme": scheme,
                "region": record.region,
                "setl_id": record.setl_id,
                "version": entry.version,
                "content_hash": record.content_hash,
                "facts": record.facts,
                "original_cipher": session.keyring.seal(
                    record.original, f"settlement:original:{settlement_id}"
                ),
                "invoice_key": record.invoice_key,
                "reverses": entry.reverses,
                "settled_on": record.settled_on,
                "total_fen": record.total_fen,
                "received_at": now,
            }
        )
        if entry.reverses is None:
            lines += _line_rows(record, settlement_id, entry.findings or {})
    copy_rows(session, Settlement, rows)
    copy_rows(session, FeeLine, lines)


def _line_rows(
    record: SettlementRecord, settlement_id: UUID, findings: Mapping[tuple[str, str], Finding]
) -> list[dict[str, Any]]:
    rows = []
    for number, line in enumerate(record.lines, 1):
        found = findings.get((line.serial, line.name))
        rows.append(
            {
                "id": new_id(),
                "settlement_id": settlement_id,
                "line_no": number,
                "serial": line.serial,
                "name": line.name,
                "catalogue_name": line.facts.get("hilist_name", ""),
                "level": line.facts.get("chrgitm_lv", ""),
                "charge_type": line.facts.get("med_chrgitm_type", ""),
                "price": line.facts.get("pric", ""),
                "count": line.facts.get("cnt", ""),
                "amount_fen": line.amount_fen,
                "own_fen": line.own_fen,
                "facts": line.facts,
                "decision": "covered",
                "because": "",
                "finding": found.finding if found else None,
                "finding_reason": found.reason if found else "",
                "finding_by": found.by if found else None,
                "finding_at": found.at if found else None,
            }
        )
    return rows


def write_papers(
    session: UnitSession, pairs: Sequence[tuple[SettlementRecord, UUID]], actor: Actor, now: datetime
) -> None:
    """Write the announced papers of the records; one that its case already has is not written twice."""
    claim_ids = [claim_id for _, claim_id in pairs]
    known = {
        (row.claim_id, row.kind, row.filename)
        for row in session.execute(
            select(Paper.claim_id, Paper.kind, Paper.filename).where(Paper.claim_id.in_(claim_ids))
        )
    }
    rows = [
        _paper_row(paper, claim_id, actor, now)
        for record, claim_id in pairs
        for paper in record.papers
        if (claim_id, paper.kind, paper.filename) not in known
    ]
    copy_rows(session, Paper, rows)


def _paper_row(paper: PaperRecord, claim_id: UUID, actor: Actor, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "claim_id": claim_id,
        "kind": paper.kind,
        "filename": paper.filename,
        "pages": paper.pages,
        "form": paper.form,
        "received_at": now,
        "received_by": actor.id,
    }
