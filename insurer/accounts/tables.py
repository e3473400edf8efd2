"""Staff accounts, their sessions, and the tokens of programs that act for them."""

import uuid
from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from insurer.platform.db import Base


class Staff(Base):
    """A person who may sign in: at the insurer or at the bureau."""

    __tablename__ = "staff"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text))
    password_hash: Mapped[str] = mapped_column(Text)
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    created_at: Mapped[datetime]
    row_density: Mapped[str] = mapped_column(Text, default="middle", server_default="middle")
    single_keys: Mapped[bool] = mapped_column(Boolean, default=True, server_default="true")


class SignInAttempt(Base):
    """Failed sign-ins of an account name from an address, for the growing delay."""

    __tablename__ = "sign_in_attempt"

    login_hash: Mapped[bytes] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(Text, primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime]


class StaffSession(Base):
    """A signed-in browser; the cookie holds a random token, the table its hash only."""

    __tablename__ = "staff_session"
    __table_args__ = (Index("ix_staff_session_staff_id", "staff_id"),)

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class ApiToken(Base):
    """A program that may call the API on behalf of a member of staff; the table has the token's hash only.

    ``scopes`` are permission names; a token never reaches further than its owner does.
    """

    __tablename__ = "api_token"
    __table_args__ = (Index("ix_api_token_owner_id", "owner_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    client: Mapped[str] = mapped_column(Text)
    owner_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"))
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
