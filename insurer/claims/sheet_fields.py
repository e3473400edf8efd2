"""The settlement sheet as it is keyed in at the desk: fields in the order of the paper, and its additions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from insurer.claims.record_fields import MED_TYPES, fen_from_text
from insurer.kernel.money import display

Kind = Literal["text", "amount", "day", "choice"]
Choices = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class SheetField:
    """One field: the record's name for it, its words on the paper, how it is typed."""

    name: str
    label: str
    kind: Kind = "amount"
    required: bool = False
    choices: Choices = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class SheetGroup:
    """Fields under one heading of the paper."""

    name: str
    heading: str
    fields: tuple[SheetField, ...]


VISIT_CHOICES: Final[Choices] = (
    ("", "请选择"),
    *((code, f"{code} {word}") for code, word in MED_TYPES.items()),
)
INSUTYPES: Final[Choices] = (("390", "城乡居民医保"), ("310", "职工医保"))
DESIGNATED: Final[Choices] = (("", "定点"), ("0", "不是定点"))
REGION: Final[Choices] = (("mainland", "内地"), ("overseas", "境外或港澳台"))
REFERRAL: Final[Choices] = (
    ("local", "本地就医"),
    ("referred", "已办转诊备案"),
    ("emergency", "急诊"),
    ("missing", "没有办转诊"),
    ("missing_hardship_approved", "没有办转诊，困难认定"),
)
DUAL_CHANNEL: Final[Choices] = (("", "不是"), ("1", "是双通道药品"))
PAYER_STATES: Final[Choices] = (
    ("none", "没有"),
    ("paid", "已付"),
    ("pending", "还没有结果"),
)
THIRD_PARTY: Final[Choices] = (
    ("none", "没有"),
    ("settled", "有，已经赔清"),
    ("unresolved", "有，还没有结果"),
)
APPLICANT_WORDS: Final[Choices] = (
    ("self", "本人"),
    ("proxy", "代办人"),
    ("guardian", "监护人"),
    ("heir", "继承人"),
)

BASIC: Final = SheetGroup(
    "basic",
    "基本",
    (
        SheetField("setl_id", "结算流水号", "text", note="没有就留空"),
        SheetField("med_type", "医疗类别", "choice", True, VISIT_CHOICES),
        SheetField("begndate", "入院、出院", "day", True),
        SheetField("enddate", "出院日期", "day"),
        SheetField("setl_time", "结算日期", "day", True),
        SheetField("hospital", "医疗机构", "text", True),
        SheetField("designated", "定点", "choice", choices=DESIGNATED),
    ),
)
CARE: Final = SheetGroup(
    "care",
    "就医情况",
    (
        SheetField("insutype", "险种", "choice", choices=INSUTYPES),
        SheetField("region", "地区", "choice", choices=REGION),
        SheetField("referral", "转诊", "choice", choices=REFERRAL),
        SheetField("dual_channel", "双通道", "choice", choices=DUAL_CHANNEL),
    ),
)
INVOICE: Final = SheetGroup(
    "invoice",
    "票据",
    (
        SheetField("bill_code", "票据代码", "text", note="8 位"),
        SheetField("bill_no", "票据号码", "text", True, note="10 位，数电票 20 位"),
        SheetField("check_code", "校验码", "text", note="6 位"),
        SheetField("bill_total", "票据金额", note="填了就和总费用核对"),
    ),
)
COSTS: Final = SheetGroup(
    "costs",
    "费用（元）",
    (
        SheetField("medfee_sumamt", "医疗总费用", required=True),
        SheetField("inscp_scp_amt", "范围内费用", required=True),
        SheetField("preselfpay_amt", "乙类先行自付", required=True),
        SheetField("overlmt_selfpay", "超限价自付", required=True),
        SheetField("fulamt_ownpay_amt", "全自费", required=True),
    ),
)
PAID: Final = SheetGroup(
    "paid",
    "谁已付（元）",
    (
        SheetField("hifp_pay", "基本医疗统筹", required=True),
        SheetField("hifmi_pay", "大病保险", required=True),
        SheetField("maf_pay", "医疗救助"),
        SheetField("hosp_part_amt", "医院负担"),
        SheetField("acct_pay", "个人账户"),
        SheetField("psn_cash_pay", "个人现金"),
    ),
)
OTHER_FUNDS: Final = SheetGroup(
    "other_funds",
    "别的基金（元）",
    (
        SheetField("hifob_pay", "职工大额补助"),
        SheetField("hifes_pay", "企业补充医疗"),
        SheetField("cvlserv_pay", "公务员补助"),
        SheetField("hifdm_pay", "伤残人员基金"),
        SheetField("oth_pay", "其他支出"),
    ),
)
LATER: Final = SheetGroup(
    "later",
    "结算以后的付款方",
    (
        SheetField("inclusive", "惠民保", "choice", choices=PAYER_STATES),
        SheetField("charity", "慈善救助", "choice", choices=PAYER_STATES),
        SheetField("private", "商业保险", "choice", choices=PAYER_STATES),
        SheetField("third_party", "第三方责任", "choice", choices=THIRD_PARTY),
    ),
)
"""Each payer after the settlement has a field of its own, and its amount one beside it."""
GROUPS: Final = (BASIC, COSTS, PAID, INVOICE, LATER, CARE, OTHER_FUNDS)
PAYERS: Final = ("inclusive", "charity", "private")
PAID_WORDS: Final = {**dict.fromkeys(PAYERS, "paid"), "third_party": "settled"}
"""Who pays after the settlement, with the answer under which an amount stands beside it."""
AMOUNTS: Final = tuple(one for group in (COSTS, PAID, OTHER_FUNDS) for one in group.fields)
LABELS: Final = {one.name: one.label for group in GROUPS for one in group.fields} | {
    f"{one.name}_amount": f"{one.label}付了" for one in LATER.fields
}
FUNDS: Final = ("hifp_pay", "hifmi_pay", "maf_pay", *(one.name for one in OTHER_FUNDS.fields))
COST_PARTS: Final = tuple(one.name for one in COSTS.fields[1:])
PAID_PARTS: Final = (*FUNDS, "hosp_part_amt", "acct_pay", "psn_cash_pay")
TOTAL: Final = "medfee_sumamt"
PERSONAL: Final = ("acct_pay", "psn_cash_pay")
LATER_AMOUNTS: Final = tuple(f"{payer}_amount" for payer in PAID_WORDS)


