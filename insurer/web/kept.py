"""What somebody typed is not lost when the sign-in had ended, or when a form is refused.

A form that comes after the end of a session is answered by the sign-in page, which carries the form's
fields. After signing in one press brings them back to their own page, where nothing was done yet.
"""

import json
from typing import Final

from flask import request
from werkzeug.exceptions import HTTPException

from insurer.web.access import SIGN_IN_PATH, local_path
from insurer.worklists.views.refusals import KeptForm

FIELD: Final = "kept"
"""The field of the sign-in form that carries the other form; ``kept=1`` asks a page for its form back."""

MOST_CHARACTERS: Final = 20_000

_GUARDS: Final = frozenset({"csrf_token", "form_key", "version", "opened", FIELD})
_SECRET: Final = frozenset({"password", "code"})
_WORDS: Final = {"opinion": "意见", "reason": "原因或理由"}
"""The fields in which people write sentences."""


def form_kept() -> KeptForm | None:
    """Return the form of this request, ``None`` when there is nothing in it that somebody entered."""
    if request.method != "POST" or request.path == SIGN_IN_PATH or _SECRET & request.form.keys():
        return None
    fields = tuple(
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in _GUARDS and value.strip()
    )
    if not fields or sum(len(name) + len(value) for name, value in fields) > MOST_CHARACTERS:
        return None
    return KeptForm(local_path(request.full_path.rstrip("?")), fields, words_typed(), bool(request.files))


def words_typed() -> tuple[tuple[str, str], ...]:
    """Return the sentences of this request's form: label and text."""
    if request.method != "POST":
        return ()
    try:
        form = request.form
    except HTTPException:
        return ()  # too large or broken off: what could not be read cannot be given back
    return tuple(
        (label, form[name][:MOST_CHARACTERS]) for name, label in _WORDS.items() if form.get(name, "").strip()
    )


def written(form: KeptForm) -> str:
    """Return a form as the text of one field."""
    return json.dumps([form.action, form.fields, form.had_files], ensure_ascii=False)


def read(text: str) -> KeptForm | None:
    """Read :func:`written` again; ``None`` for anything else, for it comes back from a browser."""
    try:
        action, fields, had_files = json.loads(text[: MOST_CHARACTERS * 2])
        pairs = tuple((str(name), str(value)) for name, value in fields)
    except (ValueError, TypeError, RecursionError):
        return None
    action = local_path(action if isinstance(action, str) else "")
    if action == "/" or not pairs or any(name in _GUARDS | _SECRET for name, _ in pairs):
        return None
    words = tuple((label, value) for name, label in _WORDS.items() for one, value in pairs if one == name)
    return KeptForm(action, pairs, words, bool(had_files))
