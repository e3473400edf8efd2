"""Every route says who may use it; a route that does not cannot exist.

:func:`page` and :func:`api` are the only ways to make a route. Before a view runs, :func:`admit` finds out
who asks, checks the form guard on everything that changes something, and compares the permission.
"""

import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeVar
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Flask, current_app, g, redirect, request
from werkzeug.exceptions import BadRequest, HTTPException, Unauthorized
from werkzeug.wrappers import Response

from insurer.accounts.permissions import PERMISSIONS, require
from insurer.accounts.queries import find_client, find_session
from insurer.platform import clock
from insurer.platform.logs import get_logger
from insurer.web.units import runtime

PUBLIC: Final = "public"
"""Instead of a permission: anybody may use the route, signed in or not."""

SIGN_IN_PATH: Final = "/sign-in"

_UNSAFE: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_LOCAL_PATH = re.compile(r"/(?![/\\])[^\s\\]*")

View = TypeVar("View", bound=Callable[..., Any])
log = get_logger("insurer.web")


@dataclass(frozen=True, slots=True)
class Access:
    """What a route declares.

    ``limit`` is a rate such as ``30/minute`` for one member of staff or address; ``keeps_alive=False``
    marks requests that a page makes by itself; ``shows_pdf`` lets the page frame our own PDF.
    """

    kind: Literal["page", "api"]
    permission: str
    limit: str = ""
    keeps_alive: bool = True
    shows_pdf: bool = False


def page(
    blueprint: Blueprint,
    rule: str,
    *,
    permission: str,
    methods: Sequence[str] = ("GET",),
    endpoint: str | None = None,
    limit: str = "",
    keeps_alive: bool = True,
    shows_pdf: bool = False,
) -> Callable[[View], View]:
    """Declare a page: signed-out readers are sent to the sign-in page, refusals are pages."""
    access = Access("page", permission, limit, keeps_alive, shows_pdf)
    return _route(blueprint, rule, access, methods, endpoint)


def api(
    blueprint: Blueprint,
    rule: str,
    *,
    permission: str,
    methods: Sequence[str] = ("GET",),
    endpoint: str | None = None,
    limit: str = "",
) -> Callable[[View], View]:
    """Declare a route of the JSON interface: bearer token or session, refusals are problem details."""
    return _route(blueprint, rule, Access("api", permission, limit), methods, endpoint)


def _route(
    blueprint: Blueprint, rule: str, access: Access, methods: Sequence[str], endpoint: str | None
) -> Callable[[View], View]:
    if access.permission != PUBLIC and access.permission not in PERMISSIONS:
        raise LookupError(f"{rule}: there is no permission {access.permission!r}")

    def declare(view: View) -> View:
        known = getattr(view, "access", None)
        if known is not None and known != access:
            raise TypeError(f"{rule}: one view, two declarations of access")
        view.access = access  # type: ignore[attr-defined]
        blueprint.add_url_rule(rule, endpoint, view, methods=list(methods))
        return view

    return declare


def access_of(app: Flask, endpoint: str | None) -> Access | None:
    """Return what the route of an endpoint declares, ``None`` when it declares nothing."""
    view = app.view_functions.get(endpoint or "")
    return getattr(view, "access", None)


def check_all_declared(app: Flask) -> None:
    """Refuse to start with a route that does not declare its permission."""
    silent = sorted(
        f"{rule.rule} ({rule.endpoint})"
        for rule in app.url_map.iter_rules()
        if access_of(app, rule.endpoint) is None
    )
    if silent:
        raise RuntimeError("routes without a declared permission: " + ", ".join(silent))


def begin() -> None:
    """Give the request its time, its number and, for now, nobody who acts."""
    offered = request.headers.get("X-Request-ID", "")
    g.request_id = offered if re.fullmatch(r"[\w-]{8,64}", offered) else uuid.uuid4().hex
    g.now = clock.now()
    g.actor = None
    g.staff = None
    g.signed_in = None


def admit() -> Response | None:
    """Let the request pass, send it to the sign-in page, or refuse it; the default is to refuse."""
    if request.routing_exception is not None:
        identify(keeps_alive=False)  # no such page, or not this method: the table of errors answers
        return None
    if any("\0" in value for value in (request.path, *request.args.values(), *request.form.values())):
        raise BadRequest  # no page asks for it, and no text column can hold it
    access = access_of(current_app, request.endpoint)
    if access is None:
        raise RuntimeError(f"{request.endpoint} declares no permission")
    if access.kind == "api" and access.permission == PUBLIC:
        return None  # health and description: the same for everybody, also while the database is away
    token = _bearer_token() if access.kind == "api" else None
    if token is not None:
        g.actor = find_client(g.session, token, now=g.now, request_id=g.request_id)
    else:
        identify(keeps_alive=access.keeps_alive)
    if access.permission != PUBLIC and g.actor is None and access.kind == "api":
        raise Unauthorized("请先登录，或带上有效的令牌")
    if request.method in _UNSAFE and token is None:
        current_app.extensions["csrf"].protect()
    if access.permission == PUBLIC:
        return None
    if g.actor is None:
        if request.method in _UNSAFE:
            answer: Response | None = current_app.extensions[LATE_FORM]()
            if answer is not None:
                return answer
        return redirect(f"{SIGN_IN_PATH}?{urlencode({'next': way_back()})}", 303)
    require(g.actor, access.permission)
    return None


LATE_FORM: Final = "late_form"
"""Name of the extension that answers a form sent after the session ended; signing in registers it."""


def identify(*, keeps_alive: bool = True) -> None:
    """Find out from the session cookie who asks: sets ``g.actor``, ``g.staff`` and ``g.signed_in``."""
    token = _session_token()
    if not token:
        return
    idle = runtime().settings.idle_minutes
    opened = find_session(g.session, token, now=g.now, idle_minutes=idle, touch=keeps_alive)
    if opened is not None:
        g.signed_in, g.staff = opened, opened.staff
        g.actor = opened.staff.actor(g.request_id)


def _session_token() -> str:
    return request.cookies.get(current_app.config["STAFF_COOKIE"], "")


def _bearer_token() -> str | None:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else None


def way_back() -> str:
    """Return where to go after signing in: this page, or the page whose form was sent."""
    if request.method not in _UNSAFE:
        return local_path(request.full_path.rstrip("?"))
    came_from = urlsplit(request.referrer or "")
    if came_from.netloc != request.host:
        return "/"
    return local_path(came_from.path + (f"?{came_from.query}" if came_from.query else ""))


def page_above(path: str) -> str:
    """Return the nearest page at or above an address to which only forms go: that of the case, the batch."""
    adapter = current_app.create_url_adapter(request)
    while adapter is not None and path.strip("/"):
        try:
            adapter.match(path, "GET")
        except HTTPException:
            path = path.rpartition("/")[0] or "/"
        else:
            return local_path(path)
    return "/"


def local_path(wanted: str | None) -> str:
    """Return ``wanted`` when it is a path of ours, else ``/``: nobody is sent to another site."""
    return wanted if wanted and _LOCAL_PATH.fullmatch(wanted) and wanted.isprintable() else "/"
