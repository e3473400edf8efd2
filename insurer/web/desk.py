"""What the page routes share: the business day, banners after a step, forms that come back with words."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any, Final, Literal
from urllib.parse import quote
from uuid import UUID

from flask import g, make_response, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from insurer.claims.operations.intake import CASE_PREFIX
from insurer.claims.record_fields import day_as_written
from insurer.kernel.dates import business_day
from insurer.kernel.errors import Conflict, Invalid, NotFound, Problem, Stale
from insurer.kernel.money import display, parse_yuan
from insurer.people.characters import FULL_WIDTH
from insurer.web.forms import once_per_form
from insurer.web.kept import FIELD as KEPT
from insurer.web.layout import DENSITY, page_shell, registers
from insurer.web.units import discard
from insurer.worklists.conflicts import load_conflict
from insurer.worklists.exports import XLSX
from insurer.worklists.presence import presence_on
from insurer.worklists.programmes import PROGRAMMES, chosen, kept
from insurer.worklists.views import paths
from insurer.worklists.views.elements import Banner, Link, Shell, Trouble

DONE: Final[dict[str, Banner]] = {
    "accepted": Banner("done", "已受理", "材料已核对，系统已核算。"),
    "step": Banner("done", "已办好", "这一步记入了时间线。"),
    "calculated": Banner("done", "已重新核算", "金额按现在的材料和判定算出。"),
    "found": Banner("done", "已记下判定并重算", "理由记入了时间线。"),
    "proposed": Banner("done", "已送复核", "由另一位同事复核。"),
    "approved": Banner("done", "已同意给付", "进入下一付款批次；批次生成以前可以撤回。"),
    "refused": Banner("done", "已决定不予给付", "拒付通知正在制作，3 日内必须送到，送到才算办结。"),
    "endorsed": Banner("done", "已先行同意", "还要一位主管同意，才算决定。"),
    "substituted": Banner("done", "已换复核人", "原因记入了时间线。"),
    "sent_back": Banner("done", "已退回初审", "退回的意见写在提示里。"),
    "recalled": Banner("done", "已撤回决定", "占用的限额已退回。"),
    "asked": Banner("done", "已发补件通知", "送达的那天起停表。"),
    "papers": Banner("done", "材料已收下", ""),
    "draft": Banner("done", "草稿已存", "还没有写入，随时可以接着填。"),
    "sheet": Banner("done", "结算单已存好", "金额按改好的数重新核算。"),
    "checked": Banner("done", "已记下核对过", ""),
    "imported": Banner("done", "已写入", "每条的结果列在下面，拒绝的没有写。"),
    "forgotten": Banner("done", "草稿已丢掉", ""),
    "removed": Banner("done", "材料已去掉", "原件和原因留在记录里。"),
    "batched": Banner("done", "已组成付款批次", "要由别人放行，才生成付款文件。"),
    "released": Banner("done", "已放行", "付款文件已生成，可以下载。"),
    "results": Banner("done", "回盘已入账", "退汇的案件回到了待办。"),
    "repaid": Banner("done", "已改好", "这一笔进入下一付款批次。"),
    "staged": Banner("note", "先看差异，再确认", "现在还没有写入任何数据。"),
    "compared": Banner("note", "已按新选的种类重新比对", "现在还没有写入任何数据。"),
    "cell": Banner("note", "已按改好的重新比对", "现在还没有写入任何数据；有手工改的格，要由别人确认。"),
    "cell_back": Banner("note", "已撤回这一格的更正", "这一格又按原件读，现在还没有写入任何数据。"),
    "reading": Banner("note", "文件收下了，正在读", "可以离开这一页，读好后在名册页看差异。"),
    "applying": Banner("note", "已确认", "写入在后台进行，可以离开这一页。"),
    "discarded": Banner("done", "已放弃这次导入", "文件和差异留在记录里，没有写入。"),
    "unchanged": Banner("note", "没有变化", "这份名册和现在的一样，没有要写入的。"),
    "looked": Banner("done", "已办完这一件", "查到的写在事项里。"),
    "taken": Banner("done", "这一件由您办", ""),
    "told": Banner("done", "已记下告知", ""),
    "columns": Banner("done", "已按新的对列重新比对", "这个单位以后的文件也这样读。"),
    "delivered": Banner("done", "已记下送达", ""),
    "printing": Banner("done", "正在合并", "合并好后可以在这里打开。"),
    "view_saved": Banner("done", "视图已存", "它在列表上方，打开就是这些条件。"),
    "view_dropped": Banner("done", "视图已删", ""),
    "default_set": Banner("done", "已设好", "以后打开列表先看这个。"),
    "columns_set": Banner("done", "列已设好", "换一台电脑也是这样。"),
    "taken_over": Banner("done", "已接手", "原因记入了时间线。"),
    "year_proposed": Banner("done", "已提出", "另一位主管或政策专员同意以后才生效。"),
    "year_agreed": Banner("done", "已同意", "办理中案件的期限已按新的日历重算。"),
    "year_refused": Banner("done", "已退回", "这一年没有生效。"),
    "list_proposed": Banner("done", "已提出", "影响列在下面，由另一个人批准。"),
    "list_approved": Banner("done", "已批准", "从开始那天的结算起作用，还没有决定的案件正在重算。"),
    "list_declined": Banner("done", "已退回", "理由留在历史里。"),
    "list_withdrawn": Banner("done", "已撤回", "清单没有变。"),
    "report_declined": Banner("done", "已记下，不改清单", "报告的人可以看到理由。"),
    "reported": Banner("done", "已报给政策专员", "本案照人工判定办，清单在批准后才变。"),
    "reported_before": Banner("note", "这一行已经报过", "政策专员还没有处理。"),
    "answered": Banner("done", "已答复", "答复信正在制作；重新办理的案件已重开。"),
    "recovered": Banner("done", "已登记收回", "已记账，收完的从这里去掉。"),
    "taken_out": Banner("done", "已撤出这一笔", "它等下一批次，原因记入了时间线。"),
    "no_batch": Banner("note", "没有能付的", "待付款的案件还缺收款账户，或以前已付够。"),
}
"""What the next page says after a step, by the word in its address."""


def today() -> date:
    """Return the business day of this request."""
    return business_day(g.now)


def scheme() -> str:
    """Return the programme that the address asks for."""
    return chosen(request.args.get("scheme"))


def address_values() -> dict[str, str]:
    """Return the values of the address; several of one name are parted by commas."""
    return {name: ",".join(one for one in values if one) for name, values in request.args.lists()}


def with_density(density: str) -> Callable[[Shell], Shell]:
    """Return the change that gives a list's page the height of rows that its reader chose."""
    return lambda shell: replace(shell, density=DENSITY.get(density, "dense"))


