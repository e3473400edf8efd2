"""Who and what the Changzhou-Xinbei scheme covers: clauses 二(一) and 二(二).

These rules decide a settlement as a whole: they record their facts and return the stops (reject or hold).
"""

from collections.abc import Sequence

from insurer.schemes.recording import Rules, Sheet, Step

COST_PARTS: tuple[tuple[str, str], ...] = (
    ("inscp_scp_amt", "政策范围内费用"),
    ("preselfpay_amt", "乙类先行自付"),
    ("overlmt_selfpay", "超限价自付"),
    ("fulamt_ownpay_amt", "全自费"),
)
"""The four parts of every bill; they must add up to ``medfee_sumamt``."""


# 二(一) 保障对象 -----
def people_covered(r: Rules, bill_day: Step) -> tuple[Step, Step]:
    """Tell who is insured on the day of the bill; the first value is the stop, the second the fact."""
    listed = r.given("on_previous_december", "上年 12 月在册", "bool")
    approved_on = r.given("approved_on", "当年审批日期", "day")
    removed_on = r.given("removed_on", "退出日期", "day")
    own_scheme = r.given("person_insutype", "人员险种", "code")
    at_service = r.given("settlement_insutype", "结算记录上的险种", "code")
    year_start = r.calendar("year_start", "保险年度第一天", "XB-四(一)", bill_day, "first_of_year")
    year_end = r.calendar("year_end", "保险年度最后一天", "XB-四(一)", bill_day, "last_of_year")

    insutype = r.reading("scheme_status_date", service=at_service, settlement=at_service, person=own_scheme)
    by_record = r.same(
        "resident_scheme", "参加居民医保", "XB-二(一)", insutype, r.constant("390", "居民医保", "390", "code")
    )
    with r.only_when(r.given("has_insurance_periods", "有参保起止记录", "bool")):
        by_periods = r.reading(
            "scheme_status_date",
            service=r.given("resident_at_service", "就诊（住院期间）参加居民医保", "bool"),
            settlement=r.given("resident_at_settlement", "结算日参加居民医保", "bool"),
            person=by_record,
        )
        resident = r.pick(
            "resident_by_periods",
            "按参保起止判断参加居民医保",
            "XB-二(一)",
            by_record,
            (r.given("has_insurance_periods", "有参保起止记录", "bool"), by_periods),
        )

    removal_month = r.calendar("removal_month_end", "退出当月月末", "XB-二(一)", removed_on, "last_of_month")
    removal_end = r.smaller(
        "cover_until",
        "保障截止日期",
        "XB-二(一)",
        year_end,
        r.reading("cover_end", year=year_end, month=removal_month, removal_date=removed_on),
    )
    before_end = r.at_least("before_end", "在保障截止日期之前", "XB-二(一)", removal_end, bill_day)
    by_list = r.all_of("covered_by_list", "因上年 12 月在册而保障", "XB-二(一)", listed, before_end)

    start = r.reading(
        "cover_start",
        month=r.calendar("approval_month", "审批当月 1 日", "XB-四(三)", approved_on, "first_of_month"),
        approval_date=approved_on,
        next_month=r.calendar(
            "month_after_approval", "审批次月 1 日", "XB-四(三)", approved_on, "first_of_next_month"
        ),
        year=r.calendar("approval_year", "审批当年 1 月 1 日", "XB-二(一)", approved_on, "first_of_year"),
    )
    in_year = r.all_of(
        "approved_in_year",
        "当年审批通过",
        "XB-二(一)",
        r.at_least("approved_after_start", "审批不早于年初", "XB-二(一)", approved_on, year_start),
        r.at_least("approved_before_end", "审批不晚于年末", "XB-二(一)", year_end, approved_on),
    )
    came_back = r.more_than("approved_after_removal", "退出后重新审批", "XB-二(一)", approved_on, removed_on)
    approval_end = r.pick(
        "approval_until", "重新审批后的截止日期", "XB-二(一)", removal_end, (came_back, year_end)
    )
    by_approval = r.all_of(
        "covered_by_approval",
        "因当年审批而保障",
        "XB-二(一)",
        in_year,
        r.at_least("after_start", "不早于保障开始日期", "XB-二(一)", bill_day, start),
        r.at_least("before_approval_end", "不晚于截止日期", "XB-二(一)", approval_end, bill_day),
    )
    covered = r.any_of("on_roster", "在保障名单内", "XB-二(一)", by_list, by_approval)
    insured = r.all_of("insured", "属于保障对象", "XB-二(一)", resident, covered)
    outside = r.negate("not_insured", "不属于保障对象", "XB-二(一)", insured)
    return r.stop("rejected", "not_insured", "费用归属日期不在保障期内", "XB-二(一)", outside), insured


