"""收件登记: find the person, key the sheet in, look at what came before, register, print the receipt."""

from typing import Final
from uuid import UUID

from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue

from insurer.claims.operations.counter import discard_draft, register_at_counter, save_draft
from insurer.claims.operations.duplicates import Duplicated, DuplicateHit
from insurer.claims.paper_files.invoices import invoice_of_code
from insurer.claims.rules import paper_list
from insurer.claims.sheet_fields import GROUPS, LATER_AMOUNTS
from insurer.claims.sheet_lines import PLAIN_ORDER, Lines, file_problem, lines_of_table, lines_of_text
from insurer.claims.sheet_reading import AS_PRINTED, SheetOf, SheetRead, read_sheet
from insurer.kernel.errors import Conflict, Invalid, NotFound, Problem, TooLarge
from insurer.notices.receipts import print_receipt
from insurer.people.queries import open_certno, person_views
from insurer.people.reading.confined_books import table_confined
from insurer.web.access import page
from insurer.web.desk import form_text, scheme, show, today, troubles_of
from insurer.web.forms import once_per_form
from insurer.web.kept import FIELD as KEPT
from insurer.web.units import discard, runtime
from insurer.worklists.case_bar import case_id
from insurer.worklists.intake import MOST_ROWS, load_done, load_entry, load_start, typed_draft
from insurer.worklists.pasted_lines import AT, FIELDS, PAGE, stepped
from insurer.worklists.pasted_lines import kept as rows_kept
from insurer.worklists.programmes import kept
from insurer.worklists.views import paths
from insurer.worklists.views.elements import Trouble

blueprint = Blueprint("intake", __name__)

SHEET: Final = f"{paths.INTAKE}/sheet"
MOST_PASTED: Final = 400_000
_PERSON: Final = (
    "person",
    "psn_name",
    "certno",
    "applicant",
    "draft",
    "code",
    "duplicate_reason",
    AS_PRINTED,
    AT,
    PAGE,
    *FIELDS,
)
_FRESH: Final = {"insutype": "390", "referral": "local", "region": "mainland", "third_party": "none"}


@page(blueprint, paths.INTAKE, permission="claims.register")
def start() -> ResponseReturnValue:
    """Show the search and one's own drafts."""
    view = load_start(g.session, actor=g.actor, scheme=scheme(), asked="", today=today())
    return show("intake/start.html", view, "intake")


@page(blueprint, f"{paths.INTAKE}/find", permission="claims.register", methods=["POST"], limit="60/minute")
def find() -> ResponseReturnValue:
    """Find whose papers they are; what was typed travels in a form, never in an address."""
    view = load_start(g.session, actor=g.actor, scheme=scheme(), asked=form_text("q", 60), today=today())
    return show("intake/start.html", view, "intake")


@page(blueprint, SHEET, permission="claims.register")
def sheet() -> ResponseReturnValue:
    """Show an empty sheet for somebody, or a draft as it was left."""
    draft = typed_draft(g.session, actor=g.actor, text=request.args.get("draft", ""))
    values = dict(draft.values) if draft else {**_FRESH, "person": request.args.get("person", "")[:36]}
    return _entry(values, draft_text=str(draft.id) if draft else "")


def _entry(
    values: dict[str, str],
    *,
    status: int = 200,
    troubles: tuple[Trouble, ...] = (),
    hits: tuple[DuplicateHit, ...] = (),
    checked: str = "",
    code_note: str = "",
    draft_text: str = "",
) -> ResponseReturnValue:
    draft = typed_draft(g.session, actor=g.actor, text=draft_text or values.get("draft", ""))
    view = load_entry(
        g.session,
        actor=g.actor,
        scheme=draft.scheme if draft else scheme(),
        today=today(),
        values=values,
        draft=draft,
        troubles=troubles,
        hits=hits,
        checked=checked,
        code_note=code_note,
    )
    return show("intake/sheet.html", view, "intake", status=status)