def show(template: str, page: Any, current: str, *, status: int = 200, **more: Any) -> ResponseReturnValue:
    """Render a page inside the desk's frame; ``more`` are further values of the template."""
    done = DONE.get(request.args.get("done", "")) if request.method == "GET" else None
    asked = _scheme_of(page)
    others = tuple(
        Link(f"换到{name}", paths.with_query(paths.HOME, scheme=kept(key)))
        for key, name in PROGRAMMES.items()
        if key != asked
    )
    frame = page_shell(
        current,
        programme=PROGRAMMES[asked],
        year=today().year,
        banners=(done,) if done else (),
        menu=(*registers(), *others),
    )
    frame = replace(
        frame,
        sections=tuple(
            (key, word, paths.with_query(href, scheme=kept(asked))) for key, word, href in frame.sections
        ),
    )
    bar = getattr(page, "bar", None)
    if bar is not None:
        frame = replace(frame, opened=_opened(bar))
        if g.actor is not None:
            more["presence"] = presence_on(bar, actor=g.actor, now=g.now)
    frame = more.pop("change", lambda shell: shell)(frame)
    response = make_response(render_template(f"pages/{template}", page=page, shell=frame, **more), status)
    if request.method == "POST":
        response.headers["Cache-Control"] = "no-store"
    return response


def _opened(bar: Any) -> str:
    """Return what a form of a case's page says about the page: when it was made and what stood on it."""
    amount = display(bar.amount) if bar.amount is not None else "—"
    return json.dumps({"at": g.now.isoformat(), "status": bar.status, "amount": amount}, ensure_ascii=False)


def _scheme_of(page: Any) -> str:
    """Return the programme of a page: that of its case, else the one that the address asks for."""
    bar = getattr(page, "bar", None)
    prefix = bar.number[:2] if bar is not None else ""
    return next((key for key, letters in CASE_PREFIX.items() if letters == prefix), scheme())


