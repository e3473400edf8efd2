"""The forms of 相关事项: one at a time, by the word in the address; refused input comes back in its field."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import select

from insurer.accounts.permissions import holds
from insurer.claims.operations import accidents, reviews
from insurer.claims.operations.upstream import WAYS
from insurer.claims.rules import paper_list
from insurer.claims.tables import Claim, Paper
from insurer.claims.tracks.tables import Advance
from insurer.claims.upstream import PAYER_WORDS, STATUS_WORDS, UPSTREAM
from insurer.kernel.money import display
from insurer.people.payees import CAPACITIES
from insurer.people.tables import PayeeChange
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.worklists.views import paths
from insurer.worklists.views.elements import Choice
from insurer.worklists.views.matters import FormField, MatterForm

PERMITTED = {
    "upstream": "claims.review",
    "ask": "claims.review",
    "finding": "claims.review",
    "accident": "claims.review",
    "claimant": "claims.accept",
    "payee": "payees.propose",
    "payee-decision": "payees.approve",
    "advance": "claims.propose",
    "advance-decision": "claims.approve",
    "review": "reviews.register",
    "close": "claims.archive",
}
"""The permission that each form needs."""


def choices(words: Mapping[str, str], chosen: str) -> tuple[Choice, ...]:
    """Return the options of a field, the first one asking to choose."""
    return (
        Choice("", "请选择", not chosen),
        *(Choice(key, word, key == chosen) for key, word in words.items()),
    )


def form_of(
    session: UnitSession,
    *,
    actor: Actor,
    claim: Claim,
    do: str,
    typed: Mapping[str, str],
    today: date,
    changes: Sequence[PayeeChange],
    advances: Sequence[Advance],
) -> MatterForm | None:
    """Return the form that ``do`` names, ``None`` when there is none or the reader may not use it."""
    if do not in PERMITTED or not holds(actor, PERMITTED[do]):
        return None
    base = paths.case_href(claim.case_no, "matters")
    get = typed.get
    fields: tuple[FormField, ...]
    match do:
        case "upstream":
            return _upstream(session, claim, base, typed)
        case "ask":
            payers = {key: PAYER_WORDS[key] for key in UPSTREAM[claim.scheme]}
            fields = (
                FormField("payer", "问哪一方", "select", choices=choices(payers, get("payer", ""))),
                FormField("way", "怎么问的", "select", choices=choices(WAYS, get("way", ""))),
                FormField("document", "函号或接电话的人", value=get("document", ""), required=False),
                FormField("asked_on", "哪天问的", "date", get("asked_on", today.isoformat())),
                FormField(
                    "remind_on",
                    "哪天再问（不填就是 10 个工作日后）",
                    "date",
                    get("remind_on", ""),
                    required=False,
                ),
            )
            return MatterForm(
                "登记询问", f"{base}/inquiries", fields, "记下询问，等它的结果", "案件转为上游待定", base
            )
        case "finding":
            payers = {key: PAYER_WORDS[key] for key in UPSTREAM[claim.scheme]}
            fields = (
                FormField("payer", "哪一方", "select", choices=choices(payers, get("payer", ""))),
                FormField("expected", "按规则应付（元）", value=get("expected", ""), required=False),
                FormField("stated", "结算单上（元）", value=get("stated", ""), required=False),
                FormField("clause", "依据哪一条", value=get("clause", ""), required=False),
                FormField("message", "哪里不对", "area", get("message", "")),
            )
            return MatterForm("登记差异", f"{base}/findings", fields, "记下差异", "以后发函给经办机构", base)
        case "accident":
            return _accident(base, typed)
        case "claimant":
            fields = (
                FormField("capacity", "谁来申请", "select", choices=choices(CAPACITIES, get("capacity", ""))),
                FormField("name", "姓名（本人申请不填）", value=get("name", ""), required=False),
                FormField("relation", "和参保人的关系", value=get("relation", ""), required=False),
            )
            consequence = "各要各的材料，到齐才能送复核"
            return MatterForm(
                "登记代办人、继承人", f"{base}/claimant", fields, "记下申请人", consequence, base
            )
        case "payee":
            return _payee(base, typed)
        case "payee-decision":
            return _payee_decision(base, typed, changes)
        case "advance":
            fields = (
                FormField("amount", "先付多少（元）", value=get("amount", "")),
                FormField("reason", "为什么已经能确定", "area", get("reason", "")),
                FormField("open_points", "还有什么没有定", "area", get("open_points", "")),
            )
            consequence = "另一个人同意以后进下一付款批次，以后的决定里扣掉"
            return MatterForm(
                "提出提前给付", f"{base}/advances", fields, "提出，请别人核对", consequence, base
            )
        case "advance-decision":
            return _advance_decision(base, typed, advances)
        case "review":
            return _review(base, typed, today)
        case _:
            fields = (FormField("place", "存放在哪里（库房、柜、盒）", value=get("place", "")),)
            consequence = "取得档号，生成卷内目录。以后上游有更正还会重开"
            return MatterForm("结案归档", f"{base}/close", fields, "结案归档", consequence, base)


def _upstream(session: UnitSession, claim: Claim, base: str, typed: Mapping[str, str]) -> MatterForm:
    get = typed.get
    payers = {key: PAYER_WORDS[key] for key in UPSTREAM[claim.scheme]}
    kinds = paper_list().kinds
    papers = {
        str(one.id): kinds[one.kind].word if one.kind in kinds else "其他材料"
        for one in session.scalars(
            select(Paper).where(Paper.claim_id == claim.id).order_by(Paper.received_at)
        )
    }
    held = (
        Choice("", "没有收进系统", not get("paper")),
        *(Choice(key, word, key == get("paper")) for key, word in papers.items()),
    )
    fields = (
        FormField("payer", "哪一方", "select", choices=choices(payers, get("payer", ""))),
        FormField("status", "情况", "select", choices=choices(STATUS_WORDS, get("status", ""))),
        FormField("amount", "付了多少（元，已付才填）", value=get("amount", ""), required=False),
        FormField("proof", "凭据（决定书、结算单或说明的编号）", value=get("proof", ""), required=False),
        FormField("paper", "对应的材料", "select", choices=held, required=False),
    )
    consequence = "没有结果的先等它；和原来不同的，已决定的案件重开，算出要补付或收回的差额"
    return MatterForm("登记上游结果", f"{base}/upstream", fields, "记下结果并重算", consequence, base)


def _accident(base: str, typed: Mapping[str, str]) -> MatterForm:
    get = typed.get
    fields = (
        FormField("cause", "怎么受的伤", "select", choices=choices(accidents.CAUSES, get("cause", ""))),
        FormField("happened_on", "哪天受伤", "date", get("happened_on", "")),
        FormField("statement", "经过（照签名的说明写时间、地点、怎么受的伤）", "area", get("statement", "")),
        FormField(
            "liability", "责任", "select", choices=choices(accidents.LIABILITIES, get("liability", ""))
        ),
        FormField("third_party", "别人已付多少（元）", value=get("third_party", ""), required=False),
        FormField("proof", "责任的依据（文书编号）", value=get("proof", ""), required=False),
    )
    consequence = "责任没有定就转待查；定了只算别人付剩下的部分"
    return MatterForm("登记受伤经过", f"{base}/accident", fields, "记下并重算", consequence, base)


def _payee(base: str, typed: Mapping[str, str]) -> MatterForm:
    get = typed.get
    fields = (
        FormField("capacity", "收款人是谁", "select", choices=choices(CAPACITIES, get("capacity", ""))),
        FormField("relation", "和参保人的关系", value=get("relation", ""), required=False),
        FormField("holder", "户名", value=get("holder", "")),
        FormField("bank", "开户银行", value=get("bank", "")),
        FormField("number", "账号", value=get("number", "")),
        FormField("reason", "为什么改", value=get("reason", "")),
    )
    consequence = "另一个人同意以后才用新账户，账号封存，页面只显示后四位"
    return MatterForm("更改收款人", f"{base}/payees", fields, "提出，请别人核对", consequence, base)


DECISIONS = {"agree": "同意", "refuse": "不同意"}


def _payee_decision(base: str, typed: Mapping[str, str], changes: Sequence[PayeeChange]) -> MatterForm | None:
    change = next((one for one in changes if one.state == "proposed"), None)
    if change is None:
        return None
    get = typed.get
    fields = (
        FormField("decision", "结论", "select", choices=choices(DECISIONS, get("decision", ""))),
        FormField("opinion", "核对了什么（不同意要写哪里不对）", value=get("opinion", ""), required=False),
    )
    title = f"核对收款人：{change.holder} {change.bank} 尾号 {change.account_tail}"
    consequence = "同意以后这件付到新账户。提出的人不能自己核对"
    return MatterForm(title, f"{base}/payees/{change.id}", fields, "按结论办", consequence, base)


def _advance_decision(base: str, typed: Mapping[str, str], advances: Sequence[Advance]) -> MatterForm | None:
    advance = next((one for one in advances if one.status == "proposed"), None)
    if advance is None:
        return None
    get = typed.get
    fields = (
        FormField("decision", "结论", "select", choices=choices(DECISIONS, get("decision", ""))),
        FormField("opinion", "核对了什么", value=get("opinion", "")),
    )
    title = f"核对提前给付 ￥{display(advance.amount_fen)}"
    consequence = "同意以后进下一付款批次。提出的人不能自己核对"
    return MatterForm(title, f"{base}/advances/{advance.id}", fields, "按结论办", consequence, base)


def _review(base: str, typed: Mapping[str, str], today: date) -> MatterForm:
    get = typed.get
    fields = (
        FormField("kind", "复核还是投诉", "select", choices=choices(reviews.KINDS, get("kind", ""))),
        FormField("channel", "从哪里来", "select", choices=choices(reviews.CHANNELS, get("channel", ""))),
        FormField("relation", "谁提出的", "select", choices=choices(reviews.RELATIONS, get("relation", ""))),
        FormField("filed_on", "哪天提出的", "date", get("filed_on", today.isoformat())),
        FormField("statement", "照本人的话写，不同意哪里", "area", get("statement", "")),
    )
    consequence = "15 日内由没有经手过这件的人答复，结果寄信"
    return MatterForm("登记复核或投诉", f"{base}/reviews", fields, "登记", consequence, base)
