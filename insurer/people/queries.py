"""Reading people: who somebody is, what rosters say, cover, accounts; bulk where many are asked about."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import distinct_on

from insurer.kernel.errors import NotFound
from insurer.people import rules
from insurer.people.differences import CERTNO, known_people
from insurer.people.events import leaving_days
from insurer.people.reading.wording import read_change
from insurer.people.tables import CoverPeriod, PayeeAccount, Person, RosterFact, RosterImport
from insurer.platform.db import UnitSession

RESIDENT = rules.RESIDENT


@dataclass(frozen=True, slots=True)
class PersonView:
    """A person as lists show him: everything personal but the name is masked."""

    id: uuid.UUID
    scheme: str
    name: str
    certno_mask: str
    phone_mask: str
    gender: str
    born_on: date | None
    died_on: date | None


@dataclass(frozen=True, slots=True)
class AccountView:
    """A payee account without its number; ``tail`` are the last four digits."""

    id: uuid.UUID
    person_id: uuid.UUID
    holder: str
    bank: str
    tail: str


@dataclass(frozen=True, slots=True)
class FactView:
    """A month's roster row of a person, with the file, sheet and row that say so."""

    person_id: uuid.UUID
    month: date
    category: str
    category_word: str
    insutype: str
    relation: str
    town: str
    village: str
    householder: str
    approved_on: date | None
    change_word: str
    import_id: uuid.UUID
    filename: str
    sheet: str
    row_no: int


@dataclass(frozen=True, slots=True)
class CoverView:
    """Cover of a person in a year and the roster row it rests on."""

    id: uuid.UUID
    person_id: uuid.UUID
    year: int
    from_on: date
    until_on: date
    reason: str
    import_id: uuid.UUID
    filename: str
    sheet: str
    row_no: int


@dataclass(frozen=True, slots=True)
class MonthView:
    """One applied or staged roster of a month."""

    import_id: uuid.UUID
    month: date
    filename: str
    sha256: str
    state: str
    counts: dict[str, Any]
    staged_at: datetime
    staged_by_name: str
    applied_at: datetime | None
    applied_by_name: str | None
    kind: str = "full"
    sender: str = ""
    scheme: str = ""
    staged_by: str = ""


def find_people(session: UnitSession, *, scheme: str, certnos: Iterable[str]) -> dict[str, uuid.UUID]:
    """Return the ids of known persons by normalised person number; unknown ones are left out."""
    hashes = {session.keyring.blind(certno, CERTNO): certno for certno in certnos}
    return {hashes[found]: id_ for found, id_ in known_people(session, scheme, list(hashes)).items()}


def person_views(session: UnitSession, person_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, PersonView]:
    """Return several persons for lists and letters."""
    people = session.scalars(select(Person).where(Person.id.in_(list(person_ids))))
    return {person.id: person_view(person) for person in people}


def open_certno(session: UnitSession, person_id: uuid.UUID) -> str:
    """Return a full person number; the caller logs who looked and why. :class:`NotFound` for a stranger."""
    person = session.get(Person, person_id)
    if person is None:
        raise NotFound("没有这个人")
    return session.keyring.open(person.certno_cipher, f"person:certno:{person.id}")


def person_view(person: Person) -> PersonView:
    """Return what lists show of a person."""
    return PersonView(
        person.id,
        person.scheme,
        person.name,
        person.certno_mask,
        person.phone_mask,
        person.gender,
        person.born_on,
        person.died_on,
    )


_STANDINGS = text(
    """
    WITH effective AS (SELECT * FROM effective_roster WHERE scheme = :scheme AND month <= :until),
         facts AS (
         SELECT DISTINCT ON (f.person_id, f.month)
                f.person_id, f.month, f.category, f.insutype, f.change_word, f.approved_on
           FROM roster_fact f JOIN effective e ON e.id = f.import_id
          WHERE f.person_id = ANY(:ids)
          ORDER BY f.person_id, f.month, e.applied_at DESC, e.id DESC)
    SELECT f.*, false AS gone, (SELECT min(month) FROM effective) AS first_month FROM facts f
    UNION ALL
    SELECT x.person_id, x.month, '', '', '', NULL, true, NULL
      FROM roster_exit x JOIN roster_import i ON i.id = x.import_id  -- a month sent anew keeps what it showed
     WHERE x.person_id = ANY(:ids) AND i.scheme = :scheme AND i.month <= :until
       AND NOT EXISTS (SELECT 1 FROM facts f WHERE f.person_id = x.person_id AND f.month = x.month)
     ORDER BY 1, 2
    """
)


