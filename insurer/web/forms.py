"""Forms that have one effect, however often the button is pressed."""

import json
import secrets
from collections.abc import Callable
from typing import Final

from flask import g, redirect, request
from markupsafe import Markup
from werkzeug.wrappers import Response

from insurer.kernel.errors import Conflict, Invalid
from insurer.platform.idempotency import Answer, once

FIELD: Final = "form_key"
_NOT_CONTENT: Final = frozenset({FIELD, "csrf_token", "opened"})


def new_form_key() -> str:
    """Return a key for one filling-in of one form; the page carries it in the hidden field ``form_key``."""
    return secrets.token_urlsafe(16)


def form_key() -> Markup:
    """Return the hidden field with a fresh key, for templates that have no shell."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, new_form_key())


def once_per_form(act: Callable[[], str]) -> Response:
    """Run ``act`` once for the form that was sent and go to the address it returns.

    A double click, a repeated request after a lost answer, a reload: all get the first one's address.
    :class:`Invalid` without a key; :class:`Conflict` when the form came a second time with other content.
    """
    if request.form.get("kept"):
        raise Invalid("登录以前填的内容没有写入。请回到那一页，对照着再填一次")
    key = request.form.get(FIELD, "")
    if not 16 <= len(key) <= 64:
        raise Invalid("这一页不完整，没有写入。请刷新这一页再填一次")
    ran = False

    def run() -> Answer:
        nonlocal ran
        ran = True
        return Answer(303, {"location": act()})

    who = g.actor.id if g.actor is not None else "-"
    try:
        answer = once(
            g.session, scope=f"form:{who}:{request.path}", key=key, request=_content(), now=g.now, act=run
        )
    except Invalid as error:
        if ran:
            raise
        raise Conflict("这一页已经交过一次。请刷新，看看已经办成的结果，再改要改的") from error
    return redirect(str(answer.body["location"]), 303)


def _content() -> bytes:
    """Return what was sent, without the guards: fields in order, files by name and size."""
    fields = [(name, value) for name, value in request.form.items(multi=True) if name not in _NOT_CONTENT]
    files = []
    for name, file in request.files.items(multi=True):
        size = file.stream.seek(0, 2)
        file.stream.seek(0)
        files.append((name, file.filename, size))
    return json.dumps([fields, files], ensure_ascii=False).encode()