def act_once(
    act: Callable[[], str], again: Callable[[tuple[Trouble, ...], int], ResponseReturnValue]
) -> ResponseReturnValue:
    """Run a form's step once; when it is refused, give the form back with the words that were typed.

    ``again`` gets what is wrong and the status: 422 for the input, 409 when somebody was faster. The form
    then stands on the newest version of the case, so that it can be sent again after a look. A form kept
    over a sign-in comes back in the same way, before anything is done. A form about a case that comes from
    an older version is answered by the page that sets both side by side.
    """
    if request.form.get(KEPT):
        return again((), 200)
    number = str((request.view_args or {}).get("number", ""))
    about_case = bool(number) and request.path.startswith(f"{paths.CASES}/")
    try:
        return once_per_form(act)
    except Stale:
        discard()
        if not about_case:
            raise
        return _conflict(number)
    except Invalid as refused:
        discard()
        return again(troubles_of(refused), 422)
    except Conflict as refused:
        discard()
        return again((Trouble("", refused.message),), 409)


def _conflict(number: str) -> ResponseReturnValue:
    """Show who saves second what was saved meanwhile, beside what he has entered."""
    view = load_conflict(
        g.session,
        number=number,
        part=request.path.rpartition("/")[2],
        form={name: list(values) for name, values in request.form.lists()},
        opened=request.form.get("opened", ""),
        action=request.path,
    )
    return show("errors/conflict.html", view, "cases", status=409)


def troubles_of(refused: Invalid) -> tuple[Trouble, ...]:
    """Return what is wrong, as the error summary shows it."""
    problems = refused.problems or (Problem("", refused.message),)
    return tuple(Trouble(one.field, _said(one, refused.message, len(problems) == 1)) for one in problems)


def _said(problem: Problem, refusal: str, alone: bool) -> str:
    words = problem.message
    if problem.where and problem.where not in words:
        words = f"{problem.where}：{words}"
    # "没有写，请写一句" alone does not tell what to write: the refusal does
    return f"{refusal}：{words}" if alone and words.startswith("没有写") else words


def form_text(name: str, most: int = 500) -> str:
    """Return one field of the form, trimmed."""
    return request.form.get(name, "").strip()[:most]


def form_amount(name: str) -> int | None:
    """Return an amount of the form in fen, ``None`` when it is empty; :class:`Invalid` says how."""
    text = form_text(name, 30).translate(FULL_WIDTH).replace(",", "").lstrip("￥¥")
    if not text:
        return None
    try:
        return parse_yuan(text)
    except ValueError as error:
        raise Invalid("金额要改", (Problem(name, str(error)),)) from error


def form_day(name: str) -> date | None:
    """Return a day of the form, ``None`` when it is empty; :class:`Invalid` says how to write it."""
    text = form_text(name, 20)
    if not text:
        return None
    try:
        return day_as_written(text)
    except ValueError as error:
        raise Invalid("日期要改", (Problem(name, str(error)),)) from error


def needed_day(name: str) -> date:
    """Return a day of the form; :class:`Invalid` when it is empty or no day."""
    found = form_day(name)
    if found is None:
        raise Invalid("请写日期", (Problem(name, "没有写日期，请写成 2026-03-20 这样"),))
    return found


def form_version() -> int | None:
    """Return the version of the page that was filled in."""
    text = request.form.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 12 else None


def form_id(name: str) -> UUID:
    """Return an id of the form; :class:`NotFound` when it is none."""
    try:
        return UUID(request.form.get(name, ""))
    except ValueError as error:
        raise NotFound("没有找到这一行，请刷新后再试") from error


def form_file(name: str = "file") -> FileStorage:
    """Return an uploaded file; :class:`Invalid` when none was chosen."""
    found = request.files.get(name)
    if found is None or not found.filename:
        raise Invalid("没有选文件", (Problem(name, "请先选文件"),))
    return found


def download(name: str, content: bytes, mimetype: str = XLSX) -> Response:
    """Return a file to keep; a browser never opens it inside the page."""
    response = Response(content, mimetype=mimetype)
    name_file(response, "attachment", name)
    return response


def name_file(response: Response, way: Literal["attachment", "inline"], name: str) -> None:
    """Give a file its name, which may be Chinese: a header carries Latin letters only (RFC 6266, RFC 8187).

    A server refuses to send an answer whose header holds anything else, so that the whole file is lost.
    """
    name = "".join(sign for sign in name if sign.isprintable()) or "file"
    plain = re.sub(r"[^\w.-]+", "_", name, flags=re.ASCII).strip("_") or "file"
    value = f"{way}; filename={plain}"
    if plain != name:
        value += f"; filename*=UTF-8''{quote(name, safe='')}"
    response.headers["Content-Disposition"] = value
