"""案件: the list to find, sort and hand out; steps for many cases, previewed and reported row by row."""

from uuid import UUID

from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from insurer.kernel.errors import Invalid
from insurer.web.access import local_path, page
from insurer.web.desk import address_values, download, form_text, show, with_density
from insurer.web.forms import once_per_form
from insurer.web.units import discard
from insurer.worklists.batches import load_run, preview_batch, run_batch
from insurer.worklists.cases import load_cases
from insurer.worklists.exports import export_cases
from insurer.worklists.selections import freeze_matches, freeze_numbers, list_with, selection_id_of
from insurer.worklists.views import paths

blueprint = Blueprint("case_list", __name__)

MOST_PICKED = 1_000
"""So many cases can be ticked one by one; more are chosen as all that match."""


@page(blueprint, paths.CASES, permission="claims.view")
def cases() -> ResponseReturnValue:
    """List the cases that the address asks for."""
    view = load_cases(g.session, actor=g.actor, arguments=address_values(), now=g.now)
    return show("claims/list.html", view, "cases", change=with_density(view.tools.density))


@page(blueprint, f"{paths.CASES}/export", permission="claims.view", methods=["POST"], limit="10/minute")
def export() -> ResponseReturnValue:
    """Give the list as a workbook: the same rows, masked, with a number that the log knows."""
    name, content = export_cases(g.session, actor=g.actor, arguments=address_values(), now=g.now)
    return download(name, content)


@page(blueprint, f"{paths.CASES}/select", permission="claims.view", methods=["POST"])
def select_all() -> ResponseReturnValue:
    """Choose every case that matches now; later ones do not belong to the set."""
    arguments = address_values()

    def run() -> str:
        chosen = freeze_matches(g.session, actor=g.actor, arguments=arguments, now=g.now)
        return list_with(_back(), chosen)

    return once_per_form(run)


@page(blueprint, f"{paths.CASES}/batch", permission="claims.view", methods=["POST"], limit="60/minute")
def batch() -> ResponseReturnValue:
    """Preview a step for many cases; run it when the preview is confirmed. Money is never decided here."""
    action = form_text("action", 20)
    selection_id = selection_id_of(form_text("selection", 36))
    if selection_id is None:
        numbers = request.form.getlist("case")[:MOST_PICKED]
        selection_id = freeze_numbers(g.session, actor=g.actor, numbers=numbers, now=g.now)
    if action == "export":
        return _export_chosen(selection_id)
    if request.form.get("confirmed") != "1":
        return _preview(action, selection_id)
    chosen = selection_id

    def run() -> str:
        staff = form_text("staff", 36)
        ran = run_batch(g.session, actor=g.actor, action=action, selection_id=chosen, staff=staff, now=g.now)
        return paths.with_query(f"{paths.CASES}/batch/{ran.run_id}", rest=str(ran.rest or ""), back=_back())

    try:
        return once_per_form(run)
    except Invalid as refused:
        if not refused.problems:
            raise
        discard()
        return _preview(action, chosen, refused.problems[0].message, 422)


def _preview(action: str, selection_id: UUID, problem: str = "", status: int = 200) -> ResponseReturnValue:
    view = preview_batch(
        g.session, actor=g.actor, action=action, selection_id=selection_id, back=_back(), problem=problem
    )
    return show("claims/batch.html", view, "cases", status=status)


def _export_chosen(selection_id: UUID) -> Response:
    name, content = export_cases(g.session, actor=g.actor, arguments={}, now=g.now, selection_id=selection_id)
    return download(name, content)


@page(blueprint, f"{paths.CASES}/batch/<uuid:run_id>", permission="claims.view")
def result(run_id: UUID) -> ResponseReturnValue:
    """Show what became of each case."""
    back = local_path(request.args.get("back"))
    view = load_run(
        g.session,
        actor=g.actor,
        run_id=run_id,
        back=back if back != "/" else paths.CASES,
        rest=selection_id_of(request.args.get("rest", "")),
    )
    return show("claims/batch_result.html", view, "cases")


def _back() -> str:
    back = local_path(form_text("back", 600))
    return back if back.partition("?")[0] == paths.CASES else paths.CASES