def roster_documents(
    session: UnitSession, *, scheme: str, person_ids: Sequence[uuid.UUID], until: date | None = None
) -> dict[uuid.UUID, dict[str, Any]]:
    """Return the ``person`` object of the case document for each person, with few queries for all.

    ``until`` takes only the months up to it, to see what was known then. Persons on no roster are there too:
    their ``roster`` is empty. Nantong persons carry ``identities`` instead.
    """
    standings: dict[uuid.UUID, list[rules.Standing]] = defaultdict(list)
    exits: dict[uuid.UUID, list[date]] = defaultdict(list)
    insutypes: dict[uuid.UUID, str] = {}
    first_month = date.max
    values = {"scheme": scheme, "ids": list(person_ids), "until": until or date(9999, 12, 1)}
    for row in session.execute(_STANDINGS, values):
        if row.gone:
            exits[row.person_id].append(row.month)
            continue
        first_month = row.first_month
        change = read_change(row.change_word)
        categories = tuple(row.category.split(","))
        standings[row.person_id].append(
            rules.Standing(row.month, categories, row.insutype, change, row.approved_on)
        )
        insutypes[row.person_id] = row.insutype or insutypes.get(row.person_id, "")
    left_on = leaving_days(session, person_ids, until or date.max) if scheme == rules.NANTONG else {}
    documents: dict[uuid.UUID, dict[str, Any]] = {}
    for person_id in person_ids:
        document: dict[str, Any] = {"insutype": insutypes.get(person_id) or RESIDENT}
        mine, left = standings.get(person_id, []), exits.get(person_id, [])
        if scheme == rules.NANTONG:
            days = left_on.get(person_id, {})
            document["identities"] = _texts(rules.identity_list(mine, left, **days))
        else:
            document["roster"] = _texts(rules.roster_years(mine, left, first_month=first_month))
        documents[person_id] = document
    return documents