def record_insurance_period(r: Rules) -> Sheet:
    """Whether one period of insurance makes a resident of a person: 二(一)."""
    inpatient = r.given("inpatient", "住院", "bool")
    begins, ends = r.given("psn_insu_date", "参保日期", "day"), r.given("paus_insu_date", "停保日期", "day")
    admitted = r.given("admission_day", "入院（就诊）日期", "day")
    discharged = r.given("discharge_day", "出院日期", "day")
    settled = r.given("settlement_day", "结算日期", "day")
    kind = r.given("insutype", "险种", "code")
    resident = r.same(
        "is_resident", "居民医保", "XB-二(一)", kind, r.constant("390", "居民医保", "390", "code")
    )
    last_day = r.pick("last_day_of_service", "就诊最后一天", "XB-二(一)", admitted, (inpatient, discharged))
    found = {}
    for key, label, first, last in (
        ("service", "就诊（住院期间）在参保期内", admitted, last_day),
        ("settlement", "结算日在参保期内", settled, settled),
    ):
        found[key] = r.all_of(
            f"resident_at_{key}",
            label,
            "XB-二(一)",
            resident,
            r.at_least(f"begun_by_{key}", "已经参保", "XB-二(一)", last, begins),
            r.more_than(f"not_ended_by_{key}", "没有停保", "XB-二(一)", ends, first),
        )
    return r.finish(found)