@dataclass(frozen=True, slots=True)
class Addition:
    """An addition that must agree with the total: which fields, whether it does, and what to say of it."""

    name: str
    total: str
    parts: tuple[str, ...]
    agrees: bool
    text: str
    within: tuple[str, ...] = ()


def additions(values: Mapping[str, str]) -> tuple[Addition, Addition, Addition]:
    """Check the sums of a sheet as typed; a field that is no amount makes its sum disagree by words.

    The first two must be the total, the third, what was paid after the settlement, is within what the person
    was left with.
    """
    return (
        _addition("费用四项", COST_PARTS, values),
        _addition("各方支付", PAID_PARTS, values),
        _later_addition(values),
    )


def later_amounts(values: Mapping[str, str]) -> dict[str, str]:
    """Return what was typed beside each later payer that has paid; beside others nothing counts."""
    return {
        payer: values.get(f"{payer}_amount", "").strip()
        for payer, word in PAID_WORDS.items()
        if values.get(payer) == word
    }


def _later_addition(values: Mapping[str, str]) -> Addition:
    name, within = "结算以后各方", PERSONAL
    if not any(values.get(field, "").strip() for field in within):
        return Addition(name, TOTAL, LATER_AMOUNTS, False, "填好个人负担后在这里核对。", within)
    parts = [_fen(text) for text in later_amounts(values).values()]
    left = [_fen(values.get(field, "")) for field in within]
    if None in parts or None in left:
        text = "有一格不是金额，请写成 1234.50 这样的数字。"
        return Addition(name, TOTAL, LATER_AMOUNTS, False, text, within)
    paid, borne = sum(fen or 0 for fen in parts), sum(fen or 0 for fen in left)
    if paid > borne:
        text = (
            f"{name}付的相加是 {display(paid)} 元，比个人负担的 {display(borne)} 元"
            f"多 {display(paid - borne)} 元。请对照各方的决定书。"
        )
        return Addition(name, TOTAL, LATER_AMOUNTS, False, text, within)
    text = f"个人负担 {display(borne)} − 以后各方 {display(paid)} = 还剩 {display(borne - paid)}"
    return Addition(name, TOTAL, LATER_AMOUNTS, True, text, within)


def _addition(name: str, parts: Sequence[str], values: Mapping[str, str]) -> Addition:
    known = {part: _fen(values.get(part, "")) for part in parts}
    total = _fen(values.get(TOTAL, ""), empty=None)
    if total is None or any(fen is None for fen in known.values()):
        return Addition(name, TOTAL, tuple(parts), False, "填好金额后在这里核对。")
    fens = {part: fen or 0 for part, fen in known.items()}
    together = sum(fens.values())
    if together == total:
        shown = [fen for part, fen in fens.items() if fen or part in COST_PARTS]
        sums = " + ".join(map(display, shown)) or "0.00"
        return Addition(name, TOTAL, tuple(parts), True, f"{sums} = {display(total)}")
    word = "少" if together < total else "多"
    off = abs(total - together)
    text = (
        f"{name}相加是 {display(together)} 元，比总费用{word} {display(off)} 元。"
        f"{_where_to_look(fens, off, together < total)}请对照结算单第1页。"
    )
    return Addition(name, TOTAL, tuple(parts), False, text)


def _where_to_look(fens: Mapping[str, int], off: int, is_short: bool) -> str:
    """Say which slip of typing would make just this difference; empty when none is plain."""
    same = [LABELS[part] for part, fen in fens.items() if fen == off]
    if same and not is_short:
        return f"差的正好是“{same[0]}”，看它是不是填重了。"
    doubled = [LABELS[part] for part, fen in fens.items() if fen and fen * 9 == off]
    if doubled and is_short:
        return f"“{doubled[0]}”像是少填了一位。"
    tenfold = [LABELS[part] for part, fen in fens.items() if fen and fen * 9 == off * 10]
    if tenfold and not is_short:
        return f"“{tenfold[0]}”像是多填了一位。"
    if off % 9 == 0:
        return "差额能被 9 整除，多半有一格两个数字填颠倒了。"
    return ""


def _fen(text: str, empty: int | None = 0) -> int | None:
    if not text.strip():
        return empty
    try:
        return fen_from_text(text.strip())
    except ValueError:
        return None
