"""What is done with accounts: making them, signing in and out, ending them, giving tokens to programs."""

import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from insurer.accounts import rules
from insurer.accounts.passwords import hash_password, is_outdated, matches
from insurer.accounts.permissions import PERMISSIONS, held_by, require, role_problems
from insurer.accounts.queries import StaffView, token_hash
from insurer.accounts.tables import ApiToken, SignInAttempt, Staff, StaffSession
from insurer.kernel.errors import Conflict, Invalid, NotFound, Problem
from insurer.platform.audit import Actor, note
from insurer.platform.db import UnitSession
from insurer.platform.ids import new_id

TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class SignIn:
    """The answer to a sign-in: a token for the cookie, or since when one may try again."""

    token: str | None = None
    staff: StaffView | None = None
    expires_at: datetime | None = None
    wait_until: datetime | None = None


def create_staff(
    session: UnitSession,
    *,
    actor: Actor,
    login: str,
    name: str,
    roles: Iterable[str],
    password: str,
    now: datetime,
) -> uuid.UUID:
    """Make an account; :class:`Invalid` names each problem, :class:`Conflict` a login that is taken."""
    require(actor, "accounts.manage")
    login, name, wanted = rules.normal_login(login), name.strip(), sorted(set(roles))
    problems = rules.login_problems(login) + role_problems(wanted)
    problems += [] if name else [Problem("name", "请写姓名，页面和日志上要显示")]
    problems += rules.password_problems(password, login=login, name=name)
    if problems:
        raise Invalid("账号没有建。请改好下面几处再试", tuple(problems))
    staff = Staff(
        id=new_id(),
        login=login,
        name=name,
        roles=wanted,
        password_hash=hash_password(password),
        active=True,
        created_at=now,
    )
    try:
        with session.begin_nested():  # a taken login must not end the caller's transaction
            session.add(staff)
    except IntegrityError as error:
        raise Conflict(f"登录名“{login}”已经有人用了，请换一个") from error
    note(session, actor, "account:staff:created", ("staff", staff.id), now=now, data={"roles": wanted})
    return staff.id


def set_password(
    session: UnitSession, *, actor: Actor, staff_id: uuid.UUID, password: str, now: datetime
) -> None:
    """Give an account a new password and end all its sessions; staff may change their own."""
    if actor.staff_id != staff_id:
        require(actor, "accounts.manage")
    staff = _lock(session, staff_id)
    problems = rules.password_problems(password, login=staff.login, name=staff.name)
    if problems:
        raise Invalid("口令没有改。请换一个再试", tuple(problems))
    staff.password_hash = hash_password(password)
    _end_sessions(session, staff_id)
    note(session, actor, "account:password:changed", ("staff", staff_id), now=now)


def change_roles(
    session: UnitSession, *, actor: Actor, staff_id: uuid.UUID, roles: Iterable[str], now: datetime
) -> None:
    """Give an account other roles; its sessions end, so that the new roles hold at once."""
    require(actor, "accounts.manage")
    wanted = sorted(set(roles))
    if problems := role_problems(wanted):
        raise Invalid("岗位没有改。请改好再试", tuple(problems))
    staff = _lock(session, staff_id)
    before, staff.roles = list(staff.roles), wanted
    _end_sessions(session, staff_id)
    data = {"before": before, "after": wanted}
    note(session, actor, "account:roles:changed", ("staff", staff_id), now=now, data=data)


def deactivate(session: UnitSession, *, actor: Actor, staff_id: uuid.UUID, now: datetime) -> None:
    """End an account: no sign-in any more, every session and token of it ends; repeating it is harmless."""
    require(actor, "accounts.manage")
    staff = _lock(session, staff_id)
    if not staff.active:
        return
    staff.active = False
    _end_sessions(session, staff_id)
    live = (ApiToken.owner_id == staff_id, ApiToken.revoked_at.is_(None))
    session.execute(update(ApiToken).where(*live).values(revoked_at=now))
    note(session, actor, "account:staff:deactivated", ("staff", staff_id), now=now)


