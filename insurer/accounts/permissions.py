"""Who may do what: roles, and for each permission the roles that hold it."""

from collections.abc import Iterable
from typing import Final

from insurer.kernel.errors import NotAllowed, Problem
from insurer.platform.audit import Actor

ROLE_WORDS: Final[dict[str, str]] = {
    "clerk": "初审",
    "reviewer": "复核",
    "supervisor": "主管",
    "finance": "财务",
    "officer": "政策专员",
    "auditor": "审计",
    "bureau": "人社局",
    "admin": "系统管理",
}

_DESK: Final = frozenset({"clerk", "reviewer", "supervisor"})

PERMISSIONS: Final[dict[str, frozenset[str]]] = {
    "desk.view": _DESK | {"finance", "auditor"},
    "claims.view": _DESK | {"finance", "auditor"},
    "claims.register": frozenset({"clerk", "supervisor"}),
    "claims.accept": frozenset({"clerk", "supervisor"}),
    "claims.review": frozenset({"clerk", "supervisor"}),
    "claims.propose": frozenset({"clerk", "supervisor"}),
    "claims.assign": frozenset({"clerk", "supervisor"}),
    "claims.approve": frozenset({"reviewer", "supervisor"}),
    "claims.approve_large": frozenset({"supervisor"}),
    "claims.substitute": frozenset({"supervisor"}),
    "claims.archive": frozenset({"clerk", "supervisor"}),
    "claims.board": frozenset({"supervisor", "auditor"}),
    "calendar.view": _DESK | {"finance", "officer", "auditor"},
    "calendar.propose": frozenset({"supervisor", "officer"}),
    "calendar.approve": frozenset({"supervisor", "officer"}),
    "reviews.register": _DESK,
    "reviews.decide": frozenset({"reviewer", "supervisor"}),
    "payees.propose": frozenset({"clerk", "supervisor", "finance"}),
    "payees.approve": frozenset({"reviewer", "supervisor"}),
    "people.view": _DESK | {"finance", "auditor"},
    "people.reveal": _DESK | {"finance"},
    "people.tasks": _DESK,
    "rosters.view": _DESK | {"auditor", "bureau"},
    "rosters.stage": frozenset({"clerk", "supervisor", "bureau"}),
    "rosters.apply": frozenset({"clerk", "reviewer", "supervisor"}),
    "payments.view": _DESK | {"finance", "auditor"},
    "payments.batch": frozenset({"finance", "supervisor"}),
    "payments.release": frozenset({"finance", "supervisor"}),
    "payments.result": frozenset({"finance", "supervisor"}),
    "notices.view": _DESK | {"finance", "auditor"},
    "notices.print": _DESK,
    "lists.view": _DESK | {"officer", "auditor", "bureau"},
    "lists.propose": frozenset({"officer", "supervisor"}),
    "lists.approve": frozenset({"officer", "supervisor"}),
    "lists.report": _DESK | {"officer"},
    "audit.verify": frozenset({"auditor", "supervisor", "admin"}),
    "accounts.manage": frozenset({"admin"}),
    "calculate": _DESK | {"officer", "auditor", "bureau"},
    "signed_in": frozenset(ROLE_WORDS),
}
"""Permission name to the roles that hold it; system and administrators on the machine hold them all."""

FREE_ACTORS: Final = frozenset({"system", "admin_shell"})


def holds(actor: Actor, permission: str) -> bool:
    """Tell whether ``actor`` may use ``permission``; an unknown name is a programming error."""
    roles = PERMISSIONS[permission]
    if actor.kind == "client":  # an API client carries permissions, not roles
        return permission in actor.roles
    return actor.kind in FREE_ACTORS or bool(actor.roles & roles)


def held_by(roles: frozenset[str]) -> frozenset[str]:
    """Return the permissions that these roles give together."""
    return frozenset(name for name, holders in PERMISSIONS.items() if holders & roles)


def require(actor: Actor, permission: str) -> None:
    """Refuse with :class:`NotAllowed`, naming in Chinese who may do it."""
    if not holds(actor, permission):
        who = "、".join(word for role, word in ROLE_WORDS.items() if role in PERMISSIONS[permission])
        raise NotAllowed(f"您的岗位不能做这件事。可以做的岗位：{who}")


def role_problems(roles: Iterable[str]) -> list[Problem]:
    """Name each unknown role; at least one role is needed."""
    wanted = list(roles)
    known = "、".join(f"{role}（{word}）" for role, word in ROLE_WORDS.items())
    if not wanted:
        return [Problem("roles", f"请至少给一个岗位：{known}")]
    return [
        Problem("roles", f"没有“{role}”这个岗位。可用的有：{known}")
        for role in wanted
        if role not in ROLE_WORDS
    ]
