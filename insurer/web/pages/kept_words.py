"""Drafts of what is written about a case: kept while it is typed, and when its writer asks for it."""

import json
import re
from typing import Final

from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue

from insurer.claims.operations.kept_words import (
    LONGEST,
    KeptWords,
    drop_words,
    keep_words,
    words_kept,
)
from insurer.kernel.dates import SHANGHAI
from insurer.kernel.errors import NotFound
from insurer.web.access import page
from insurer.web.desk import form_text
from insurer.web.forms import once_per_form
from insurer.worklists.case_bar import case_id
from insurer.worklists.views import paths

blueprint = Blueprint("kept_words", __name__)

DECISION: Final = "decision"
_FORM: Final = re.compile(r"decision|finding-[0-9]{1,6}|matter-[a-z-]{1,30}")
_MATTER: Final = "matter-"
_NOT_TYPED: Final = frozenset({"csrf_token", "form_key", "version", "opened", "then"})
_MOST_OF_A_FIELD: Final = 4_000
_MOST_OF_A_FORM: Final = 20_000


def finding_form(line: str) -> str:
    """Return the name under which the reason of a judgement is kept."""
    return f"finding-{line}"


def matter_form(do: str) -> str:
    """Return the name under which a form of 相关事项 is kept."""
    return f"{_MATTER}{do}"


@page(
    blueprint,
    f"{paths.CASES}/<number>/words/<form>",
    permission="claims.view",
    methods=["POST"],
    limit="240/minute",
)
def keep(number: str, form: str) -> ResponseReturnValue:
    """Keep what is being written; a page that does so by itself gets the words for its state back."""
    if not _FORM.fullmatch(form):
        raise NotFound("没有这张表，请刷新后再试")
    claim_id, text, most = case_id(g.session, number), form_text("opinion") or form_text("reason"), LONGEST
    if form.startswith(_MATTER):
        text, most = _fields(), _MOST_OF_A_FORM
    common = {"actor": g.actor, "claim_id": claim_id, "form": form}
    then = form_text("then", 10)
    if then == "forget":
        return once_per_form(lambda: _dropped(number, form, common))
    if then == "draft":
        return once_per_form(lambda: _kept(number, form, text, {**common, "most": most}))
    at = keep_words(g.session, **common, text=text, now=g.now, most=most)
    return f"{at.astimezone(SHANGHAI):%H:%M} 已存草稿" if at else "还没有存"


def _kept(number: str, form: str, text: str, common: dict[str, object]) -> str:
    keep_words(g.session, **common, text=text, now=g.now)  # type: ignore[arg-type]
    return paths.with_query(_page_of(number, form), done="draft")


def _fields() -> str:
    """Return the typed fields of a form as JSON; empty when nothing was typed."""
    typed = {
        name[:40]: value[:_MOST_OF_A_FIELD]
        for name, value in request.form.items()
        if name not in _NOT_TYPED and value.strip()
    }
    text = json.dumps(typed, ensure_ascii=False) if typed else ""
    return text if len(text) <= _MOST_OF_A_FORM else ""


def fields_left(kept: KeptWords | None) -> dict[str, str]:
    """Return the fields of a kept form."""
    return {str(name): str(value) for name, value in json.loads(kept.text).items()} if kept else {}


def _dropped(number: str, form: str, common: dict[str, object]) -> str:
    drop_words(g.session, **common)  # type: ignore[arg-type]
    return paths.with_query(_page_of(number, form), done="forgotten")


def _page_of(number: str, form: str) -> str:
    if form == DECISION:
        return paths.case_href(number, "decision")
    if form.startswith(_MATTER):
        return paths.with_query(paths.case_href(number, "matters"), do=form.removeprefix(_MATTER))
    return paths.with_query(paths.case_href(number, "calculation"), line=form.partition("-")[2])


def left_by_reader(number: str, form: str) -> KeptWords | None:
    """Return what the reader of this request left in a form of a case."""
    return words_kept(g.session, actor=g.actor, number=number, form=form)