def sign_in(
    session: UnitSession,
    *,
    login: str,
    password: str,
    address: str,
    now: datetime,
    session_hours: int,
    request_id: str = "",
) -> SignIn:
    """Check a name and a password and open a session; nobody acts yet, so there is no actor.

    The caller commits whatever the answer is: a wrong try must be counted. The count is locked before the
    password is compared, so that parallel guesses are counted one by one. An unknown name costs the same
    work and gets the same answer as a wrong password.
    """
    login = rules.normal_login(login)
    login_hash = session.keyring.blind(login, "sign_in")
    failures, last_at = _lock_attempts(session, login_hash, address, now)
    wait_until = rules.waits_until(failures, last_at)
    if wait_until is not None and wait_until > now:
        return SignIn(wait_until=wait_until)

    staff = session.scalar(select(Staff).where(Staff.login == login, Staff.active))
    if not matches(staff.password_hash if staff else None, password) or staff is None:
        where = (SignInAttempt.login_hash == login_hash, SignInAttempt.address == address)
        failures += 1
        session.execute(update(SignInAttempt).where(*where).values(failures=failures, last_at=now))
        nobody = Actor("anonymous", "-", "未登录", request_id=request_id)
        subject = ("staff", staff.id) if staff else ("login", login_hash.hex()[:16])
        note(session, nobody, "account:sign_in:refused", subject, now=now, data={"failures": failures})
        return SignIn(wait_until=rules.waits_until(failures, now))

    if is_outdated(staff.password_hash):
        staff.password_hash = hash_password(password)
    session.execute(
        delete(SignInAttempt).where(SignInAttempt.login_hash == login_hash, SignInAttempt.address == address)
    )
    token = secrets.token_urlsafe(TOKEN_BYTES)
    expires_at = now + timedelta(hours=session_hours)
    session.add(
        StaffSession(
            token_hash=token_hash(token),
            staff_id=staff.id,
            created_at=now,
            seen_at=now,
            expires_at=expires_at,
        )
    )
    # Whoever signs in tidies up: ended sessions and forgotten tries are of no use to anybody.
    session.execute(delete(StaffSession).where(StaffSession.expires_at < now))
    session.execute(delete(SignInAttempt).where(SignInAttempt.last_at < now - rules.FORGOTTEN_AFTER))
    view = StaffView(staff.id, staff.login, staff.name, frozenset(staff.roles), True)
    note(session, view.actor(request_id), "account:session:opened", ("staff", staff.id), now=now)
    return SignIn(token=token, staff=view, expires_at=expires_at)


def sign_out(session: UnitSession, *, actor: Actor, token: str, now: datetime) -> None:
    """End the session of a token; a token that is not known any more is fine."""
    ended = session.execute(
        delete(StaffSession)
        .where(StaffSession.token_hash == token_hash(token))
        .returning(StaffSession.staff_id)
    ).one_or_none()
    if ended is not None:
        note(session, actor, "account:session:closed", ("staff", ended.staff_id), now=now)


def issue_token(
    session: UnitSession,
    *,
    actor: Actor,
    owner_id: uuid.UUID,
    client: str,
    scopes: Iterable[str],
    days: int,
    now: datetime,
) -> str:
    """Make a bearer token for a program; it is returned once and only its hash is kept.

    :class:`Invalid` when a scope is unknown or the owner does not hold it.
    """
    require(actor, "accounts.manage")
    owner = _lock(session, owner_id)
    wanted = sorted(set(scopes))
    held = held_by(frozenset(owner.roles))
    problems = [Problem("scopes", f"没有“{scope}”这个权限名") for scope in wanted if scope not in PERMISSIONS]
    problems += [
        Problem("scopes", f"“{scope}”超出了这个账号自己的岗位")
        for scope in wanted
        if scope in PERMISSIONS and scope not in held
    ]
    problems += [] if wanted else [Problem("scopes", "请至少写一个权限，例如 claims.view")]
    problems += [] if client.strip() else [Problem("client", "请写是哪个系统用")]
    problems += [] if 1 <= days <= 730 else [Problem("days", "有效天数写 1 到 730")]
    problems += [] if owner.active else [Problem("login", "这个账号已经停用")]
    if problems:
        raise Invalid("令牌没有发。请改好下面几处再试", tuple(problems))
    token, token_id = secrets.token_urlsafe(TOKEN_BYTES), new_id()
    session.add(
        ApiToken(
            id=token_id,
            token_hash=token_hash(token),
            client=client.strip(),
            owner_id=owner_id,
            scopes=wanted,
            created_at=now,
            expires_at=now + timedelta(days=days),
            revoked_at=None,
        )
    )
    data = {"owner": str(owner_id), "scopes": wanted, "days": days}
    note(session, actor, "account:token:issued", ("api_token", token_id), now=now, data=data)
    return token


def _lock(session: UnitSession, staff_id: uuid.UUID) -> Staff:
    staff = session.scalar(select(Staff).where(Staff.id == staff_id).with_for_update())
    if staff is None:
        raise NotFound("没有这个账号")
    return staff


def _end_sessions(session: UnitSession, staff_id: uuid.UUID) -> None:
    session.execute(delete(StaffSession).where(StaffSession.staff_id == staff_id))


def _lock_attempts(
    session: UnitSession, login_hash: bytes, address: str, now: datetime
) -> tuple[int, datetime]:
    """Lock the counter of an account and an address; return the failures that count and the last one."""
    fresh = insert(SignInAttempt).values(login_hash=login_hash, address=address, failures=0, last_at=now)
    session.execute(fresh.on_conflict_do_nothing())
    where = (SignInAttempt.login_hash == login_hash, SignInAttempt.address == address)
    row = session.execute(
        select(SignInAttempt.failures, SignInAttempt.last_at).where(*where).with_for_update()
    ).one()
    return rules.failures_now(row.failures, row.last_at, now), row.last_at
