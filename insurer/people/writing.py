"""Writing a roster: persons, households, accounts, facts, exits and cover, each by one statement or COPY."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import sql
from sqlalchemy import text

from insurer.people.differences import ACCOUNT, CERTNO, PHONE, known_people
from insurer.people.masking import mask_certno, mask_phone
from insurer.people.reading.certno import birth_date
from insurer.people.reading.names import name_key, spelled
from insurer.people.reading.result import RosterRow
from insurer.people.tables import PayeeAccount
from insurer.platform.bulk import copy_rows
from insurer.platform.crypto import Keyring
from insurer.platform.db import UnitSession
from insurer.platform.ids import new_id


@dataclass(frozen=True, slots=True)
class PersonRef:
    """A person as a claim names him: normalised person number and name; a telephone if there is one."""

    certno: str
    name: str
    phone: str = ""


def person_row(
    keyring: Keyring, scheme: str, ref: PersonRef, certno_hash: bytes, now: datetime
) -> dict[str, Any]:
    """Return the columns of a new person, personal values sealed for their place."""
    person_id = new_id()
    certno = ref.certno
    born = birth_date(certno) if len(certno) == 18 and certno[:17].isdigit() else None
    gender = ("女", "男")[int(certno[16]) % 2] if born else ""
    pinyin_keys, sort_key = spelled(ref.name)
    return {
        "id": person_id,
        "scheme": scheme,
        "certno_cipher": keyring.seal(certno, f"person:certno:{person_id}"),
        "certno_hash": certno_hash,
        "certno_mask": mask_certno(certno),
        "name": ref.name,
        "name_key": name_key(ref.name),
        "pinyin_keys": list(pinyin_keys),
        "sort_key": sort_key,
        "gender": gender,
        "born_on": born,
        **_phone_columns(keyring, person_id, ref.phone),
        "died_on": None,
        "created_at": now,
    }


def _phone_columns(keyring: Keyring, person_id: uuid.UUID, phone: str) -> dict[str, Any]:
    if not phone:
        return {"phone_cipher": None, "phone_hash": None, "phone_mask": ""}
    return {
        "phone_cipher": keyring.seal(phone, f"person:phone:{person_id}"),
        "phone_hash": keyring.blind(phone, PHONE),
        "phone_mask": mask_phone(phone),
    }


def write_people(
    session: UnitSession, scheme: str, refs: Mapping[bytes, PersonRef], now: datetime
) -> dict[bytes, uuid.UUID]:
    """Make persons that do not exist yet; return each id by hash, also when somebody else was faster."""
    if not refs:
        return {}
    session.execute(text("CREATE TEMP TABLE IF NOT EXISTS arriving (LIKE person) ON COMMIT DELETE ROWS"))
    session.execute(text("TRUNCATE arriving"))
    rows = [
        person_row(session.keyring, scheme, refs[certno_hash], certno_hash, now)
        for certno_hash in sorted(refs)
    ]
    _copy_arriving(session, rows)
    session.execute(
        text(
            "INSERT INTO person SELECT * FROM arriving ORDER BY certno_hash"
            " ON CONFLICT (scheme, certno_hash) DO NOTHING"
        )
    )
    return known_people(session, scheme, list(refs))


def _copy_arriving(session: UnitSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """COPY new persons into the temporary table; arrays go as arrays, not as JSON."""
    connection = session.connection().connection.driver_connection
    if connection is None:
        raise RuntimeError("the session has no open connection")
    columns = list(rows[0])
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL("COPY arriving ({}) FROM STDIN").format(names)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row([row[column] for column in columns])


def update_people(session: UnitSession, people: Mapping[uuid.UUID, RosterRow]) -> None:
    """Give persons the name and telephone that the newest roster names; one statement for all."""
    if not people:
        return
    keyring = session.keyring
    columns: dict[str, list[Any]] = {
        key: [] for key in ("id", "name", "name_key", "keys", "sort", "cipher", "hash", "mask")
    }
    for person_id, row in people.items():
        phone = _phone_columns(keyring, person_id, row.tel)
        pinyin_keys, sort_key = spelled(row.name)
        values = (
            person_id,
            row.name,
            row.name_key,
            " ".join(pinyin_keys),
            sort_key,
            phone["phone_cipher"],
            phone["phone_hash"],
            phone["phone_mask"],
        )
        for column, value in zip(columns.values(), values, strict=True):
            column.append(value)
    session.execute(
        text(
            """
            UPDATE person p
               SET name = n.name, name_key = n.name_key, pinyin_keys = string_to_array(n.keys, ' '),
                   sort_key = n.sort,
                   phone_cipher = CASE WHEN n.hash IS NULL OR n.hash = p.phone_hash
                                       THEN p.phone_cipher ELSE n.cipher END,
                   phone_mask = CASE WHEN n.hash IS NULL THEN p.phone_mask ELSE n.mask END,
                   phone_hash = coalesce(n.hash, p.phone_hash)
              FROM unnest(CAST(:id AS uuid[]), CAST(:name AS text[]), CAST(:name_key AS text[]),
                          CAST(:keys AS text[]), CAST(:sort AS text[]), CAST(:cipher AS bytea[]),
                          CAST(:hash AS bytea[]), CAST(:mask AS text[]))
                   AS n(id, name, name_key, keys, sort, cipher, hash, mask)
             WHERE p.id = n.id
               AND (p.name <> n.name OR (n.hash IS NOT NULL AND n.hash IS DISTINCT FROM p.phone_hash))
            """
        ),
        columns,
    )


def write_accounts(
    session: UnitSession, people: Mapping[uuid.UUID, RosterRow], import_id: uuid.UUID, now: datetime
) -> None:
    """Note the bank account that the roster names; a newer one supersedes the roster's former one."""
    named = {person_id: row for person_id, row in people.items() if row.account}
    if not named:
        return
    keyring = session.keyring
    statement = text(
        "SELECT id, person_id, account_hash, bank, holder FROM payee_account"
        " WHERE person_id = ANY(:ids) AND superseded_at IS NULL AND source ->> 'kind' = 'roster'"
    )
    current = {row.person_id: row for row in session.execute(statement, {"ids": list(named)})}
    fresh: list[dict[str, Any]] = []
    replaced: list[uuid.UUID] = []
    for person_id, row in named.items():
        account_hash = keyring.blind(row.account, ACCOUNT)
        holder = row.holder or row.name
        known = current.get(person_id)
        if known is not None:
            if (bytes(known.account_hash), known.bank, known.holder) == (account_hash, row.bank, holder):
                continue
            replaced.append(known.id)
        account_id = new_id()
        fresh.append(
            {
                "id": account_id,
                "person_id": person_id,
                "holder": holder,
                "bank": row.bank,
                "account_cipher": keyring.seal(row.account, f"payee_account:account:{account_id}"),
                "account_hash": account_hash,
                "account_tail": row.account[-4:],
                "source": {"kind": "roster", "import_id": str(import_id), "sheet": row.sheet, "row": row.row},
                "valid_from": now,
                "superseded_at": None,
            }
        )
    if replaced:
        session.execute(
            text("UPDATE payee_account SET superseded_at = :now WHERE id = ANY(:ids)"),
            {"now": now, "ids": replaced},
        )
    copy_rows(session, PayeeAccount, fresh)


def hashes_of(keyring: Keyring, refs: Sequence[PersonRef]) -> list[bytes]:
    """Return the hash under which each person number is found."""
    return [keyring.blind(ref.certno, CERTNO) for ref in refs]