@page(blueprint, SHEET, permission="claims.register", methods=["POST"], limit="240/minute")
def take_sheet() -> ResponseReturnValue:
    """Check, keep as a draft, or register what was keyed in; a refused sheet comes back as it was typed."""
    then = form_text("then", 10)
    values, lines, code_note = _typed(keep_row=then in ("register", "check", "draft"))
    if (changed := stepped(values, then)) is not None:
        return _entry(changed, code_note=code_note)
    if request.form.get(KEPT) or then == "rows":
        return _entry(values, code_note=code_note)
    if then == "draft":
        return once_per_form(lambda: paths.with_query(SHEET, draft=_save(values), done="draft"))
    if then == "forget":
        return once_per_form(lambda: _forget(values))
    read = _read(values, lines)
    troubles = troubles_of(Invalid("有几处要改", read.problems)) if read.problems else ()
    if then == "check" or read.record is None:
        said = "" if troubles else "都核对过了，没有要改的。两项合计相符。"
        return _entry(
            values, status=422 if troubles else 200, troubles=troubles, checked=said, code_note=code_note
        )
    record = read.record

    def run() -> str:
        draft = typed_draft(g.session, actor=g.actor, text=values.get("draft", ""))
        _id, number = register_at_counter(
            g.session,
            actor=g.actor,
            scheme=draft.scheme if draft else scheme(),
            record=record,
            now=g.now,
            duplicate_reason=form_text("duplicate_reason", 200),
            draft_id=draft.id if draft else None,
        )
        return f"{paths.INTAKE}/done/{number}"

    try:
        return once_per_form(run)
    except Duplicated as before:
        discard()
        return _entry(values, status=409, hits=before.hits)
    except Invalid as refused:
        discard()
        return _entry(values, status=422, troubles=troubles_of(refused))
    except Conflict as refused:
        discard()
        return _entry(values, status=409, troubles=(Trouble("", refused.message),))


@page(blueprint, f"{SHEET}/typed", permission="claims.register", methods=["POST"], limit="600/minute")
def typed() -> ResponseReturnValue:
    """Keep what is typed as a draft and answer with the sheet as it stands: a script takes its parts."""
    values, _lines, code_note = _typed(with_file=False)
    values["draft"] = _save(values)
    return _entry(values, code_note=code_note)


def _typed(*, with_file: bool = True, keep_row: bool = False) -> tuple[dict[str, str], Lines, str]:
    """Return what the form holds, the fee lines in it, and what the invoice's code gave.

    ``keep_row`` puts the row that is being changed into the table first, so that nothing typed is left out.
    """
    names = [one.name for group in GROUPS for one in group.fields]
    wanted = (*names, *LATER_AMOUNTS, *_PERSON)
    values = {name: form_text(name, 300) for name in wanted if request.form.get(name)}
    for code in paper_list().kinds:
        for name in (f"paper_{code}", f"pages_{code}", f"form_{code}"):
            if request.form.get(name):
                values[name] = form_text(name, 10)
    for row in range(MOST_ROWS):
        for field in PLAIN_ORDER:
            name = f"line_{row}_{field}"
            if request.form.get(name, "").strip():
                values[name] = form_text(name, 120)
    values["lines_text"] = request.form.get("lines_text", "")[:MOST_PASTED]
    problems: list[Problem] = []
    if with_file:
        problems = _from_file(values)
    if keep_row:
        values = rows_kept(values)
    note = _from_code(values)
    pasted = lines_of_text(values["lines_text"])
    by_hand = lines_of_table(
        [[values.get(f"line_{row}_{field}", "") for field in PLAIN_ORDER] for row in range(MOST_ROWS)],
        "lines_text",
    )
    rows = tuple(
        {**line, "feedetl_sn": str(place)} for place, line in enumerate((*pasted.rows, *by_hand.rows), 1)
    )
    return values, Lines(rows, (*problems, *pasted.problems, *by_hand.problems)), note


def _from_file(values: dict[str, str]) -> list[Problem]:
    """Put the first sheet of an uploaded table where a pasted one stands, so that it can be seen and kept."""
    file = request.files.get("lines_file")
    if file is None or not file.filename:
        return []
    content, name = file.stream.read(), file.filename[-120:]
    try:
        text = table_confined(content, name, g.session.reading, MOST_PASTED)
    except TooLarge:
        return [file_problem(name, "large")]
    except Invalid as refused:
        return [file_problem(name, refused.problems[0].code if refused.problems else "")]
    if len(text) >= MOST_PASTED:
        return [file_problem(name, "long")]  # its end would be cut off without a word
    values["lines_text"] = text
    return []


