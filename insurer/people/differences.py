"""What a roster changes: its rows against the facts of the month before, or of the same month."""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, overload

import numpy as np
import numpy.typing as npt
from sqlalchemy import bindparam, select, text

from insurer.kernel.dates import month_text
from insurer.people.masking import mask_certno, mask_name, mask_names, mask_phone
from insurer.people.reading.result import RosterFile, RosterRow
from insurer.people.reading.row_store import Batch, RowStore, batches_of
from insurer.people.register import (
    ACCOUNT,
    CARD,
    CERTNO,
    FACTS,
    PHONE,
    PRINT,
    Everybody,
    Ids,
    Prints,
    Told,
    ids_of,
    register_at_hand,
    said,
    uuid_of,
)
from insurer.people.standing import FULL, EffectiveImport, effective_imports, register_of
from insurer.people.tables import Person
from insurer.platform.crypto import Keyring
from insurer.platform.db import UnitSession

__all__ = ["ACCOUNT", "CARD", "CERTNO", "FACTS", "PHONE", "Difference", "compare", "known_people", "listing"]

LISTED = 500
"""How many differences of each kind a report lists; the counts are always whole."""

_FEW = 20_000
_PART = 4096


class PeopleOfRows(Sequence[uuid.UUID | None]):
    """The person of each row of a file, None where nobody knows him yet; kept as bytes, for they are many."""

    def __init__(self, size: int) -> None:
        self.ids: Ids = np.zeros(size, f"V{PRINT}")
        self.known: npt.NDArray[np.bool_] = np.zeros(size, bool)

    def note(self, positions: npt.NDArray[np.int64], ids: Ids) -> None:
        """Note the persons of some rows."""
        self.ids[positions] = ids
        self.known[positions] = True

    def get(self, index: int) -> uuid.UUID | None:
        """Return the person of a row."""
        return uuid_of(self.ids[index]) if self.known[index] else None

    def __contains__(self, index: object) -> bool:
        """Tell whether the person of the row at an index is known."""
        return isinstance(index, int) and bool(self.known[index])

    def __len__(self) -> int:
        return len(self.ids)

    @overload
    def __getitem__(self, index: int) -> uuid.UUID | None: ...
    @overload
    def __getitem__(self, index: slice) -> list[uuid.UUID | None]: ...
    def __getitem__(self, index: int | slice) -> uuid.UUID | list[uuid.UUID | None] | None:
        if isinstance(index, slice):
            return [self.get(place) for place in range(*index.indices(len(self)))]
        return self.get(index)

    def __iter__(self) -> Iterator[uuid.UUID | None]:
        return map(self.get, range(len(self)))

    def some(self, positions: Sequence[int]) -> list[uuid.UUID]:
        """Return the persons of rows where they are known."""
        return [uuid_of(self.ids[position]) for position in positions]


