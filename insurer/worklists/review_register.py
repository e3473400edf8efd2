"""复核和投诉: the register, and one review with the form for who may answer it."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import func, select

from insurer.accounts.permissions import holds
from insurer.accounts.queries import staff_names, staff_who_may
from insurer.claims.lifecycle import WORDS, State
from insurer.claims.operations import reviews
from insurer.claims.tables import Claim, Decision
from insurer.claims.tracks.tables import Review
from insurer.kernel.dates import SHANGHAI
from insurer.kernel.errors import NotFound
from insurer.kernel.money import display
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.worklists.matter_forms import choices
from insurer.worklists.register_pages import SIZE, next_href, offset_of, page_of, status_counts, status_tabs
from insurer.worklists.views import paths
from insurer.worklists.views.elements import SideRow, Trouble
from insurer.worklists.views.matters import FormField, MatterForm, PlainCell, PlainList, ReviewPage


def load_reviews(
    session: UnitSession, *, scheme: str, arguments: Mapping[str, str], today: date
) -> PlainList:
    """Return reviews and complaints by status, what is due first on top."""
    status = arguments.get("status", "open")
    counts = status_counts(session, Review, scheme)
    late = session.scalar(
        select(func.count()).where(Review.scheme == scheme, Review.status == "open", Review.due_on < today)
    )
    rows = (
        select(Review, Claim.case_no)
        .join(Claim, Claim.id == Review.claim_id)
        .where(Review.scheme == scheme)
        .order_by(Review.due_on, Review.number)
    )
    if status in reviews.STATUS_WORDS:
        rows = rows.where(Review.status == status)
    start = offset_of(arguments)
    found = session.execute(rows.offset(start).limit(SIZE + 1)).all()
    total = counts.get(status, 0) if status in reviews.STATUS_WORDS else sum(counts.values())
    return PlainList(
        title="复核和投诉",
        beside=f"超过 15 日没有答复的 {late} 件" if late else "都在 15 日以内",
        heads=(
            ("编号", False),
            ("案件号", False),
            ("种类", False),
            ("提出", False),
            ("最迟答复", False),
            ("结果", False),
        ),
        rows=tuple(_review_row(one, number, today) for one, number in found[:SIZE]),
        views=status_tabs(paths.REVIEWS, scheme, reviews.STATUS_WORDS, counts, status),
        paging=page_of(
            total, len(found[:SIZE]), start + 1, next_href(paths.REVIEWS, scheme, status, start, found), "件"
        ),
        empty="没有要答复的。有人不同意决定时，在案件的“相关事项”登记。",
    )


def _review_row(one: Review, number: str, today: date) -> tuple[PlainCell, ...]:
    late = one.status == "open" and one.due_on < today
    result = reviews.OUTCOMES.get(one.outcome, reviews.STATUS_WORDS[one.status])
    return (
        PlainCell(one.number, f"{paths.REVIEWS}/{one.id}"),
        PlainCell(number, paths.case_href(number)),
        PlainCell(reviews.KINDS[one.kind], second=reviews.CHANNELS.get(one.channel, "")),
        PlainCell(one.filed_on.isoformat(), second=reviews.RELATIONS.get(one.relation, "")),
        PlainCell(one.due_on.isoformat(), shape="square" if late else "", tone="red" if late else ""),
        PlainCell(result, second=one.decided_by_name),
    )


def load_review(
    session: UnitSession,
    *,
    actor: Actor,
    review_id: UUID,
    typed: Mapping[str, str] | None = None,
    troubles: tuple[Trouble, ...] = (),
) -> ReviewPage:
    """Return one review with the form for who may answer it; :class:`NotFound` when there is none."""
    review = session.get(Review, review_id)
    if review is None:
        raise NotFound("没有这件复核。请从复核和投诉的列表进入")
    claim = session.get_one(Claim, review.claim_id)
    decision = session.get_one(Decision, review.decision_id)
    get = (typed or {}).get
    signers = staff_names(session, [UUID(one) for one in review.first_deciders if _is_uuid(one)])
    outsiders = [
        one.name
        for one in staff_who_may(session, "reviews.decide")
        if str(one.id) not in review.first_deciders and str(one.id) != review.filed_by
    ]
    refusal, forms = "", []
    fields: tuple[FormField, ...]
    base = f"{paths.REVIEWS}/{review.id}"
    if review.status == "open" and holds(actor, "reviews.decide"):
        if actor.person in review.first_deciders:
            names = "、".join(outsiders) or "还没有，请告诉主管"
            refusal = f"这个决定是您经手的，要由别人复核。可以答复的有：{names}。"
        elif actor.person == review.filed_by:
            refusal = f"这件是您登记的，要由别人答复。可以答复的有：{'、'.join(outsiders) or '还没有'}。"
        else:
            fields = (
                FormField("outcome", "结论", "select", choices=choices(reviews.OUTCOMES, get("outcome", ""))),
                FormField(
                    "reasons",
                    "理由（会写进答复信，用口语写查了什么、依据哪一条）",
                    "area",
                    get("reasons", ""),
                ),
            )
            consequence = "答复信今天生成。重新办理的，案件重开，由另外的人再决定"
            forms.append(MatterForm("答复", base, fields, "按结论答复", consequence))
    if review.status == "open" and holds(actor, "reviews.register"):
        fields = (FormField("reason", "本人怎么说的", value=get("reason", "")),)
        forms.append(MatterForm("本人撤回", f"{base}/withdraw", fields, "记下撤回"))
    answered = ""
    if review.decided_at is not None:
        moment = review.decided_at.astimezone(SHANGHAI)
        word = reviews.OUTCOMES.get(review.outcome, "已撤回")
        answered = f"{word}，{review.decided_by_name} {moment:%Y-%m-%d %H:%M}"
    return ReviewPage(
        number=review.number,
        kind=reviews.KINDS[review.kind],
        status=reviews.STATUS_WORDS[review.status],
        facts=(
            SideRow("案件", claim.case_no, second=(WORDS[State(claim.state)].word,)),
            SideRow("原决定", f"第 {decision.seq} 次核算，{display(decision.benefit_fen)} 元"),
            SideRow("经手过的人", "、".join(signers.values()) or "系统", second=("他们不能答复这件",)),
            SideRow("从哪里来", reviews.CHANNELS.get(review.channel, review.channel)),
            SideRow("谁提出", reviews.RELATIONS.get(review.relation, review.relation)),
            SideRow("登记", review.filed_by_name),
        ),
        statement=reviews.statement_of(session, review),
        statement_by=reviews.RELATIONS.get(review.relation, ""),
        filed_at=review.filed_at,
        due_on=review.due_on,
        answer=review.reasons,
        answered=answered,
        case_href=paths.case_href(claim.case_no, "decision"),
        forms=tuple(forms),
        refusal=refusal,
        troubles=troubles,
    )


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
