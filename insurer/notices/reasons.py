"""Why something is not paid, in everyday words; the clause stands beside them in the letter.

The words follow the meaning of the clause without quoting it. Codes are those of the fee-line check and
of the settlement reasons of the scheme rules.
"""

from insurer.kernel.errors import Invalid, Problem
from insurer.kernel.money import display

DEFAULT_THRESHOLD_FEN = 500_000
"""The unit price of XB-二(二)4 in fen when the caller has no dated parameter at hand."""

_WORDS = {
    "transplant_source": "移植用的器官、组织来源的费用，按规定不赔；手术费不受影响",
    "new_expensive": "列在新型、昂贵项目里，按规定不赔",
    "special_service": "特需服务的费用，不在保障范围里",
    "unrelated": "和这次治病没有关系，不在保障范围里",
    "nonpayable_herb": "医保规定这味中药不能报销",
    "non_pharmacopoeia_drug": "药典以外的药，按规定不赔",
    "retail_pharmacy": "在药店自己买的，不是“双通道”药品，按规定不赔",
    "no_referral": "没有办转诊手续，住的又不是定点医院，按规定不赔",
    "not_designated": "看病的地方不是医保定点，按规定不赔",
    "not_on_invoice": "发票和结算清单上没有这笔费用，按规定不赔",
    "unlawful": "有文书认定这笔费用由违法行为引起，按规定不赔",
    "overseas": "在国外或港澳台看的病，按规定不赔",
    "not_insured": "结算那天不属于保障对象：要在低保名单里，并参加居民医保",
    "duplicate": "这张票据已经赔过一次，不能再赔",
    "third_party_unresolved": "应当由造成伤害的人先负责，不能赔",
    "outside_scope": "不在保障范围里，按规定不赔",
    "nothing_left": "前面的保障已经全部付了，没有要您负担的钱",
    "limit_used_up": "这类费用今年的限额已经用完",
}

_GISTS = {
    "transplant_source": "这些是器官、组织来源的费用",
    "new_expensive": "这些是新型、昂贵的项目",
    "unit_price_threshold": "这些是目录外的高价项目",
    "special_service": "这些是特需服务的费用",
    "unrelated": "这些费用和治病没有关系",
    "nonpayable_herb": "这些中药按规定不能报销",
    "non_pharmacopoeia_drug": "这些药不在药典里",
    "retail_pharmacy": "这些是在药店自己买的",
    "no_referral": "住的不是定点医院，也没有转诊手续",
    "not_designated": "看病的地方不是医保定点",
    "not_on_invoice": "发票和结算清单上没有这些费用",
    "unlawful": "这些费用由违法行为引起",
    "overseas": "病是在国外或港澳台看的",
    "not_insured": "结算那天您还不属于保障对象",
    "duplicate": "这张票据已经赔过",
    "third_party_unresolved": "应当由造成伤害的人先负责",
    "outside_scope": "这些费用不在保障范围里",
    "nothing_left": "前面的保障已经全部付了",
    "limit_used_up": "今年的限额已经用完",
}

CODES = frozenset(_GISTS)


def _known(code: str) -> None:
    if code not in CODES:
        raise Invalid(
            f"理由“{code}”没有对应的说明，通知书不能用。请先核对这一行",
            (Problem("code", "不认识这个理由", code),),
        )


def everyday_reason(
    code: str,
    *,
    unit_price_fen: int | None = None,
    unit: str = "",
    threshold_fen: int = DEFAULT_THRESHOLD_FEN,
) -> str:
    """Return the sentence of one refused line; a price reason names the price and the limit (fen)."""
    _known(code)
    if code != "unit_price_threshold":
        return _WORDS[code]
    threshold = _round_yuan(threshold_fen)
    if unit_price_fen is None:
        return f"不在医保目录内，单价达到 {threshold} 元，按规定不赔"
    measure = f"一{unit}" if unit else "单价"
    return f"不在医保目录内，{measure} {_round_yuan(unit_price_fen)} 元，达到 {threshold} 元，按规定不赔"


def headline_reason(code: str) -> str:
    """Return the few words that follow “这次我们不能付款，原因是：”."""
    _known(code)
    return _GISTS[code]


def _round_yuan(fen: int) -> str:
    # Whole yuan are read more easily without “.00” in a sentence; tables always show the fen.
    return f"{fen // 100:,}" if fen >= 0 and fen % 100 == 0 else display(fen)
