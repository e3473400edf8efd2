"""材料: the papers of a case, handing in more, taking a wrong one off, the sheet beside them."""

from uuid import UUID

from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from insurer.claims.operations.counter import correct_sheet, discard_draft, draft_of_case, save_draft
from insurer.claims.operations.duplicates import Duplicated, DuplicateHit
from insurer.claims.operations.papers import add_papers, mark_checked, remove_paper
from insurer.claims.paper_files.admitting import AdmittedFile, PaperFile, look_into
from insurer.claims.paper_files.kinds import SHOWN_INLINE, Refusal
from insurer.claims.rules import paper_list
from insurer.claims.sheet_fields import GROUPS, LATER_AMOUNTS
from insurer.claims.sheet_reading import AS_PRINTED, SheetOf, read_sheet
from insurer.kernel.errors import Conflict, Invalid, NotFound, Problem
from insurer.people.queries import open_certno
from insurer.platform.pictures import PDF, page_picture
from insurer.web.access import page
from insurer.web.desk import act_once, form_text, form_version, name_file, show, today, troubles_of
from insurer.web.forms import once_per_form
from insurer.web.pages.claims import ONE
from insurer.web.units import discard, runtime
from insurer.worklists.case_bar import case_id, find_case
from insurer.worklists.documents import (
    current_lines,
    current_settlement,
    following,
    load_adding,
    load_documents,
    paper_at,
    paper_file,
)
from insurer.worklists.views import paths
from insurer.worklists.views.elements import Trouble

blueprint = Blueprint("documents", __name__)

MOST_FILES = 20
_SHEET = (*(one.name for group in GROUPS for one in group.fields), *LATER_AMOUNTS)


def _page(number: str, troubles: tuple[Trouble, ...] = (), status: int = 200) -> ResponseReturnValue:
    source = request.form if request.method == "POST" else request.args
    view = load_documents(
        g.session,
        actor=g.actor,
        number=number,
        today=today(),
        paper=source.get("paper", ""),
        page=source.get("page", ""),
        zoom=source.get("zoom", ""),
        turn=source.get("turn", ""),
        typed=_typed() if request.method == "POST" else None,
        troubles=troubles,
    )
    return show("claims/documents.html", view, "cases", status=status)


def _typed() -> dict[str, str]:
    return {name: form_text(name, 200) for name in (*_SHEET, AS_PRINTED) if name in request.form}


@page(blueprint, f"{ONE}/documents", permission="claims.view")
def documents(number: str) -> ResponseReturnValue:
    """Show one paper beside the sheet."""
    return _page(number)


@page(blueprint, f"{ONE}/documents", permission="claims.accept", methods=["POST"])
def keep_sheet(number: str) -> ResponseReturnValue:
    """Keep the sheet as corrected and go to the next paper, or keep it as a draft."""
    then, paper = form_text("then", 10), form_text("paper", 6)

    def run() -> str:
        found = find_case(g.session, number)
        claim_id, base = found.claim.id, paths.case_href(number, "documents")
        if then == "forget":
            kept = draft_of_case(g.session, actor=g.actor, claim_id=claim_id)
            if kept is not None:
                discard_draft(g.session, actor=g.actor, draft_id=kept.id)
            return paths.with_query(base, paper=paper)
        if then == "draft":
            save_draft(
                g.session,
                actor=g.actor,
                scheme=found.claim.scheme,
                values=_typed(),
                now=g.now,
                claim_id=claim_id,
            )
            return paths.with_query(base, paper=paper, done="draft")
        changed = "medfee_sumamt" in request.form and _correct(found.claim.person_id, number)
        paper_id = paper_at(g.session, number, paper)
        if paper_id is not None:
            mark_checked(g.session, actor=g.actor, claim_id=claim_id, paper_id=paper_id, now=g.now)
        place = following(g.session, number, paper)
        return paths.with_query(base, paper=place, done="sheet" if changed else "checked")

    return act_once(run, lambda troubles, status: _page(number, troubles, status))


def _correct(person_id: UUID, number: str) -> bool:
    """Keep what was typed as a new version of the sheet; :class:`Invalid` names each field."""
    found = find_case(g.session, number)
    settlement = current_settlement(g.session, found.claim.id)
    if settlement is None:
        raise Conflict("这件的结算已经冲销，没有可以改的结算单")
    whose = SheetOf(found.claim.scheme, open_certno(g.session, person_id), found.person.name)
    lines = current_lines(g.session, settlement.id)
    read = read_sheet(_typed(), lines, whose, settlement.setl_id, today=today())
    if read.record is None:
        raise Invalid("有几处要改", read.problems)
    changed = correct_sheet(
        g.session,
        actor=g.actor,
        claim_id=found.claim.id,
        record=read.record,
        now=g.now,
        version=form_version(),
    )
    kept = draft_of_case(g.session, actor=g.actor, claim_id=found.claim.id)
    if kept is not None:
        discard_draft(g.session, actor=g.actor, draft_id=kept.id)
    return changed


@page(blueprint, f"{ONE}/documents/<uuid:paper_id>", permission="claims.view")
def paper(number: str, paper_id: UUID) -> ResponseReturnValue:
    """Give the original of a paper, byte for byte: a picture to look at, anything else to keep."""
    digest, mime, name = paper_file(g.session, number=number, paper_id=paper_id)
    response = Response(runtime().storage.get(digest), mimetype=mime)
    is_picture = mime in SHOWN_INLINE and mime != PDF
    name_file(response, "inline" if is_picture else "attachment", name + _ENDINGS.get(mime, ""))
    response.headers["Content-Security-Policy"] = FOREIGN_POLICY
    return response


