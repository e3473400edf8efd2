"""用文件导入结算记录: upload, look at what it would do, confirm, take the refused ones back."""

from uuid import UUID

from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue

from insurer.claims.operations.uploads import apply_upload, discard_upload, export_refused, stage_upload
from insurer.kernel.errors import TooLarge
from insurer.web.access import page
from insurer.web.desk import act_once, download, form_file, scheme, show
from insurer.web.forms import once_per_form
from insurer.web.units import discard, runtime
from insurer.worklists.settlement_files import FILES, load_file, load_files
from insurer.worklists.views import paths
from insurer.worklists.views.elements import Trouble

blueprint = Blueprint("settlement_files", __name__)

ONE = f"{FILES}/<uuid:upload_id>"


@page(blueprint, FILES, permission="claims.register")
def files() -> ResponseReturnValue:
    """List the files and show the form for another."""
    return show("intake/files.html", load_files(g.session, scheme=scheme()), "intake")


@page(blueprint, FILES, permission="claims.register", methods=["POST"], limit="20/minute")
def upload() -> ResponseReturnValue:
    """Take a file in and compare it; no case is made yet."""

    def run() -> str:
        file = form_file()
        made = stage_upload(
            g.session,
            actor=g.actor,
            storage=runtime().storage,
            scheme=scheme(),
            content=file.stream.read(),
            filename=(file.filename or "")[-120:],
            now=g.now,
        )
        return paths.with_query(f"{FILES}/{made}", done="staged")

    def again(troubles: tuple[Trouble, ...], status: int) -> ResponseReturnValue:
        view = load_files(g.session, scheme=scheme(), troubles=troubles)
        return show("intake/files.html", view, "intake", status=status)

    try:
        return act_once(run, again)
    except TooLarge as refused:
        discard()
        return again((Trouble("file", refused.message),), 413)


@page(blueprint, ONE, permission="claims.register")
def one(upload_id: UUID) -> ResponseReturnValue:
    """Show what one file would do, or did, row by row."""
    view = load_file(g.session, upload_id=upload_id, arguments=request.args)
    return show("intake/file.html", view, "intake")


@page(blueprint, f"{ONE}/confirm", permission="claims.register", methods=["POST"])
def confirm(upload_id: UUID) -> ResponseReturnValue:
    """Write the records that can be written."""

    def run() -> str:
        apply_upload(g.session, actor=g.actor, storage=runtime().storage, upload_id=upload_id, now=g.now)
        return paths.with_query(f"{FILES}/{upload_id}", show="new", done="imported")

    return once_per_form(run)


@page(blueprint, f"{ONE}/discard", permission="claims.register", methods=["POST"])
def give_up(upload_id: UUID) -> ResponseReturnValue:
    """Give a file up; it stays on record."""

    def run() -> str:
        discard_upload(g.session, actor=g.actor, upload_id=upload_id, now=g.now)
        return paths.with_query(FILES, done="discarded")

    return once_per_form(run)


@page(blueprint, f"{ONE}/refused", permission="claims.register", limit="30/hour")
def refused(upload_id: UUID) -> ResponseReturnValue:
    """Give the refused records back, each with its reason."""
    name, mime, content = export_refused(
        g.session, actor=g.actor, storage=runtime().storage, upload_id=upload_id, now=g.now
    )
    return download(name, content, mime)
