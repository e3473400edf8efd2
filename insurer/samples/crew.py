"""The invented staff of the demonstration: one login for each post, and a bureau contact."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select

from insurer.accounts.operations import create_staff
from insurer.accounts.tables import Staff
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession

PASSWORD: Final = "sample-desk-2026"  # noqa: S105 - printed for everybody, sample data only
SHELL: Final = Actor("admin_shell", "demo", "演示准备", frozenset())


@dataclass(frozen=True, slots=True)
class Post:
    """A sample login: who, and in which roles."""

    login: str
    name: str
    roles: tuple[str, ...]
    word: str


POSTS: Final = (
    Post("chenmin", "陈敏", ("clerk",), "受理、初审"),
    Post("liwenjing", "李文静", ("clerk",), "初审"),
    Post("wangjianguo", "王建国", ("reviewer",), "复核"),
    Post("guxiaoyan", "顾晓燕", ("supervisor",), "主管"),
    Post("suntao", "孙涛", ("finance",), "财务制单"),
    Post("zhoumei", "周梅", ("finance",), "财务放行"),
    Post("shenji", "申继红", ("auditor",), "审计"),
    Post("xuyan", "许言", ("officer",), "政策专员"),
    Post("renshe", "任社恒", ("bureau",), "人社局"),
    Post("admin", "管理员", ("admin",), "系统管理"),
)


def hire(session: UnitSession, *, now: datetime) -> Mapping[str, Actor]:
    """Make the sample logins that are not there yet; returns an actor for each login."""
    known = set(session.scalars(select(Staff.login)))
    for post in POSTS:
        if post.login not in known:
            create_staff(
                session,
                actor=SHELL,
                login=post.login,
                name=post.name,
                roles=post.roles,
                password=PASSWORD,
                now=now,
            )
    return {
        staff.login: Actor("staff", str(staff.id), staff.name, frozenset(staff.roles))
        for staff in session.scalars(select(Staff))
    }
