"""Signing in and out."""

import math
from datetime import datetime

from flask import Blueprint, current_app, g, make_response, redirect, render_template, request, session
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from insurer.accounts import operations
from insurer.web import kept
from insurer.web.access import LATE_FORM, PUBLIC, SIGN_IN_PATH, local_path, page, way_back
from insurer.web.units import runtime
from insurer.worklists.views import paths
from insurer.worklists.views.elements import Trouble
from insurer.worklists.views.refusals import KeptForm, SignInPage

blueprint = Blueprint("sign_in", __name__)

WRONG = "用户名和口令对不上。请核对后再试"


@page(blueprint, SIGN_IN_PATH, permission=PUBLIC)
def show_sign_in() -> ResponseReturnValue:
    """Show the form; who is signed in already goes on."""
    wanted = local_path(request.args.get("next"))
    if g.actor is not None:
        return redirect(wanted, 303)
    message = "登录后接着看刚才那一页。" if wanted != paths.HOME else ""
    return render_template("pages/accounts/sign_in.html", page=SignInPage(next=wanted, message=message))


@page(blueprint, SIGN_IN_PATH, permission=PUBLIC, methods=["POST"], limit="60/minute")
def try_sign_in() -> ResponseReturnValue:
    """Check name and password; a wrong try is counted in a transaction of its own, for this one fails."""
    login, password = request.form.get("login", "")[:64], request.form.get("password", "")[:1024]
    form = kept.read(request.form.get(kept.FIELD, ""))
    wanted = local_path(request.form.get("next"))
    if not login.strip() or not password:
        missing = Trouble("login", "请填用户名") if not login.strip() else Trouble("password", "请填口令")
        return _form(login, wanted, missing, 422)
    settings = runtime().settings
    with runtime().transaction() as unit:
        result = operations.sign_in(
            unit,
            login=login,
            password=password,
            address=request.remote_addr or "-",
            now=g.now,
            session_hours=settings.session_hours,
            request_id=g.request_id,
        )
    if result.token is None:
        return _refused(login, wanted, result.wait_until)
    old = request.cookies.get(current_app.config["STAFF_COOKIE"])
    if old and result.staff is not None:  # one browser, one session
        operations.sign_out(g.session, actor=result.staff.actor(g.request_id), token=old, now=g.now)
    session.clear()  # the form guard of the time before signing in ends with it
    response = redirect(wanted, 303) if form is None else _go_on(form)
    set_staff_cookie(response, result.token)
    return response


def sign_in_and_go_on() -> Response | None:
    """Return the sign-in page for a form that came too late; ``None`` when nothing was entered in it."""
    form = kept.form_kept()
    if form is None:
        return None
    message = "登录时间到了。您填的内容还在，登录后接着办。"
    view = SignInPage(next=way_back(), message=message, kept=kept.written(form))
    response = make_response(render_template("pages/accounts/sign_in.html", page=view), 401)
    response.headers["Cache-Control"] = "no-store"
    return response


blueprint.record_once(lambda state: state.app.extensions.setdefault(LATE_FORM, sign_in_and_go_on))


def _go_on(form: KeptForm) -> Response:
    """Show what was entered before signing in; one press brings it back to its own page."""
    response = make_response(render_template("pages/accounts/go_on.html", page=form))
    response.headers["Cache-Control"] = "no-store"
    return response


@page(blueprint, "/sign-out", permission=PUBLIC, methods=["POST"])
def sign_out() -> ResponseReturnValue:
    """End the session on the server and in the browser."""
    token = request.cookies.get(current_app.config["STAFF_COOKIE"])
    if token and g.actor is not None:
        operations.sign_out(g.session, actor=g.actor, token=token, now=g.now)
    session.clear()
    response = redirect(SIGN_IN_PATH, 303)
    set_staff_cookie(response, "")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def set_staff_cookie(response: Response, token: str) -> None:
    """Give the browser the token, or take it away; scripts cannot read it, other sites cannot send it."""
    response.set_cookie(
        current_app.config["STAFF_COOKIE"],
        token,
        max_age=None if token else 0,
        secure=runtime().settings.secure_cookies,
        httponly=True,
        samesite="Lax",
        path="/",
    )


def _refused(login: str, wanted: str, wait_until: datetime | None) -> Response:
    if wait_until is None:
        return _form(login, wanted, Trouble("login", WRONG), 422)
    seconds = max(1, math.ceil((wait_until - g.now).total_seconds()))
    words = f"试了太多次，请 {math.ceil(seconds / 60)} 分钟后再试，或请系统管理员重设口令"
    response = _form(login, wanted, Trouble("", words), 429)
    response.headers["Retry-After"] = str(seconds)
    return response


def _form(login: str, wanted: str, trouble: Trouble, status: int) -> Response:
    form = kept.read(request.form.get(kept.FIELD, ""))
    carried = kept.written(form) if form is not None else ""
    view = SignInPage(login=login, next=wanted, troubles=(trouble,), kept=carried)
    return make_response(render_template("pages/accounts/sign_in.html", page=view), status)