def _texts(value: Any) -> Any:
    """Write dates as text, all the way down."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _texts(inner) for key, inner in value.items()}
    return [_texts(inner) for inner in value] if isinstance(value, list) else value


def roster_facts(session: UnitSession, person_ids: Sequence[uuid.UUID]) -> list[FactView]:
    """Return every roster row of these persons as received, oldest first; corrected months show both rows."""
    rows = session.execute(
        select(RosterFact, RosterImport.filename)
        .join(RosterImport, RosterImport.id == RosterFact.import_id)
        .where(RosterFact.person_id.in_(list(person_ids)))
        .order_by(RosterFact.person_id, RosterFact.month, RosterImport.applied_at)
    )
    return [
        FactView(
            fact.person_id,
            fact.month,
            fact.category,
            fact.category_word,
            fact.insutype,
            fact.relation,
            fact.town,
            fact.village,
            fact.householder,
            fact.approved_on,
            fact.change_word,
            fact.import_id,
            filename,
            fact.sheet,
            fact.row_no,
        )
        for fact, filename in rows
    ]


def covered_on(session: UnitSession, *, person_id: uuid.UUID, day: date) -> CoverView | None:
    """Return the cover of a person on a day with the roster row it rests on; None when not covered."""
    found = _covers(
        session, CoverPeriod.person_id == person_id, CoverPeriod.from_on <= day, CoverPeriod.until_on >= day
    )
    return found[0] if found else None


def cover_periods(session: UnitSession, person_ids: Sequence[uuid.UUID]) -> list[CoverView]:
    """Return the current cover of these persons, by person and year."""
    return _covers(session, CoverPeriod.person_id.in_(list(person_ids)))


def newly_covered(session: UnitSession, import_id: uuid.UUID) -> list[uuid.UUID]:
    """Return the persons who came under cover by this import, each once, in the order of their ids."""
    return sorted({cover.person_id for cover in new_covers(session, import_id)})


def new_covers(session: UnitSession, import_id: uuid.UUID) -> list[CoverView]:
    """Return the cover that began with this import: years for which the person had none before."""
    statement = text(
        """
        SELECT c.id FROM cover_period c
         WHERE c.import_id = :import_id
           AND NOT EXISTS (SELECT 1 FROM cover_period o
                            WHERE o.person_id = c.person_id AND o.year = c.year AND o.id < c.id)
        """
    )
    ids = [row.id for row in session.execute(statement, {"import_id": import_id})]
    return _covers(session, CoverPeriod.id.in_(ids), current_only=False) if ids else []


def _covers(session: UnitSession, *conditions: Any, current_only: bool = True) -> list[CoverView]:
    statement = (
        select(CoverPeriod, RosterImport.filename)
        .join(RosterImport, RosterImport.id == CoverPeriod.import_id)
        .where(*conditions)
        .order_by(CoverPeriod.person_id, CoverPeriod.year)
    )
    if current_only:
        statement = statement.where(CoverPeriod.superseded_at.is_(None))
    return [
        CoverView(
            cover.id,
            cover.person_id,
            cover.year,
            cover.from_on,
            cover.until_on,
            str(cover.basis["reason"]),
            cover.import_id,
            filename,
            str(cover.basis["sheet"]),
            int(cover.basis["row"]),
        )
        for cover, filename in session.execute(statement)
    ]


def covered_count(session: UnitSession, *, scheme: str, day: date) -> int:
    """Count the persons of a scheme covered on a day."""
    statement = select(func.count()).where(
        CoverPeriod.scheme == scheme,
        CoverPeriod.superseded_at.is_(None),
        CoverPeriod.from_on <= day,
        CoverPeriod.until_on >= day,
    )
    return int(session.scalar(statement) or 0)


def current_accounts(session: UnitSession, person_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, AccountView]:
    """Return the newest account of each person that has one."""
    rows = session.scalars(
        select(PayeeAccount)
        .where(PayeeAccount.person_id.in_(list(person_ids)), PayeeAccount.superseded_at.is_(None))
        .order_by(PayeeAccount.person_id, PayeeAccount.valid_from.desc(), PayeeAccount.id.desc())
        .ext(distinct_on(PayeeAccount.person_id))
    )
    return {row.person_id: _account_view(row) for row in rows}


def account_views(session: UnitSession, account_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, AccountView]:
    """Return accounts by id, superseded ones too."""
    rows = session.scalars(select(PayeeAccount).where(PayeeAccount.id.in_(list(account_ids))))
    return {row.id: _account_view(row) for row in rows}


def open_account_number(session: UnitSession, account_id: uuid.UUID) -> str:
    """Return the full account number for a bank file; :class:`NotFound` for an unknown account."""
    account = session.get(PayeeAccount, account_id)
    if account is None:
        raise NotFound("没有这个收款账户")
    return session.keyring.open(account.account_cipher, f"payee_account:account:{account.id}")


def _account_view(row: PayeeAccount) -> AccountView:
    return AccountView(row.id, row.person_id, row.holder, row.bank, row.account_tail)


def _month_view(row: RosterImport) -> MonthView:
    return MonthView(
        row.id,
        row.month,
        row.filename,
        row.sha256,
        row.state,
        dict(row.counts),
        row.staged_at,
        row.staged_by_name,
        row.applied_at,
        row.applied_by_name,
        row.kind,
        row.sender,
        row.scheme,
        row.staged_by,
    )


def roster_report(
    session: UnitSession, import_id: uuid.UUID
) -> tuple[MonthView, dict[str, Any], dict[str, Any]]:
    """Return an import with its report and the listed differences; :class:`NotFound` for an unknown one."""
    row = session.get(RosterImport, import_id)
    if row is None:
        raise NotFound("没有这次名册导入。请回到名册页看清单")
    report = dict(row.report)
    listing = report.pop("listing", {})
    for inner in ("use_hidden", "heads", "asked"):
        report.pop(inner, None)
    return _month_view(row), report, listing


def covered_in_year(session: UnitSession, *, scheme: str, year: int) -> int:
    """Count the persons of a scheme who are covered in an insurance year, on one day of it at least."""
    statement = select(func.count()).where(
        CoverPeriod.scheme == scheme, CoverPeriod.year == year, CoverPeriod.superseded_at.is_(None)
    )
    return int(session.scalar(statement) or 0)


def known_senders(session: UnitSession, *, scheme: str, staged_by: str = "") -> list[str]:
    """Return who sent files so far, the latest first; ``staged_by`` only what one person uploaded."""
    newest = func.max(RosterImport.staged_at)
    statement = (
        select(RosterImport.sender)
        .where(RosterImport.scheme == scheme, RosterImport.sender != "")
        .group_by(RosterImport.sender)
        .order_by(newest.desc())
        .limit(20)
    )
    if staged_by:
        statement = statement.where(RosterImport.staged_by == staged_by)
    return list(session.scalars(statement))