FOREIGN_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'"
"""For bytes that somebody handed in: whatever they are, nothing in them runs under our address."""
_ENDINGS = {PDF: ".pdf", "image/png": ".png", "image/jpeg": ".jpg"}


@page(blueprint, f"{ONE}/documents/<uuid:paper_id>/pages/<int:leaf>", permission="claims.view")
def paper_page(number: str, paper_id: UUID, leaf: int) -> ResponseReturnValue:
    """Show one page of a paper as a picture: nothing that a PDF carries runs in the browser."""
    digest, mime, _word = paper_file(g.session, number=number, paper_id=paper_id)
    if mime != PDF:
        raise NotFound("这份材料不是 PDF，请打开原件")
    return Response(page_picture(runtime().storage.get(digest), leaf), mimetype="image/png")


@page(blueprint, f"{ONE}/documents/<uuid:paper_id>/remove", permission="claims.accept", methods=["POST"])
def remove(number: str, paper_id: UUID) -> ResponseReturnValue:
    """Take a wrong paper off the case; it stays in the history."""

    def run() -> str:
        remove_paper(
            g.session,
            actor=g.actor,
            claim_id=case_id(g.session, number),
            paper_id=paper_id,
            reason=form_text("reason", 200),
            now=g.now,
        )
        return paths.with_query(paths.case_href(number, "documents"), done="removed")

    return act_once(run, lambda troubles, status: _page(number, troubles, status))


@page(blueprint, f"{ONE}/papers", permission="claims.accept")
def papers(number: str) -> ResponseReturnValue:
    """Show the form that takes papers in."""
    view = load_adding(
        g.session, actor=g.actor, number=number, today=today(), kind=request.args.get("kind", "")[:40]
    )
    return show("claims/add_papers.html", view, "cases")


@page(blueprint, f"{ONE}/papers", permission="claims.accept", methods=["POST"], limit="60/minute")
def take_papers(number: str) -> ResponseReturnValue:
    """Take files in as papers: the sound ones are kept, each of the others is named with its reason."""
    looked, files = [], _handed_in()
    refused: list[Trouble] = []
    if files:
        looked = look_into(files)
        refused = [
            Trouble("file", f"“{file.filename}”{found.message}")
            for file, found in zip(files, looked, strict=True)
            if isinstance(found, Refusal)
        ]
    sound = [one for one in looked if isinstance(one, AdmittedFile)]

    def again(
        troubles: tuple[Trouble, ...], status: int, hits: tuple[DuplicateHit, ...] = ()
    ) -> ResponseReturnValue:
        view = load_adding(
            g.session,
            actor=g.actor,
            number=number,
            today=today(),
            kind=form_text("kind", 40),
            troubles=troubles,
            taken=[one.file.filename for one in sound] if status == 200 else (),
            hits=hits,
            reason=form_text("duplicate_reason", 200),
        )
        return show("claims/add_papers.html", view, "cases", status=status)

    if not files:
        return again((Trouble("file", "没有选文件，请先选文件"),), 422)
    if not sound:
        return again(tuple(refused), 422)
    try:
        answer = once_per_form(lambda: _keep(number, sound))
    except Duplicated as before:
        discard()
        return again((), 409, before.hits)
    except Invalid as wrong:
        discard()
        return again((*troubles_of(wrong), *refused), 422)
    return again(tuple(refused), 200) if refused else answer


@page(blueprint, f"{ONE}/papers/one", permission="claims.accept", methods=["POST"], limit="240/minute")
def take_paper(number: str) -> ResponseReturnValue:
    """Take one file in for the list that a script keeps: a short answer, the same rules."""
    files = _handed_in()[:1]
    if not files:
        return {"message": "没有选文件"}, 422
    found = look_into(files)[0]
    name = files[0].filename
    if isinstance(found, Refusal):
        return {"message": f"“{name}”{found.message}"}, 422
    try:
        once_per_form(lambda: _keep(number, [found]))
    except Duplicated as before:
        discard()
        hit = before.hits[0]
        href = paths.case_href(hit.case_no, "documents")
        return {"message": hit.words, "case": hit.case_no, "href": href}, 409
    except (Invalid, Conflict) as wrong:
        discard()
        said = troubles_of(wrong)[0].message if isinstance(wrong, Invalid) else wrong.message
        return {"message": said}, 422
    return {"message": f"已收下，{found.pages} 页"}


def _handed_in() -> list[PaperFile]:
    """Return the files of the form; each may have a kind of its own, else all have the chosen one."""
    files = [file for file in request.files.getlist("file") if file.filename][:MOST_FILES]
    kind = form_text("kind", 40)
    known = paper_list().kinds
    if kind not in known:
        raise Invalid("请选择是什么材料", (Problem("kind", "没有选材料种类，请选一种"),))
    return [PaperFile(kind, (file.filename or "")[-120:], file.stream.read()) for file in files]


def _keep(number: str, files: list[AdmittedFile]) -> str:
    add_papers(
        g.session,
        actor=g.actor,
        storage=runtime().storage,
        claim_id=case_id(g.session, number),
        files=files,
        now=g.now,
        duplicate_reason=form_text("duplicate_reason", 200),
    )
    return paths.with_query(paths.case_href(number, "documents"), done="papers")
