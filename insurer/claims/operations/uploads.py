"""Files of settlement records from the desk: looked at first, written when somebody confirms, row by row."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, update

from insurer.accounts.permissions import require
from insurer.claims.operations.calculation import calculate_claims
from insurer.claims.operations.corrections import refunds_named
from insurer.claims.operations.duplicates import earlier_cases
from insurer.claims.operations.intake import Registered, register_settlements
from insurer.claims.operations.known import Key, key_of, known_settlements
from insurer.claims.reading import ReadRecord, read_each
from insurer.claims.record_fields import folded, plain_text
from insurer.claims.records import SettlementRecord
from insurer.claims.refused_records import refused_file
from insurer.claims.tables import Claim, SettlementUpload
from insurer.kernel.errors import Conflict, Invalid, NotFound, Problem
from insurer.platform.audit import Actor, note
from insurer.platform.db import UnitSession
from insurer.platform.ids import new_id
from insurer.platform.storage import Storage, keep_file

CHANNEL: Final = "file"
MOST_RECORDS: Final = 2_000
"""Records of one upload: what one request looks through twice within its time."""
OUTCOMES: Final = {
    "new": "立案",
    "changed": "更正",
    "reversed": "冲销",
    "same": "没有变化",
    "refused": "拒绝",
}
"""What becomes of a record, in the order of the page."""

_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class _Tried(Exception):
    """Not an error: ends a trial without writing."""


@dataclass(slots=True)
class _Row:
    """One record of a file and what would become of it."""

    read: ReadRecord
    outcome: str
    problems: tuple[Problem, ...] = ()
    notes: list[str] = field(default_factory=list)
    case_no: str = ""

    def report(self) -> dict[str, Any]:
        """Return the row as it is kept; no personal value is in it."""
        record = self.read.record
        return {
            "where": self.read.where,
            "setl_id": record.setl_id if record is not None else self._number(),
            "outcome": self.outcome,
            "problems": [{"field": one.field, "message": one.message} for one in self.problems],
            "notes": self.notes,
            "case_no": self.case_no,
        }

    def _number(self) -> str:
        """Return the number of a record that could not be read, as its sender wrote it."""
        head = self.read.raw.get("setlinfo")
        return plain_text(folded(head).get("setl_id"))[:40] if isinstance(head, Mapping) else ""


def stage_upload(
    session: UnitSession,
    *,
    actor: Actor,
    storage: Storage,
    scheme: str,
    content: bytes,
    filename: str,
    now: datetime,
) -> UUID:
    """Keep a file with what it would do; no case is made yet. Returns the upload's id.

    :class:`Invalid` when nothing in it can be read, :class:`TooLarge` beyond what the desk takes at once.
    The same file that still waits is looked at anew, not kept twice.
    """
    require(actor, "claims.register")
    rows = _looked_at(session, actor, scheme, content, filename, now)
    digest = keep_file(session, storage, content, mime=_mime(content), now=now)
    upload = session.scalars(
        select(SettlementUpload).where(
            SettlementUpload.scheme == scheme,
            SettlementUpload.sha256 == digest,
            SettlementUpload.state == "staged",
        )
    ).first()
    if upload is None:
        upload = SettlementUpload(
            id=new_id(), scheme=scheme, filename=filename, sha256=digest, state="staged", staged_at=now
        )
        upload.staged_by, upload.staged_by_name = actor.id, actor.name
        session.add(upload)
        data = {"scheme": scheme, "records": len(rows)}
        note(session, actor, "claims:upload:staged", ("settlement_upload", upload.id), now=now, data=data)
    _keep(upload, rows)
    session.flush()
    return upload.id


def apply_upload(
    session: UnitSession, *, actor: Actor, storage: Storage, upload_id: UUID, now: datetime
) -> Mapping[str, int]:
    """Write the records of an upload that can be written; returns how many of each kind.

    What the file would do is looked at again inside the transaction, so that the result is true even when
    another file came in between. Refused records stay refused; the upload can be confirmed once.
    """
    require(actor, "claims.register")
    upload = _locked(session, upload_id)
    if upload.state != "staged":
        raise Conflict(_not_staged(upload.state))
    content = storage.get(upload.sha256)
    rows = _looked_at(session, actor, upload.scheme, content, upload.filename, now)
    good = [row.read.record for row in rows if row.outcome != "refused" and row.read.record is not None]
    done = register_settlements(
        session, actor=actor, scheme=upload.scheme, records=good, channel=CHANNEL, now=now
    )
    calculate_claims(session, actor=actor, claim_ids=done.touched, now=now)
    _name_cases(session, upload.scheme, rows)
    _keep(upload, rows)
    upload.applied_by_name, upload.applied_at = actor.name, now
    _move(session, upload, "applied")
    data = {"scheme": upload.scheme, **upload.counts}
    note(session, actor, "claims:upload:applied", ("settlement_upload", upload.id), now=now, data=data)
    return dict(upload.counts)


def discard_upload(session: UnitSession, *, actor: Actor, upload_id: UUID, now: datetime) -> None:
    """Give an upload up; the file and what it would have done stay on record."""
    require(actor, "claims.register")
    upload = _locked(session, upload_id)
    if upload.state != "staged":
        raise Conflict(_not_staged(upload.state))
    _move(session, upload, "discarded")
    note(session, actor, "claims:upload:discarded", ("settlement_upload", upload.id), now=now)


def export_refused(
    session: UnitSession, *, actor: Actor, storage: Storage, upload_id: UUID, now: datetime
) -> tuple[str, str, bytes]:
    """Return name, media type and bytes of the refused records with their reasons, to send back.

    They hold what the sender wrote, person numbers and all: who takes them is logged.
    """
    require(actor, "claims.register")
    upload = session.get(SettlementUpload, upload_id)
    if upload is None:
        raise NotFound("没有这次导入。请回到导入页看清单")
    refused = {row["where"]: row["problems"] for row in upload.report if row["outcome"] == "refused"}
    if not refused:
        raise NotFound("这份文件没有被拒绝的记录")
    wrong = [
        (read, [f"{one['field']}：{one['message']}" for one in refused[read.where]])
        for read in read_each(storage.get(upload.sha256), upload.filename)
        if read.where in refused
    ]
    data = {"records": len(wrong)}
    subject = ("settlement_upload", upload.id)
    note(session, actor, "claims:upload:refused_exported", subject, now=now, data=data)
    return refused_file(upload.filename, wrong)


def _looked_at(
    session: UnitSession, actor: Actor, scheme: str, content: bytes, filename: str, now: datetime
) -> list[_Row]:
    reads = read_each(content, filename, session.reading, most=MOST_RECORDS)
    rows = [_Row(read, "refused" if read.record is None else "new", read.problems) for read in reads]
    freed = _refuse_what_contradicts(session, actor, scheme, rows, now)
    _sort(session, scheme, rows, freed)
    _note_duplicates(session, scheme, rows)
    return rows


def _sort(session: UnitSession, scheme: str, rows: Sequence[_Row], freed: Mapping[Key, str]) -> None:
    """Say of each sound record whether it is new, known, changed or a reversal.

    ``freed`` names the withdrawn cases whose numbers new records take over.
    """
    sound = _sound(rows)
    records = [record for _, record in sound]
    known = known_settlements(session, scheme, [key_of(record) for record in records])
    named = refunds_named(records, known)
    known |= known_settlements(session, scheme, [key_of(record) for record in named])
    seen: set[tuple[str, str]] = set()
    for (row, _), record in zip(sound, named, strict=True):
        before = known.get(key_of(record))
        if key_of(record) in seen:
            row.outcome = "same"
            row.notes.append("这份文件里重复送来的同一条")
        elif key_of(record) in freed:
            row.notes.append(f"结算号原来在已撤销的 {freed[key_of(record)]} 里，那件登记的是另一个人")
        elif before is not None and before.content_hash == record.content_hash:
            row.outcome = "same"
        elif before is not None:
            row.outcome = "changed"
        elif record.is_reversal:
            row.outcome = "reversed"
        seen.add(key_of(record))


def _sound(rows: Sequence[_Row]) -> list[tuple[_Row, SettlementRecord]]:
    return [
        (row, row.read.record) for row in rows if row.outcome != "refused" and row.read.record is not None
    ]


def _refuse_what_contradicts(
    session: UnitSession, actor: Actor, scheme: str, rows: Sequence[_Row], now: datetime
) -> Mapping[Key, str]:
    """Try the sound records without writing until none contradicts another; the others are refused.

    Returns by key the withdrawn cases that would give a number up.
    """
    while True:
        sound = [row for row in rows if row.outcome != "refused"]
        records = [row.read.record for row in sound if row.read.record]
        done, problems = _tried(session, actor, scheme, records, now)
        if not problems:
            return done.freed
        places: dict[str, list[Problem]] = {}
        for problem in problems:
            places.setdefault(problem.where, []).append(problem)
        hit = [row for row in sound if row.read.where in places]
        if not hit:  # a contradiction that names no row: the file as a whole
            raise Invalid("这份文件里有对不上的记录，没有写入", tuple(problems))
        for row in hit:
            row.outcome, row.problems = "refused", tuple(places[row.read.where])


def _tried(
    session: UnitSession, actor: Actor, scheme: str, records: Sequence[SettlementRecord], now: datetime
) -> tuple[Registered, tuple[Problem, ...]]:
    """Register records in a savepoint that is always undone; returns what came of it, what refused them."""
    noted = session.info.setdefault("audit_noted", [])
    before = len(noted)
    done = Registered()
    try:
        with session.begin_nested():
            done = register_settlements(
                session, actor=actor, scheme=scheme, records=records, channel=CHANNEL, now=now
            )
            raise _Tried
    except _Tried:
        return done, ()
    except Invalid as refused:
        return done, refused.problems or (Problem("", refused.message),)
    finally:
        del noted[before:]


def _note_duplicates(session: UnitSession, scheme: str, rows: Sequence[_Row]) -> None:
    """Say of each new record which other case has its invoice or its stay; it is taken in all the same."""
    fresh = [(row, record) for row, record in _sound(rows) if row.outcome == "new"]
    earlier = earlier_cases(session, scheme, [record for _, record in fresh])
    for (row, _), words in zip(fresh, earlier, strict=True):
        row.notes += words


def _name_cases(session: UnitSession, scheme: str, rows: Sequence[_Row]) -> None:
    sound = _sound(rows)
    known = known_settlements(session, scheme, [key_of(record) for _, record in sound])
    ids = {one.claim_id for one in known.values()}
    numbers = {
        found.id: found.case_no
        for found in session.execute(select(Claim.id, Claim.case_no).where(Claim.id.in_(ids)))
    }
    for row, record in sound:
        found = known.get(key_of(record))
        row.case_no = numbers[found.claim_id] if found is not None else ""


def _keep(upload: SettlementUpload, rows: Sequence[_Row]) -> None:
    counts = Counter(row.outcome for row in rows)
    upload.counts = {"records": len(rows), **{name: counts[name] for name in OUTCOMES}}
    upload.report = [row.report() for row in rows]


def _locked(session: UnitSession, upload_id: UUID) -> SettlementUpload:
    statement = select(SettlementUpload).where(SettlementUpload.id == upload_id).with_for_update()
    found = session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound("没有这次导入。请回到导入页看清单")
    return found


def _move(session: UnitSession, upload: SettlementUpload, to: str) -> None:
    """Take a locked upload to where it stays."""
    session.flush()
    session.execute(update(SettlementUpload).where(SettlementUpload.id == upload.id).values(state=to))
    session.refresh(upload)


def _not_staged(state: str) -> str:
    if state == "applied":
        return "这份文件已经导入过了，没有再写。请看这一页上的结果"
    return "这份文件已经放弃，没有写入。要导入请重新上传"


def _mime(content: bytes) -> str:
    return _XLSX if content[:2] == b"PK" else "application/json"