# 二(二) 保障范围：整笔费用不予补偿或暂缓 -----
def within_scope(r: Rules, no: Step, yes: Step) -> Sequence[Step]:
    """Tell what takes a whole settlement out of the scheme, or makes it wait."""

    def fact(name: str, label: str) -> Step:
        return r.given(name, label, "bool")

    referral = r.given("referral", "转诊情况", "code")
    inpatient, known = fact("inpatient", "住院"), fact("known_kind", "医疗类别可以识别")
    outside = r.negate("not_designated", "非定点机构", "XB-二(二)", fact("designated", "定点机构"))

    def is_referral(code: str, label: str) -> Step:
        return r.same(
            f"referral_is_{code}", label, "XB-二(二)1", referral, r.constant(code, label, code, "code")
        )

    referred, emergency = is_referral("referred", "已转诊"), is_referral("emergency", "急诊")
    missing = r.any_of(
        "referral_missing",
        "未转诊",
        "XB-二(二)1",
        is_referral("missing", "未转诊"),
        is_referral("missing_hardship_approved", "未转诊，困难已批准"),
    )
    unreferred = r.negate("not_referred", "没有转诊记录", "XB-二(二)1", referred)
    planned = r.negate("not_emergency", "不是急诊", "XB-二(二)1", emergency)
    both = r.all_of(
        "outside_and_unreferred", "非定点且未转诊", "XB-二(二)1", inpatient, outside, unreferred, planned
    )
    outside_planned = r.all_of("outside_planned", "非定点且非急诊", "XB-二(二)1", outside, planned)
    one_of_them = r.any_of("outside_or_unreferred", "非定点或未转诊", "XB-二(二)1", outside_planned, missing)
    either = r.all_of(
        "stay_outside_or_unreferred", "住院非定点或未转诊", "XB-二(二)1", inpatient, one_of_them
    )
    excluded_stay = r.all_of(
        "excluded_stay",
        "住院费用属于第 1 项",
        "XB-二(二)1",
        r.reading("referral_exclusion", both=both, either=either),
    )
    stay_unreferred = r.all_of(
        "excluded_stay_unreferred", "未按要求转诊", "XB-二(二)1", excluded_stay, unreferred
    )
    stay_outside = r.all_of("excluded_stay_outside", "在非定点机构住院", "XB-二(二)1", excluded_stay, outside)
    stay_emergency = r.all_of(
        "emergency_outside", "急诊在非定点机构住院", "XB-二(二)1", inpatient, outside, emergency
    )
    visit = r.all_of(
        "visit", "不是住院", "XB-二(二)", known, r.negate("not_inpatient", "非住院", "XB-二(二)", inpatient)
    )
    visit_outside = r.all_of("visit_outside", "在非定点机构就诊", "XB-二(二)", visit, outside)
    retail = r.all_of(
        "retail_purchase",
        "零售药店购药且非双通道",
        "XB-二(二)7",
        fact("pharmacy", "零售药店"),
        r.negate("not_dual_channel", "非双通道", "XB-二(二)7", fact("dual_channel", "双通道")),
        r.negate(
            "no_line_confirmed",
            "没有人工确认的费用行",
            "XB-二(二)7",
            fact("line_confirmed", "人工确认可补偿"),
        ),
    )
    liable = r.given("third_party_unresolved", "第三方责任未了结", "bool")
    open_held = r.reading("third_party_open", hold=yes, exclude=no, cover=no)
    open_excluded = r.reading("third_party_open", hold=no, exclude=yes, cover=no)
    wait = r.all_of("third_party_wait", "等待第三方责任确定", "XB-二(二)", liable, open_held)
    excluded_third = r.all_of(
        "third_party_excluded", "第三方责任不予补偿", "XB-二(二)", liable, open_excluded
    )
    unknown = r.negate("unknown_kind", "医疗类别不能识别", "XB-二(二)", known)
    return [
        r.stop("rejected", "no_referral", "未按要求转诊", "XB-二(二)1", stay_unreferred),
        r.stop("rejected", "not_designated", "在非定点机构住院", "XB-二(二)1", stay_outside),
        r.stop("held", "not_designated", "急诊在非定点机构住院", "XB-二(二)1", stay_emergency),
        r.stop("rejected", "not_designated", "在非定点机构就诊", "XB-二(二)", visit_outside),
        r.stop(
            "rejected",
            "not_on_invoice",
            "发票和清单以外的费用",
            "XB-二(二)2",
            fact("not_on_invoice", "发票和清单以外"),
        ),
        r.stop("rejected", "unlawful", "违法违规产生的费用", "XB-二(二)5", fact("unlawful", "违法违规")),
        r.stop("rejected", "retail_pharmacy", "零售药店购药", "XB-二(二)7", retail),
        r.stop("rejected", "overseas", "境外或港澳台费用", "XB-二(二)8", fact("overseas", "境外或港澳台")),
        r.stop(
            "rejected", "duplicate", "同一发票已经申请", "XB-二(二)2", fact("duplicate", "同一发票已经申请")
        ),
        r.stop("held", "unknown_kind", "医疗类别不能识别", "XB-二(二)", unknown),
        r.stop("held", "third_party_unresolved", "第三方责任未了结", "XB-二(二)", wait),
        r.stop("rejected", "third_party_unresolved", "第三方责任未了结", "XB-二(二)", excluded_third),
        r.stop(
            "held",
            "upstream_pending",
            "前面的保障还未答复",
            "XB-一",
            fact("upstream_pending", "前面的保障未答复"),
        ),
        r.stop(
            "held", "other_fund", "有未说明的其他基金支付", "XB-二(二)", fact("other_fund", "其他基金支付")
        ),
    ]