def _from_code(values: dict[str, str]) -> str:
    """Fill the invoice's empty fields from the text of its code; what was typed is never replaced."""
    code = values.get("code", "")
    if not code:
        return ""
    found = invoice_of_code(code)
    if not found:
        return "这段文字里没有票据号码，请手工填"
    names = {
        "bill_code": "bill_code",
        "bill_no": "bill_no",
        "check_code": "check_code",
        "total": "bill_total",
    }
    differs = []
    for source, name in names.items():
        if not found.get(source):
            continue
        if not values.get(name):
            values[name] = found[source]
        elif values[name].replace(",", "") != found[source]:
            differs.append(found[source])
    return "和已填的不同：" + "、".join(differs) if differs else "已从二维码填好票据"


def _read(values: dict[str, str], lines: Lines) -> SheetRead:
    """Read the sheet with its person; problems of person and lines come first."""
    name, number, problems = values.get("psn_name", ""), values.get("certno", ""), list(lines.problems)
    try:
        wanted = UUID(values.get("person", ""))
    except ValueError:
        if not name:
            problems.append(Problem("psn_name", "姓名没有填，请补上"))
    else:
        known = person_views(g.session, [wanted]).get(wanted)
        if known is None:
            raise NotFound("没有这个人。请从收件登记再找一次")
        name, number = known.name, open_certno(g.session, wanted)
    papers = []
    for code in paper_list().kinds:
        if values.get(f"paper_{code}") == "1":
            pages = values.get(f"pages_{code}") or "1"
            if not pages.isdecimal() or not 1 <= int(pages) <= 999:
                word = paper_list().kinds[code].word
                problems.append(Problem(f"pages_{code}", f"{word}的页数应是 1 到 999 的整数"))
                pages = "1"
            papers.append({"kind": code, "pages": pages, "form": values.get(f"form_{code}") or "original"})
    if not papers:
        problems.append(Problem("papers", "没有勾选收到的材料，请对照清单勾选"))
    read = read_sheet(values, lines.rows, SheetOf(scheme(), number, name, papers), today=today())
    together = (*problems, *(one for one in read.problems if one.field != "psn_name" or not problems))
    return SheetRead(None if together else read.record, together, read.sums)


def _save(values: dict[str, str]) -> str:
    draft = typed_draft(g.session, actor=g.actor, text=values.get("draft", ""))
    person = values.get("person", "")
    made = save_draft(
        g.session,
        actor=g.actor,
        scheme=draft.scheme if draft else scheme(),
        values=values,
        now=g.now,
        draft_id=draft.id if draft else None,
        person_id=UUID(person) if person else None,
    )
    return str(made)


def _forget(values: dict[str, str]) -> str:
    draft = typed_draft(g.session, actor=g.actor, text=values.get("draft", ""))
    if draft is not None:
        discard_draft(g.session, actor=g.actor, draft_id=draft.id)
    return paths.with_query(paths.INTAKE, done="forgotten", scheme=kept(scheme()))


@page(blueprint, f"{paths.INTAKE}/done/<number>", permission="claims.register")
def done(number: str) -> ResponseReturnValue:
    """Say what became of the sheet: the case, the receipt, what is still missing."""
    view = load_done(g.session, actor=g.actor, number=number, today=today())
    return show("intake/done.html", view, "intake")


@page(blueprint, f"{paths.INTAKE}/done/<number>/receipt", permission="notices.print", methods=["POST"])
def receipt(number: str) -> ResponseReturnValue:
    """Make the receipt now and open it for printing."""

    def run() -> str:
        run_id = print_receipt(
            g.session,
            actor=g.actor,
            claim_id=case_id(g.session, number),
            storage=runtime().storage,
            settings=runtime().settings,
            now=g.now,
        )
        return f"{paths.NOTICES}/runs/{run_id}"

    return once_per_form(run)
