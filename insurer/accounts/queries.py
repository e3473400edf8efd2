"""Reads about staff, their sessions and tokens."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import DateTime, LargeBinary, bindparam, select, text
from sqlalchemy.orm import Session

from insurer.accounts.permissions import PERMISSIONS, held_by
from insurer.accounts.rules import normal_login
from insurer.accounts.tables import ApiToken, Staff
from insurer.kernel.errors import NotFound
from insurer.platform.audit import Actor

TOUCH_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class StaffView:
    """A member of staff as pages and commands show one."""

    id: uuid.UUID
    login: str
    name: str
    roles: frozenset[str]
    active: bool
    row_density: str = "middle"
    single_keys: bool = True

    def actor(self, request_id: str = "") -> Actor:
        """Return this member of staff as the one who acts."""
        return Actor("staff", str(self.id), self.name, self.roles, request_id)


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session that is still good: whose it is and when it ends, idle or not."""

    staff: StaffView
    ends_idle_at: datetime
    expires_at: datetime


def token_hash(token: str) -> bytes:
    """Return what the database keeps of a random token; it has 256 bits, so one plain hash is enough."""
    return sha256(token.encode()).digest()


_FIND_SESSION = text(
    """
    WITH found AS (
        SELECT s.token_hash, s.seen_at, s.expires_at, f.id, f.login, f.name, f.roles, f.active,
               f.row_density, f.single_keys
          FROM staff_session s JOIN staff f ON f.id = s.staff_id
         WHERE s.token_hash = :token AND s.expires_at > :now AND s.seen_at > :idle_since AND f.active
    ), due AS (
        SELECT s.token_hash FROM staff_session s JOIN found USING (token_hash)
         WHERE :touch AND s.seen_at <= :touch_before
           FOR NO KEY UPDATE OF s SKIP LOCKED
    ), touched AS (
        UPDATE staff_session s SET seen_at = :now FROM due WHERE s.token_hash = due.token_hash
    )
    SELECT * FROM found
    """
).bindparams(
    bindparam("token", type_=LargeBinary),
    bindparam("now", type_=DateTime(timezone=True)),
    bindparam("idle_since", type_=DateTime(timezone=True)),
    bindparam("touch_before", type_=DateTime(timezone=True)),
)


def find_session(
    session: Session, token: str, *, now: datetime, idle_minutes: int, touch: bool = True
) -> OpenSession | None:
    """Return the open session of a token; one statement, which notes the visit at most once a minute.

    ``touch=False`` is for requests that nobody made by hand: they do not keep a session alive.
    """
    idle = timedelta(minutes=idle_minutes)
    values: dict[str, Any] = {
        "token": token_hash(token),
        "now": now,
        "idle_since": now - idle,
        "touch_before": now - TOUCH_EVERY,
        "touch": touch,
    }
    row = session.execute(_FIND_SESSION, values).one_or_none()
    if row is None:
        return None
    staff = StaffView(
        row.id, row.login, row.name, frozenset(row.roles), row.active, row.row_density, row.single_keys
    )
    seen = now if touch else row.seen_at
    return OpenSession(staff, min(seen + idle, row.expires_at), row.expires_at)


def find_client(session: Session, token: str, *, now: datetime, request_id: str = "") -> Actor | None:
    """Return the API client of a bearer token, with the permissions it and its owner share."""
    statement = (
        select(ApiToken.id, ApiToken.client, ApiToken.scopes, ApiToken.owner_id, Staff.roles)
        .join(Staff, Staff.id == ApiToken.owner_id)
        .where(
            ApiToken.token_hash == token_hash(token),
            ApiToken.revoked_at.is_(None),
            ApiToken.expires_at > now,
            Staff.active,
        )
    )
    row = session.execute(statement).one_or_none()
    if row is None:
        return None
    permitted = frozenset(row.scopes) & held_by(frozenset(row.roles))
    return Actor("client", str(row.id), row.client, permitted, request_id, str(row.owner_id))


def staff_by_login(session: Session, login: str) -> StaffView:
    """Return the account of a sign-in name; :class:`NotFound` when there is none."""
    row = session.scalar(select(Staff).where(Staff.login == normal_login(login)))
    if row is None:
        raise NotFound(f"没有登录名为“{login}”的账号")
    return _view(row)


def list_staff(session: Session) -> list[StaffView]:
    """Return every account, by sign-in name."""
    return [_view(row) for row in session.scalars(select(Staff).order_by(Staff.login))]


def find_staff(session: Session, staff_id: uuid.UUID) -> StaffView | None:
    """Return one member of staff, active or not; ``None`` for an unknown id."""
    row = session.get(Staff, staff_id)
    return None if row is None else _view(row)


def staff_names(session: Session, ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Return names by staff id, for time lines and lists."""
    rows = session.execute(select(Staff.id, Staff.name).where(Staff.id.in_(set(ids))))
    return {row.id: row.name for row in rows}


def staff_who_may(session: Session, permission: str) -> list[StaffView]:
    """Return the active members of staff who hold a permission, by name: whom to ask instead."""
    roles = sorted(PERMISSIONS[permission])
    statement = select(Staff).where(Staff.active, Staff.roles.overlap(roles)).order_by(Staff.name)
    return [_view(row) for row in session.scalars(statement)]


def _view(row: Staff) -> StaffView:
    return StaffView(
        row.id, row.login, row.name, frozenset(row.roles), row.active, row.row_density, row.single_keys
    )
