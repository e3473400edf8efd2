"""What a roster changes: its rows against the facts of the month before, or of the same month."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, select, text

from insurer.kernel.dates import month_text
from insurer.people.masking import mask_certno, mask_name, mask_names, mask_phone
from insurer.people.reading.result import RosterFile, RosterRow
from insurer.people.standing import FULL, EffectiveImport, effective_imports, register_of
from insurer.people.tables import Person
from insurer.platform.crypto import Keyring
from insurer.platform.db import UnitSession

CERTNO, PHONE, CARD, ACCOUNT, FACTS = "certno", "phone", "card_no", "account", "roster_fact"
"""Purposes of the keyed hashes of this room."""

LISTED = 500
"""How many differences of each kind a report lists; the counts are always whole."""


@dataclass(slots=True)
class Difference:
    """A roster against what is known. Rows are indexes into ``file.accepted``; persons are ids.

    ``register`` are the imports it is compared with, ``size`` how many people stand on them; ``person_of``
    holds the known persons among the rows, ``before`` the facts that the changed ones replace.
    """

    register: tuple[EffectiveImport, ...]
    size: int
    hashes: list[bytes]
    digests: list[bytes]
    new: list[int] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)
    unchanged: list[int] = field(default_factory=list)
    gone: list[uuid.UUID] = field(default_factory=list)
    person_of: dict[int, uuid.UUID] = field(default_factory=dict)
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
    def people(self) -> list[uuid.UUID | None]:
        """The person of each accepted row, None where nobody knows him yet."""
        return [self.person_of.get(index) for index in range(len(self.hashes))]

    @property
    def base(self) -> EffectiveImport | None:
        """The newest of the imports compared with."""
        return self.register[-1] if self.register else None

    def nothing_to_write(self, file: RosterFile, kind: str = FULL) -> bool:
        """Every row stands already as it is: in a full list of this month, or in these very additions."""
        if self.new or self.changed or self.gone:
            return False
        same_month = [one for one in self.register if one.month == file.month]
        return any(one.kind == FULL or (kind != FULL and one.sha256 == file.sha256) for one in same_month)


def fact_digest(keyring: Keyring, row: RosterRow) -> bytes:
    """Return the keyed hash of everything a row says about a person; equal digests mean unchanged."""
    said = (
        row.name_key,
        ",".join(row.categories),
        row.category_word,
        row.town,
        row.village,
        row.card_no,
        row.householder,
        row.relation,
        row.start.isoformat() if row.start else "",
        row.start_precision,
        row.change,
        row.change_word,
        row.insutype,
        row.tel,
        row.bank,
        row.account,
        row.holder,
    )
    return keyring.blind("\x1f".join(said), FACTS)


_BASE = text(
    """
    SELECT f.person_id, p.certno_hash, f.digest
      FROM roster_fact f JOIN person p ON p.id = f.person_id
     WHERE f.scheme = :scheme AND f.month = :month AND f.import_id = :import_id
    """
)

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


def known_people(session: UnitSession, scheme: str, hashes: Sequence[bytes]) -> dict[bytes, uuid.UUID]:
    """Return the persons of a scheme among these hashes of person numbers, with one statement."""
    statement = text(
        "SELECT certno_hash, id FROM person WHERE scheme = :scheme AND certno_hash = ANY(:hashes)"
    )
    found = session.execute(statement, {"scheme": scheme, "hashes": list(hashes)})
    return {bytes(row.certno_hash): row.id for row in found}


def compare(session: UnitSession, *, scheme: str, file: RosterFile, kind: str = FULL) -> Difference:
    """Compare a roster with the register up to its month; a fixed number of statements for any size.

    A person known from elsewhere (an earlier month, a claim) but not on the register is new on it. Rows
    refused for another reason than their number still keep their person from being reported as gone, and
    nobody is gone because additions do not name him.
    """
    keyring = session.keyring
    register = register_of(effective_imports(session, scheme), file.month)
    listed: dict[bytes, tuple[uuid.UUID, bytes]] = {}
    for one in register:
        values = {"scheme": scheme, "month": one.month, "import_id": one.id}
        listed.update((bytes(h), (person, bytes(d))) for person, h, d in session.execute(_BASE, values))
    result = Difference(
        register,
        len(listed),
        hashes=[keyring.blind(row.certno, CERTNO) for row in file.accepted],
        digests=[fact_digest(keyring, row) for row in file.accepted],
    )
    rest: list[int] = []
    for index, certno_hash in enumerate(result.hashes):
        known = listed.pop(certno_hash, None)
        if known is None:
            result.new.append(index)
            rest.append(index)
            continue
        result.person_of[index] = known[0]
        (result.unchanged if known[1] == result.digests[index] else result.changed).append(index)
    if kind == FULL:
        for rejection in file.rejected:
            if rejection.certno:
                listed.pop(keyring.blind(rejection.certno, CERTNO), None)
        result.gone = [person for person, _ in listed.values()]
    elsewhere = known_people(session, scheme, [result.hashes[index] for index in rest])
    for index in rest:
        if (person := elsewhere.get(result.hashes[index])) is not None:
            result.person_of[index] = person
    ids = [result.person_of[index] for index in result.changed[:LISTED]]
    for one in register if ids else ():
        values = {"scheme": scheme, "month": one.month, "import_id": one.id, "ids": ids}
        result.before |= {row.person_id: dict(row._mapping) for row in session.execute(_BEFORE, values)}
    return result


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
                    session.keyring, difference.before.get(difference.person_of[index], {}), row
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
    person = difference.person_of.get(index)
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
