"""What the entries of the log say in the words of the desk: the tag, and what changed from what to what."""

from collections.abc import Mapping
from typing import Any, Final

from insurer.claims.lifecycle import TABLE, WORDS, State
from insurer.claims.operations import accidents, agency_findings, reviews
from insurer.claims.operations.duplicates import paper_word
from insurer.claims.operations.findings import FINDINGS
from insurer.claims.operations.upstream import WAYS
from insurer.claims.rules import paper_list
from insurer.claims.upstream import PAYER_WORDS, STATUS_WORDS
from insurer.kernel.money import display, parse_yuan
from insurer.people.payees import CAPACITIES

ACTIONS: Final[dict[str, str]] = {action.value: found.word for (_, action), found in TABLE.items()}
AUTOMATIC: Final = {"covered": "可赔", "excluded": "不予支付", "review": "待核", "automatic": "自动判定"}
TAGS: Final[dict[str, str]] = {
    "claim:case:received": "收到结算，立案",
    "claim:case:calculated": "核算",
    "claim:case:unreadable": "算不出来",
    "claim:case:cover_changed": "保障有变，要重看",
    "claim:case:assigned": "分派经办",
    "claim:case:taken_over": "接手办理",
    "claim:settlement:changed": "结算有更正",
    "claim:settlement:released": "结算号给了另一件",
    "claim:paper:added": "添加材料",
    "claim:paper:removed": "去掉材料",
    "claim:paper:checked": "核对材料",
    "claim:approver:substituted": "换复核人",
    "claim:line:found": "判定费用",
    "claim:line:reported": "把自动核对的答案报给政策专员",
    "claim:duplicate:confirmed": "和以前收的一样，照样收下",
    "claim:sheet:corrected": "改结算单",
    "claim:term:recounted": "工作日历有更正，期限重算",
    "claim:upstream:noted": "登记上游结果",
    "claim:upstream:asked": "询问上游",
    "claim:agency_finding:raised": "发现上游差异",
    "claim:agency_finding:sent": "差异已发函",
    "claim:agency_finding:answered": "差异已答复",
    "claim:agency_finding:void": "差异已撤销",
    "claim:accident:reported": "登记受伤经过",
    "claim:claimant:named": "登记申请人",
    "claim:payee:proposed": "提出更改收款人",
    "claim:payee:approved": "同意更改收款人",
    "claim:payee:refused": "不同意更改收款人",
    "claim:advance:proposed": "提出提前给付",
    "claim:advance:approved": "同意提前给付",
    "claim:advance:refused": "不同意提前给付",
    "claim:advance:withdrawn": "提前给付不再付",
    "claim:review:filed": "登记复核或投诉",
    "claim:review:decided": "答复复核或投诉",
    "claim:review:withdrawn": "复核或投诉撤回",
    "claim:archive:moved": "档案移库",
    "payment:advance:batched": "提前给付进批次",
    "payment:advance:taken_out": "提前给付撤出批次",
    "payment:advance:paid": "提前给付，银行已付",
    "payment:recovery:recorded": "登记收回",
    "notice:letter:issued": "制作通知书",
    "notice:letter:delivered": "通知书送达",
    "notice:letter:void": "通知书作废",
    "people:number:revealed": "看过完整证号",
}
"""Tag to words; a tag of a state is said by its action."""


def said(tag: str, data: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return what an entry says, and what it changed from what to what (empty when nothing)."""
    if tag.startswith("claim:state:"):
        return _step(data), state_word(data.get("before")), state_word(data.get("after"))
    if tag == "claim:line:found":
        before, after = (_finding(str(data.get(key))) for key in ("before", "after"))
        return f"判定第 {data.get('line_no')} 行", before, after
    if tag in ("claim:case:assigned", "claim:case:taken_over"):
        return TAGS[tag], str(data.get("before") or ""), str(data.get("after") or "没有人")
    if tag == "claim:line:reported":
        return f"把第 {data.get('line_no')} 行的答案报给政策专员", "", ""
    if tag == "claim:case:calculated":
        return f"核算，应付 {_yuan(data.get('total'))} 元", "", ""
    if tag == "claim:paper:added":
        return f"添加材料 {data.get('papers', 1)} 份", "", ""
    if tag in ("claim:paper:removed", "claim:paper:checked"):
        return f"{TAGS[tag]}：{'、'.join(paper_word(kind) for kind in data.get('kinds', ()))}", "", ""
    if tag == "claim:duplicate:confirmed":
        return f"{TAGS[tag]}：{'、'.join(data.get('cases', ()))}", "", ""
    if tag == "claim:sheet:corrected":
        changes = data.get("changes", ())
        before = "；".join(f"{one['label']} {one['before']}" for one in changes)
        return TAGS[tag], before, "；".join(f"{one['label']} {one['after']}" for one in changes)
    if tag == "claim:upstream:noted":
        payer = PAYER_WORDS.get(str(data.get("payer")), "上游")
        after = STATUS_WORDS.get(str(data.get("after")), "")
        if data.get("amount"):
            after += f" {_yuan(data['amount'])} 元"
        return f"登记{payer}结果", STATUS_WORDS.get(str(data.get("before")), ""), after
    if tag == "claim:upstream:asked":
        way = WAYS.get(str(data.get("way")), "")
        return f"{way}询问{PAYER_WORDS.get(str(data.get('payer')), '上游')}", "", ""
    if tag == "claim:accident:reported":
        words = accidents.LIABILITIES
        return TAGS[tag], words.get(str(data.get("before")), ""), words.get(str(data.get("after")), "")
    if tag == "claim:claimant:named":
        before, after = (CAPACITIES.get(str(data.get(key)), "") for key in ("before", "after"))
        return TAGS[tag], before, after
    if tag == "claim:review:decided":
        outcome = reviews.OUTCOMES.get(str(data.get("outcome")), "")
        return f"答复{reviews.KINDS.get(str(data.get('kind')), '复核')} {data.get('number', '')}", "", outcome
    if tag == "claim:agency_finding:answered":
        outcome = agency_findings.OUTCOMES.get(str(data.get("outcome")), "")
        return f"{TAGS[tag]} {data.get('number', '')}", "", outcome
    word = TAGS.get(tag, "办理")
    if data.get("amount"):
        word += f"，{_yuan(data['amount'])} 元"
    elif data.get("number"):
        word += f" {data['number']}"
    if tag in ("claim:term:recounted", "claim:archive:moved"):
        return word, str(data.get("before") or ""), str(data.get("after") or "")
    return word, "", ""


def _step(data: Mapping[str, Any]) -> str:
    word = ACTIONS.get(str(data.get("action")), "办理")
    if data.get("papers"):
        kinds = paper_list().kinds
        word += "：" + "、".join(kinds[code].word for code in data["papers"] if code in kinds)
    if data.get("benefit"):
        word += f"，{_yuan(data['benefit'])} 元"
    elif data.get("amount"):
        word += f"，{_yuan(data['amount'])} 元"
    elif data.get("file_number"):
        word += f"，{data['file_number']}，放在{data.get('place', '')}"
    elif data.get("stopped_days"):
        word += f"，停表 {data['stopped_days']} 天"
    return word


def state_word(value: Any) -> str:
    """Return a state's word, empty for what is none."""
    return WORDS[State(value)].word if value in set(State) else ""


def _finding(value: str) -> str:
    return FINDINGS.get(value) or AUTOMATIC.get(value, value)


def _yuan(value: Any) -> str:
    try:
        return display(parse_yuan(str(value)))
    except ValueError:
        return str(value)
