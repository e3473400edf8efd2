"""付款批次: the list, one batch, releasing it, the bank's results."""

from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from insurer.kernel.errors import NotFound
from insurer.payments.bank_file import read_results
from insurer.payments.operations.batches import create_batch, record_results, release_batch, take_out
from insurer.payments.operations.returns import repay
from insurer.web.access import page
from insurer.web.desk import (
    act_once,
    address_values,
    download,
    form_file,
    form_text,
    form_version,
    show,
    with_density,
)
from insurer.web.forms import once_per_form
from insurer.web.units import runtime
from insurer.worklists.batch_list import export_batches, load_batches
from insurer.worklists.case_bar import case_id
from insurer.worklists.money import find_batch, load_batch
from insurer.worklists.programmes import chosen, kept
from insurer.worklists.views import paths
from insurer.worklists.views.elements import Trouble

blueprint = Blueprint("payments", __name__)

ONE = f"{paths.BATCHES}/<number>"


@page(blueprint, paths.BATCHES, permission="payments.view")
def batches() -> ResponseReturnValue:
    """List the batches and what waits for one."""
    view = load_batches(g.session, actor=g.actor, arguments=address_values())
    return show("payments/batches.html", view, "payments", change=with_density(view.parts.tools.density))


@page(blueprint, f"{paths.BATCHES}/export", permission="payments.view", methods=["POST"], limit="10/minute")
def export() -> ResponseReturnValue:
    """Give the list as a workbook: the same rows and columns, with a number that the log knows."""
    return download(*export_batches(g.session, actor=g.actor, arguments=address_values(), now=g.now))


@page(blueprint, paths.BATCHES, permission="payments.batch", methods=["POST"])
def make_batch() -> ResponseReturnValue:
    """Put every approved case into a new batch."""
    wanted = chosen(request.args.get("scheme"))

    def run() -> str:
        made = create_batch(g.session, actor=g.actor, scheme=wanted, now=g.now)
        if made.batch is None:
            return paths.with_query(paths.BATCHES, scheme=kept(wanted), done="no_batch")
        return paths.with_query(paths.batch_href(made.batch.number), done="batched")

    return once_per_form(run)


@page(blueprint, ONE, permission="payments.view")
def batch(number: str) -> ResponseReturnValue:
    """One batch with its control totals."""
    view = load_batch(g.session, actor=g.actor, number=number, arguments=request.args)
    return show("payments/batch.html", view, "payments")


@page(blueprint, f"{ONE}/release", permission="payments.release", methods=["POST"])
def release(number: str) -> ResponseReturnValue:
    """Release a batch that somebody else made; its file is written once."""

    def run() -> str:
        found = find_batch(g.session, number)
        release_batch(g.session, actor=g.actor, storage=runtime().storage, batch_id=found.id, now=g.now)
        return paths.with_query(paths.batch_href(number), done="released")

    return once_per_form(run)


@page(blueprint, f"{ONE}/take-out", permission="payments.batch", methods=["POST"])
def take_one_out(number: str) -> ResponseReturnValue:
    """Take one case out of a batch whose file is not written yet."""

    def run() -> str:
        find_batch(g.session, number)
        claim_id = case_id(g.session, form_text("case", 40))
        take_out(g.session, actor=g.actor, claim_id=claim_id, reason=form_text("reason", 200), now=g.now)
        return paths.with_query(paths.batch_href(number), done="taken_out")

    def again(troubles: tuple[Trouble, ...], status: int) -> ResponseReturnValue:
        view = load_batch(g.session, actor=g.actor, number=number, arguments=request.args)
        typed = {"typed_case": form_text("case", 40), "typed_reason": form_text("reason", 200)}
        return show("payments/batch.html", view, "payments", status=status, troubles=troubles, **typed)

    return act_once(run, again)


@page(blueprint, f"{ONE}/file", permission="payments.release")
def bank_file(number: str) -> ResponseReturnValue:
    """Give the bank's file, byte for byte as it was written."""
    found = find_batch(g.session, number)
    if found.file_sha256 is None:
        raise NotFound("这一批还没有生成付款文件，先放行")
    response = Response(runtime().storage.get(found.file_sha256), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{found.number}.csv"'
    return response


@page(blueprint, f"{ONE}/results", permission="payments.result", methods=["POST"], limit="30/minute")
def results(number: str) -> ResponseReturnValue:
    """Enter the bank's results from its file; a file that does not fit enters nothing."""

    def run() -> str:
        file = form_file()
        lines = read_results(file.stream.read(), (file.filename or "")[:120])
        found = find_batch(g.session, number)
        record_results(g.session, actor=g.actor, batch_id=found.id, results=lines, now=g.now)
        return paths.with_query(paths.batch_href(number), done="results")

    return once_per_form(run)


@page(blueprint, f"{paths.CASES}/<number>/repay", permission="payments.batch", methods=["POST"])
def pay_again(number: str) -> ResponseReturnValue:
    """Let a returned payment join the next batch."""

    def run() -> str:
        claim_id = case_id(g.session, number)
        reason, version = form_text("reason"), form_version()
        repay(g.session, actor=g.actor, claim_id=claim_id, reason=reason, now=g.now, version=version)
        return paths.with_query(paths.case_href(number, "payment"), done="repaid")

    return once_per_form(run)