def unreferred_loss(r: Rules, covered_in: Step) -> tuple[Step, Step, Step]:
    """Leave out what a missing referral lost upstream at a designated institution; hold while unknown."""
    cite = "XB-二(二)1"
    applies = r.all_of(
        "unreferred_at_designated",
        "在定点机构住院而未转诊",
        cite,
        r.given("inpatient", "住院", "bool"),
        r.given("designated", "定点机构", "bool"),
        r.any_of(
            "referral_was_missing",
            "没有按要求转诊",
            cite,
            r.same("missing_plainly", "未转诊", cite, *_is(r, "missing", "未转诊")),
            r.same(
                "missing_approved",
                "困难已批准",
                cite,
                *_is(r, "missing_hardship_approved", "未转诊，困难已批准"),
            ),
        ),
    )
    with r.only_when(applies):
        loss = r.by(r.given("referral_loss", "未转诊少报销的金额"), "unreferred_loss")
        lost = r.smaller("loss_at_most", "不超过目录内部分", cite, loss, covered_in, part=True)
        nothing = r.constant("no_loss", "零", 0)
        gone = r.pick("loss_not_paid", "不予补偿的未转诊损失", cite, nothing, (applies, lost))
        left = r.sub("in_catalogue_less_loss", "扣除未转诊损失后的目录内部分", cite, covered_in, gone)
    unknown = r.all_of(
        "loss_unknown",
        "未转诊的损失还没有证明",
        cite,
        applies,
        r.negate(
            "no_loss_stated", "没有写明损失", cite, r.given("referral_loss_known", "已写明损失", "bool")
        ),
    )
    return left, gone, r.stop("held", "upstream_pending", "未转诊的损失还没有证明", cite, unknown)


def _is(r: Rules, code: str, label: str) -> tuple[Step, Step]:
    return r.given("referral", "转诊情况", "code"), r.constant(f"{code}_referral", label, code, "code")


# 二(二)2 发票和结算清单：数目必须相符 -----
def papers_agree(r: Rules, bill_day: Step) -> Sequence[Step]:
    """Tell whether the figures of the settlement sheet and its lines agree; the hard gates."""
    tolerance = r.parameter("reconcile_tolerance", "XB-二(二)2", bill_day)
    total = r.given("medfee_sumamt", "费用总额")
    parts = r.add(
        "cost_parts",
        "四部分费用合计",
        "XB-二(二)2",
        *(r.given(name, label) for name, label in COST_PARTS),
    )
    apart = r.gap("cost_gap", "与费用总额的差额", "XB-二(二)2", total, parts)
    parts_wrong = r.more_than("parts_mismatch", "四部分与总额不符", "XB-二(二)2", apart, tolerance)
    paid = r.add(
        "paid_together",
        "基金、医院、个人合计",
        "XB-二(二)2",
        r.given("fund_pay_sumamt", "基金支付总额"),
        r.given("hosp_part_amt", "医院负担"),
        r.given("psn_part_amt", "个人负担"),
    )
    paid_apart = r.gap("paid_gap", "支付合计与费用总额的差额", "XB-二(二)2", total, paid)
    paid_wrong = r.all_of(
        "paid_mismatch",
        "支付合计与总额不符",
        "XB-二(二)2",
        r.given("paid_side_given", "有支付合计", "bool"),
        r.more_than("paid_gap_too_large", "差额超过允许", "XB-二(二)2", paid_apart, tolerance),
    )
    negative = r.given("negative_amount", "金额小于零", "bool")
    own_lines = r.total(
        "lines_own_expense", "费用行自费合计", "XB-二(二)2", r.given("lines_own", "各行自费", "column")
    )
    lines_apart = r.gap(
        "lines_gap", "费用行与结算自费的差额", "XB-二(二)2", own_lines, r.given("fulamt_ownpay_amt", "全自费")
    )
    lines_wrong = r.all_of(
        "lines_mismatch",
        "费用行自费与结算不符",
        "XB-二(二)2",
        r.given("has_lines", "有费用行", "bool"),
        r.more_than("lines_gap_too_large", "差额超过允许", "XB-二(二)2", lines_apart, tolerance),
    )
    beyond = r.given("line_parts_beyond", "不予补偿的行超出结算各部分", "bool")
    return [
        r.stop("held", "amounts_mismatch", "费用各部分与总额不符", "XB-二(二)2", parts_wrong),
        r.stop("held", "amounts_mismatch", "支付合计与总额不符", "XB-二(二)2", paid_wrong),
        r.stop("held", "amounts_mismatch", "金额小于零", "XB-二(二)2", negative),
        r.stop("held", "lines_mismatch", "费用行自费与结算不符", "XB-二(二)2", lines_wrong),
        r.stop("held", "lines_mismatch", "不予补偿的行超出结算各部分", "XB-二(二)2", beyond),
    ]
