"""What takes a whole settlement out of Nantong assistance, or makes it wait: NT-(五) and the gates."""

from collections.abc import Sequence

from insurer.schemes.recording import Rules, Step

COST_PARTS: tuple[tuple[str, str], ...] = (
    ("inscp_scp_amt", "政策范围内费用"),
    ("preselfpay_amt", "乙类先行自付"),
    ("overlmt_selfpay", "超限价自付"),
    ("fulamt_ownpay_amt", "全自费"),
)
"""The four parts of every bill; they must add up to ``medfee_sumamt``."""


def within_scope(r: Rules, inpatient: Step) -> Sequence[Step]:
    """Tell whether the institution, the invoice and the other payers let the settlement be decided."""

    def fact(name: str, label: str) -> Step:
        return r.given(name, label, "bool")

    known, referred = fact("known_kind", "医疗类别可以识别"), fact("referred", "已转诊")
    emergency = fact("emergency", "急诊")
    outside = r.negate("not_designated", "非定点机构", "NT-(五)", fact("designated", "定点机构"))
    unreferred = r.negate("not_referred", "没有转诊记录", "NT-(五)", referred)
    planned = r.negate("not_emergency", "不是急诊", "NT-(五)", emergency)
    stay = r.all_of("stay_outside", "在非定点机构住院", "NT-(五)", inpatient, outside, unreferred, planned)
    urgent = r.all_of("emergency_outside", "急诊在非定点机构住院", "NT-(五)", inpatient, outside, emergency)
    other = r.negate("not_inpatient", "非住院", "NT-(五)", inpatient)
    visit = r.all_of("visit_outside", "在非定点机构就诊", "NT-(五)", known, other, outside)
    unknown = r.negate("unknown_kind", "医疗类别不能识别", "NT-(五)", known)
    return [
        r.stop("rejected", "not_designated", "在非定点机构住院", "NT-(五)", stay),
        r.stop("held", "not_designated", "急诊在非定点机构住院", "NT-(五)", urgent),
        r.stop("rejected", "not_designated", "在非定点机构就诊", "NT-(五)", visit),
        r.stop("rejected", "overseas", "境外或港澳台费用", "NT-(五)", fact("overseas", "境外或港澳台")),
        r.stop(
            "rejected",
            "not_on_invoice",
            "发票和清单以外的费用",
            "NT-(五)",
            fact("not_on_invoice", "发票和清单以外"),
        ),
        r.stop("rejected", "unlawful", "违法违规产生的费用", "NT-(五)", fact("unlawful", "违法违规")),
        r.stop("rejected", "duplicate", "同一费用已经救助", "NT-(八)", fact("duplicate", "同一费用已经救助")),
        r.stop("held", "unknown_kind", "医疗类别不能识别", "NT-(五)", unknown),
        r.stop(
            "held",
            "third_party_unresolved",
            "第三方责任未了结",
            "NT-(五)",
            fact("third_party_unresolved", "责任未了结"),
        ),
        r.stop(
            "held",
            "upstream_pending",
            "前面的保障还未答复",
            "NT-(三)",
            fact("upstream_pending", "前面的保障未答复"),
        ),
        r.stop("held", "other_fund", "有未说明的其他基金支付", "NT-(三)", fact("other_fund", "其他基金支付")),
    ]


def papers_agree(r: Rules, bill_day: Step) -> Sequence[Step]:
    """Tell whether the figures of the settlement sheet and its lines agree; the hard gates."""
    tolerance = r.parameter("reconcile_tolerance", "NT-(十四)", bill_day)
    total = r.given("medfee_sumamt", "费用总额")
    parts = r.add("cost_parts", "四部分费用合计", "NT-(十四)", *(r.given(*part) for part in COST_PARTS))
    apart = r.gap("cost_gap", "与费用总额的差额", "NT-(十四)", total, parts)
    parts_wrong = r.more_than("parts_mismatch", "四部分与总额不符", "NT-(十四)", apart, tolerance)
    paid = r.add(
        "paid_together",
        "基金、医院、个人合计",
        "NT-(十四)",
        r.given("fund_pay_sumamt", "基金支付总额"),
        r.given("hosp_part_amt", "医院负担"),
        r.given("psn_part_amt", "个人负担"),
    )
    paid_apart = r.gap("paid_gap", "支付合计与费用总额的差额", "NT-(十四)", total, paid)
    paid_wrong = r.all_of(
        "paid_mismatch",
        "支付合计与总额不符",
        "NT-(十四)",
        r.given("paid_side_given", "有支付合计", "bool"),
        r.more_than("paid_gap_too_large", "差额超过允许", "NT-(十四)", paid_apart, tolerance),
    )
    own_lines = r.total(
        "lines_own_expense", "费用行自费合计", "NT-(十四)", r.given("lines_own", "各行自费", "column")
    )
    lines_apart = r.gap(
        "lines_gap", "费用行与结算自费的差额", "NT-(十四)", own_lines, r.given("fulamt_ownpay_amt", "全自费")
    )
    lines_wrong = r.all_of(
        "lines_mismatch",
        "费用行自费与结算不符",
        "NT-(十四)",
        r.given("has_lines", "有费用行", "bool"),
        r.more_than("lines_gap_too_large", "差额超过允许", "NT-(十四)", lines_apart, tolerance),
    )
    negative = r.given("negative_amount", "金额小于零", "bool")
    return [
        r.stop("held", "amounts_mismatch", "费用各部分与总额不符", "NT-(十四)", parts_wrong),
        r.stop("held", "amounts_mismatch", "支付合计与总额不符", "NT-(十四)", paid_wrong),
        r.stop("held", "amounts_mismatch", "金额小于零", "NT-(十四)", negative),
        r.stop("held", "lines_mismatch", "费用行自费与结算不符", "NT-(十四)", lines_wrong),
    ]