@dataclass(slots=True)
class Difference:
    """A roster against what is known. Rows are indexes into ``file.accepted``; persons are ids.

    ``register`` are the imports it is compared with, ``size`` how many people stand on them; ``people``
    holds the known persons of the rows, ``statements`` what stands of the unchanged ones, ``before`` the
    facts that the listed changed ones replace.
    """

    register: tuple[EffectiveImport, ...]
    size: int
    prints: Prints
    new: list[int]
    changed: list[int]
    unchanged: npt.NDArray[np.int64]
    people: PeopleOfRows
    statements: Ids
    gone: list[uuid.UUID] = field(default_factory=list)
    _few_told: list[Told] | None = None
    before: dict[uuid.UUID, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def counts(self) -> dict[str, int]:
        """The four figures of the report."""
        return {
            "new": len(self.new),
            "changed": len(self.changed),
            "unchanged": len(self.unchanged),
            "gone": len(self.gone),
        }

    @property
    def base(self) -> EffectiveImport | None:
        """The newest of the imports compared with."""
        return self.register[-1] if self.register else None

    @property
    def told(self) -> npt.NDArray[np.bool_]:
        """Which rows are new or changed."""
        told = np.ones(len(self.people), bool)
        told[self.unchanged] = False
        return told

    def told_rows(self, file: RosterFile) -> Iterable[Told]:
        """Return the new and changed rows with their positions; few of them are kept for the next asker."""
        if self._few_told is not None:
            return self._few_told
        if len(self.new) + len(self.changed) > len(self.people) // 10:
            return self._told(file)
        self._few_told = _joined(list(self._told(file)))
        return self._few_told

    def keep_told(self, rows: list[Told] | None) -> None:
        """Take over the new and changed rows as they were kept while the file was read."""
        if rows is not None and sum(len(places) for places, _ in rows) == len(self.new) + len(self.changed):
            self._few_told = _joined(rows)

    def _told(self, file: RosterFile) -> Iterator[Told]:
        told = self.told
        for batch in batches_of(file.accepted, told):
            places = np.flatnonzero(told[batch.offset : batch.offset + batch.size])
            if places.size:
                taken = batch if places.size == batch.size else batch.taken(places.tolist())
                yield places + batch.offset, taken

    def nothing_to_write(self, file: RosterFile, kind: str = FULL) -> bool:
        """Every row stands already as it is: in a full list of this month, or in these very additions."""
        if self.new or self.changed or self.gone:
            return False
        same_month = [one for one in self.register if one.month == file.month]
        return any(one.kind == FULL or (kind != FULL and one.sha256 == file.sha256) for one in same_month)


def _joined(rows: list[Told]) -> list[Told]:
    """Put few rows from many batches together: each part written costs some statements of its own."""
    found: list[Told] = []
    gathered: list[Told] = []
    for place, told in enumerate(rows):
        gathered.append(told)
        if sum(len(places) for places, _ in gathered) >= _PART or place == len(rows) - 1:
            places = np.concatenate([places for places, _ in gathered])
            found.append((places, Batch.joined([batch for _, batch in gathered])))
            gathered = []
    return found


def fact_digest(keyring: Keyring, row: RosterRow) -> bytes:
    """Return the keyed hash of everything a row says about a person; equal digests mean unchanged."""
    return keyring.blind(said(Batch.of([row]))[0], FACTS)


_BEFORE = text(
    """
    SELECT f.person_id, f.name, f.category, f.category_word, f.insutype, f.relation, f.town, f.village,
           f.householder, f.approved_on, f.approved_precision, f.change_word, p.phone_hash, p.phone_mask,
           h.card_hash, a.account_hash, a.account_tail, a.bank, a.holder
      FROM roster_fact f
      JOIN person p ON p.id = f.person_id
      LEFT JOIN household h ON h.id = f.household_id
      LEFT JOIN LATERAL (
           SELECT account_hash, account_tail, bank, holder FROM payee_account
            WHERE person_id = f.person_id AND superseded_at IS NULL AND source ->> 'kind' = 'roster'
            ORDER BY valid_from DESC LIMIT 1) a ON true
     WHERE f.import_id = :import_id AND f.month = :month AND f.scheme = :scheme
       AND f.person_id = ANY(:ids)
    """
)


def compare(session: UnitSession, *, scheme: str, file: RosterFile, kind: str = FULL) -> Difference:
    """Compare a roster with the register up to its month; a fixed number of statements for any size.

    A person known from elsewhere (an earlier month, a claim) but not on the register is new on it. Rows
    refused for another reason than their number still keep their person from being reported as gone, and
    nobody is gone because additions do not name him.
    """
    imports = register_of(effective_imports(session, scheme), file.month)
    register = register_at_hand(session, imports)
    prints = _prints_of(session, file)
    places = register.find(prints.hashes)
    listed = np.flatnonzero(places >= 0)
    same = register.says(places[listed], prints.digests[listed])
    unchanged, changed = listed[same], listed[~same]
    new = np.flatnonzero(places < 0)
    people = PeopleOfRows(len(file.accepted))
    people.note(listed, register.persons[places[listed]])
    result = Difference(
        imports,
        len(register),
        prints,
        new=new.tolist(),
        changed=changed.tolist(),
        unchanged=unchanged,
        people=people,
        statements=register.statements[places[unchanged]],
    )
    result.keep_told(prints.told_on(register))
    if kind == FULL:
        there = np.zeros(len(register), bool)
        there[places[listed]] = True
        refused = [session.keyring.blind(one.certno, CERTNO)[:PRINT] for one in file.rejected if one.certno]
        if refused:
            kept = register.find(np.frombuffer(b"".join(refused), f"V{PRINT}"))
            there[kept[kept >= 0]] = True
        result.gone = [uuid_of(person) for person in register.persons[~there]]
    _note_strangers(session, scheme, file, result, new)
    ids = people.some(result.changed[:LISTED])
    for one in imports if ids else ():
        values = {"scheme": scheme, "month": one.month, "import_id": one.id, "ids": ids}
        result.before |= {row.person_id: dict(row._mapping) for row in session.execute(_BEFORE, values)}
    return result


def _prints_of(session: UnitSession, file: RosterFile) -> Prints:
    """Return the keyed hashes of a file, which :func:`read_arriving` takes while the file is read."""
    if isinstance(file.prints, Prints):
        return file.prints
    prints = Prints(session.keyring)
    for batch in batches_of(file.accepted):
        prints.add(batch)
    return prints


def known_people(session: UnitSession, scheme: str, hashes: Sequence[bytes]) -> dict[bytes, uuid.UUID]:
    """Return the persons of a scheme among these hashes of person numbers, with one statement."""
    statement = text(
        "SELECT certno_hash, id FROM person WHERE scheme = :scheme AND certno_hash = ANY(:hashes)"
    )
    found = session.execute(statement, {"scheme": scheme, "hashes": list(hashes)})
    return {bytes(row.certno_hash): row.id for row in found}


def _note_strangers(
    session: UnitSession, scheme: str, file: RosterFile, result: Difference, new: npt.NDArray[np.int64]
) -> None:
    """Note the persons of new rows whom the scheme knows from elsewhere; with one statement."""
    if len(new) > _FEW:
        everybody = Everybody(session, scheme)
        places = everybody.find(result.prints.hashes[new])
        result.people.note(new[places >= 0], everybody.persons[places[places >= 0]])
    elif len(new):
        rows = file.accepted.take(new.tolist()) if isinstance(file.accepted, RowStore) else file.accepted
        hashes = [session.keyring.blind(row.certno, CERTNO) for row in rows]
        known = known_people(session, scheme, hashes)
        found = [(place, known[h]) for place, h in zip(new.tolist(), hashes, strict=True) if h in known]
        if found:
            result.people.note(np.array([place for place, _ in found]), ids_of([one for _, one in found]))


def listing(session: UnitSession, file: RosterFile, difference: Difference) -> dict[str, Any]:
    """Return the first differences of each kind for the screen: ids, places and masked values."""
    gone = difference.gone[:LISTED]
    people = {
        person.id: person
        for person in session.scalars(
            select(Person).where(Person.id.in_(bindparam("ids", expanding=True))), {"ids": gone}
        )
    }
    return {
        "compared_with": month_text(difference.base.month) if difference.base else None,
        "new": [_place(file.accepted[index], difference, index) for index in difference.new[:LISTED]],
        "changed": [
            {
                **_place(row := file.accepted[index], difference, index),
                "fields": _changes(
                    session.keyring, difference.before.get(difference.people.some([index])[0], {}), row
                ),
            }
            for index in difference.changed[:LISTED]
        ],
        "gone": [
            {
                "person_id": str(person_id),
                "name": mask_name(people[person_id].name),
                "certno": people[person_id].certno_mask,
            }
            for person_id in gone
        ],
        "warnings": list(file.warnings[:LISTED]),
    }


def _place(row: RosterRow, difference: Difference, index: int) -> dict[str, Any]:
    person = difference.people.get(index)
    return {
        "sheet": row.sheet,
        "row": row.row,
        "person_id": str(person) if person else None,
        "name": mask_name(row.name),
        "certno": mask_certno(row.certno),
        "town": row.town,
        "category": ",".join(row.categories),
        "change": row.change_word,
        "start": row.start.isoformat() if row.start else None,
    }


def _changes(keyring: Keyring, before: Mapping[str, Any], row: RosterRow) -> list[dict[str, str]]:
    """Name each field that differs, before and after, personal values masked."""
    if not before:
        return []
    start = before["approved_on"].isoformat() if before["approved_on"] else ""
    pairs = [
        ("category", before["category_word"], row.category_word),
        ("insutype", before["insutype"], row.insutype),
        ("relation", before["relation"], row.relation),
        ("town", before["town"], row.town),
        ("village", before["village"], row.village),
        ("start", start, row.start.isoformat() if row.start else ""),
        ("change", before["change_word"], row.change_word),
        ("bank", before["bank"] or "", row.bank if row.account else before["bank"] or ""),
    ]
    found = [{"field": name, "before": old, "after": now} for name, old, now in pairs if old != now]
    hidden = (
        ("psn_name", before["name"], row.name),
        ("householder", before["householder"], row.householder),
        (
            "holder",
            before["holder"] or "",
            (row.holder or row.name) if row.account else before["holder"] or "",
        ),
    )
    for name, old, now in hidden:
        if old != now:
            before_mask, after_mask = mask_names(old, now)
            found.append({"field": name, "before": before_mask, "after": after_mask})
    if row.tel and before["phone_hash"] != keyring.blind(row.tel, PHONE):
        found.append({"field": "tel", "before": before["phone_mask"], "after": mask_phone(row.tel)})
    if row.card_no and before["card_hash"] != keyring.blind(row.card_no, CARD):
        found.append({"field": "card_no", "before": "", "after": mask_certno(row.card_no)})
    if row.account and before["account_hash"] != keyring.blind(row.account, ACCOUNT):
        tail = before["account_tail"] or ""
        found.append({"field": "account", "before": tail, "after": row.account[-4:]})
    return found
