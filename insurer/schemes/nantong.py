"""The Nantong scheme (通医保发〔2022〕68号), to be read beside the document from top to bottom.

Medical assistance comes third, after basic and critical-illness insurance: the base is the cost within the
policy scope that these leave, the rate follows the person's best identity, and two limits cap a year.
"""

from collections.abc import Mapping

from insurer.schemes.nantong_limits import limit_waived, within_limit, year_limit
from insurer.schemes.nantong_scope import papers_agree, within_scope
from insurer.schemes.pack_files import RATE_OF, code_table
from insurer.schemes.recording import Argument, Rules, Sheet, Step

CATEGORIES: Mapping[str, str] = code_table("nantong", "category").labels
"""The identities of NT-(一) with their Chinese words: ``data/nantong/codes.toml``."""

FUNDS: tuple[tuple[str, str], ...] = (
    ("hifp_pay", "基本医疗支付"),
    ("hifob_pay", "大额补充支付"),
    ("hifes_pay", "企业补充支付"),
    ("cvlserv_pay", "公务员补助支付"),
    ("hifdm_pay", "伤残人员保障支付"),
)
"""The insurance payments that come before assistance, besides critical illness."""


def record_identity(r: Rules) -> Sheet:
    """Whether one identity counts for a visit or a stay: (八)."""
    yes, no = r.constant("yes", "是", True, "bool"), r.constant("no", "否", False, "bool")
    valid_from = r.given("valid_from", "认定日期", "day")
    lost_on = r.given("lost_decided_on", "取消决定日期", "day")
    admitted = r.given("admission_day", "入院（就诊）日期", "day")
    discharged = r.given("discharge_day", "出院日期", "day")
    inpatient = r.given("inpatient", "住院", "bool")
    month_end = r.calendar("loss_month_end", "取消决定当月月末", "NT-(八)", lost_on, "last_of_month")
    valid_to = r.smaller(
        "valid_to",
        "身份有效至",
        "NT-(八)",
        r.reading("identity_loss", month_end=month_end, decision_date=lost_on),
    )
    whole_stay = r.reading("stay_identity", best_of_stay=yes, at_admission=no)
    counts_stay = r.all_of("whole_stay_counts", "按整个住院期间判断", "NT-(八)", inpatient, whole_stay)
    begun = r.at_least("begun_at_admission", "入院时已认定", "NT-(八)", admitted, valid_from)
    begun_in_stay = r.at_least("begun_before_discharge", "出院前已认定", "NT-(八)", discharged, valid_from)
    gained = r.all_of("gained_in_stay", "住院期间取得身份", "NT-(八)", counts_stay, begun_in_stay)
    in_time = r.any_of("recognised_in_time", "认定时间符合", "NT-(八)", begun, gained)
    not_lost = r.at_least("not_lost", "入院（就诊）时身份有效", "NT-(八)", valid_to, admitted)
    counts = r.all_of("identity_counts", "该身份适用", "NT-(八)", in_time, not_lost)
    return r.finish({"counts": counts})


def record_excluded_line(r: Rules) -> Sheet:
    """A line found not payable leaves the base with its own part of each payer's money: (五)."""
    line = r.given("line_inscp_scp_amt", "该行政策范围内费用")
    whole = r.given("inscp_scp_amt", "政策范围内费用")
    payers = (("critical_illness", "大病保险支付"), *FUNDS)
    paid = [
        r.prorata(f"line_{name}", f"该行所带的{label}", "NT-(五)", r.given(name, label), line, whole)
        for name, label in payers
    ]
    return r.finish({"left": r.sub("line_left", "该行保险支付之后的费用", "NT-(五)", line, *paid)})


def record_settlement(r: Rules) -> Sheet:
    """From the base of (五) to the assistance of (六) and the control line of (七)."""
    nothing = r.constant("nothing", "零", 0)
    bill_day = r.given("bill_day", "费用归属日期", "day")
    inpatient = r.given("inpatient", "住院", "bool")

    # (一) (六) (八) 身份和比例：多重身份就高，不重复 ------------------------------------------------
    no_rate = r.constant("no_rate", "0%", 0, "points")
    best = _best_rate(r, bill_day, no_rate)
    without = r.same("no_identity", "没有有效身份", "NT-(八)", best, no_rate)
    stops = [r.stop("rejected", "not_insured", "费用发生时没有有效的救助身份", "NT-(八)", without)]
    stops += [*within_scope(r, inpatient), *papers_agree(r, bill_day)]

    # (十五) 未按规定转诊：原则上不救助，困难已批准的降低比例 ------------------------------------------
    missing, approved = (
        r.given("referral_missing", "未转诊", "bool"),
        r.given("hardship_approved", "困难已批准", "bool"),
    )
    stops.append(r.stop("rejected", "no_referral", "未按规定转诊", "NT-(十五)", missing))
    with r.only_when(approved):
        cut = r.given("no_referral_cut", "未转诊降低的百分点", "points")
        of_rate = r.share("cut_of_rate", "按比例降低的百分点", "NT-(十五)", best, cut)
        taken_off = r.reading("no_referral_cut_kind", points=cut, percent_of_rate=of_rate)
        lowered = r.sub("rate_less_cut", "降低后的比例", "NT-(十五)", best, taken_off)
        lowest = r.larger("rate_after_cut", "降低后的比例不小于 0", "NT-(十五)", no_rate, lowered)
        rate = r.pick("rate", "救助比例", "NT-(十五)", best, (approved, lowest))

    # (三) (五) 先保险后救助：政策范围内费用减去保险支付，起付线以下计入 --------------------------------
    scope = r.given("inscp_scp_amt", "政策范围内费用")
    first_pay = r.given("preselfpay_amt", "乙类先行自付")
    cost = r.add(
        "assistance_cost",
        "救助范围内费用",
        "NT-(五)",
        scope,
        r.reading("assistance_base_class_b", outside=nothing, inside=first_pay),
    )
    critical = r.given("critical_illness", "大病保险支付")
    funds = r.add("insurance_paid", "保险支付合计", "NT-(三)", critical, *(r.given(*fund) for fund in FUNDS))
    too_much = r.more_than("insurance_exceeds", "保险支付超过费用", "NT-(三)", funds, cost)
    stops.append(r.stop("held", "payers_exceed_cost", "保险支付超过政策范围内费用", "NT-(三)", too_much))
    base = r.sub("base_before_hospital", "保险支付之后的费用", "NT-(三)", cost, funds)
    paid_before = r.given("maf_pay", "一站式已付的医疗救助")
    too_much = r.more_than("counter_exceeds", "已付救助超过保险支付之后的费用", "NT-(三)", paid_before, base)
    stops.append(r.stop("held", "payers_exceed_cost", "已付救助超过保险支付之后的费用", "NT-(三)", too_much))
    total = r.given("medfee_sumamt", "费用总额")
    outside = r.add(
        "outside_scope",
        "救助范围外费用",
        "NT-(五)",
        r.reading("assistance_base_class_b", outside=first_pay, inside=nothing),
        r.given("overlmt_selfpay", "超限价自付"),
        r.given("fulamt_ownpay_amt", "全自费"),
    )
    with r.only_when(r.given("has_excluded_lines", "有不予救助的费用行", "bool")):
        found = r.total(
            "excluded_lines", "不予救助的费用行合计", "NT-(五)", r.given("excluded_column", "各行", "column")
        )
        at_most = r.smaller("excluded_at_most", "不超过保险支付之后的费用", "NT-(五)", found, base, part=True)
        gone = r.larger("excluded", "不予救助部分", "NT-(五)", nothing, at_most)
        # Still somebody's cost: it is outside what is assisted, and the hospital may bear part of it.
        outside = r.add("outside_covered", "救助范围外和不予救助的费用", "NT-(五)", outside, gone)
        base = r.sub("base_of_covered_lines", "扣除后的费用", "NT-(五)", base, gone)
        beyond = r.given("line_parts_beyond", "不予救助的行超出政策范围内费用", "bool")
        stops.append(r.stop("held", "lines_mismatch", "费用行与结算不符", "NT-(十四)", beyond))
    base, hospital_stop = _after_hospital(r, base, outside, paid_before)
    stops.append(hospital_stop)
    if r.under("charity_before_assistance", "yes"):
        base = _after_charity(r, base, outside, nothing)

    # (六) 按比例救助，两个年度限额；(八) 不得重复享受 ------------------------------------------------
    at_rate = r.share("assistance_at_rate", "按比例救助", "NT-(六)", base, rate)
    limit, limit_left = year_limit(r, bill_day, nothing)
    within, cost_taken = within_limit(r, base, rate, at_rate, limit_left)
    rest = r.sub("assistance_less_paid", "减已付救助", "NT-(八)", within, paid_before, part=True)
    assistance = r.larger("assistance", "医疗救助", "NT-(八)", nothing, rest)
    taken: Argument = r.add(
        "assistance_taken", "占用限额的救助", "NT-(六)", assistance, paid_before, part=True
    )
    taken = r.reading("assistance_limit_on", assistance=taken, cost=cost_taken)
    if r.under("full_rate_limits", "waived"):
        within, taken = limit_waived(r, best, at_rate, within, taken, nothing)
        rest = r.sub("waived_less_paid", "减已付救助", "NT-(八)", within, paid_before, part=True)
        assistance = r.larger("assistance_without_limit", "医疗救助", "NT-(八)", nothing, rest)

    # (七) 县域内住院个人自付控制线：只提示，不影响救助 ------------------------------------------------
    with r.only_when(r.given("control_line_applies", "适用控制线", "bool")):
        line_rate = r.parameter("control_line_rate", "NT-(七)", bill_day)
        line = r.share("control_line_limit", "控制线", "NT-(七)", scope, line_rate)
        in_scope = r.sub("personal_in_scope", "范围内个人负担", "NT-(七)", base, assistance, paid_before)
        hospital = r.given("hosp_part_amt", "医院负担")
        everything = r.sub(
            "personal_all", "全部个人负担", "NT-(七)", total, funds, hospital, assistance, paid_before
        )
        personal = r.larger(
            "control_line_personal",
            "个人负担",
            "NT-(七)",
            nothing,
            r.reading("control_line_numerator", all_personal=everything, in_scope_only=in_scope),
        )
        above = r.larger(
            "control_line_above",
            "超过控制线",
            "NT-(七)",
            nothing,
            r.sub("personal_less_line", "个人负担减控制线", "NT-(七)", personal, line, part=True),
        )

    control_borne = above
    if r.under("control_line_consequence", "fund_bears"):
        room = r.sub("room_in_limit", "限额余额减救助", "NT-(七)", limit_left, within, part=True)
        room = r.larger("room_left", "限额内还可救助", "NT-(七)", nothing, room)
        raised = r.smaller("control_line_in_limit", "限额内的超线部分", "NT-(七)", above, room)
        applies = r.given("control_line_applies", "适用控制线", "bool")
        more = r.pick("control_line_by_fund", "救助承担的超线部分", "NT-(七)", nothing, (applies, raised))
        borne = r.by(more, "control_line_consequence")
        control_borne = more
        assistance = r.add(
            "assistance_with_control_line", "医疗救助（含超线部分）", "NT-(七)", assistance, borne
        )
        taken = r.add("taken_with_control_line", "占用限额的救助", "NT-(七)", taken, more, part=True)

    stopped = r.any_of("stopped", "有不予救助或需要核对的原因", "control:conclusion", *stops)
    due = r.add("benefit", "救助金额", "NT-(六)", assistance)
    with r.only_when(stopped):
        final_taken = r.pick("limit_taken", "本次占用限额", "control:conclusion", taken, (stopped, nothing))
        final = r.pick("benefit_paid", "本次救助", "control:conclusion", due, (stopped, nothing))
    return r.finish(
        {
            "benefit": final,
            "limit_taken": final_taken,
            "base": base,
            "insurance": funds,
            "rate": rate,
            "limit": limit,
            "control_limit": line,
            "control_personal": personal,
            "control_above": above,
            "control_borne": control_borne,
        }
    )


def record_reversal(r: Rules) -> Sheet:
    """A cancelled settlement gives back what its decision paid, and the limit that it used."""
    nothing = r.constant("nothing", "零", 0)
    given = r.given("reversed_benefit", "原救助金额")
    return r.finish(
        {"benefit": r.sub("benefit_given_back", "冲销的救助", "control:reversal", nothing, given)}
    )


def _best_rate(r: Rules, bill_day: Step, no_rate: Step) -> Step:
    rates = []
    for category, label in CATEGORIES.items():
        held = r.given(f"held_{category}", label, "bool")
        with r.only_when(held):
            full = r.parameter(f"{RATE_OF}{category}", "NT-(六)", bill_day)
            rates.append(r.pick(f"{category}_counts", f"{label}比例", "NT-(六)", no_rate, (held, full)))
    return r.larger("best_rate", "最高身份比例", "NT-(八)", *rates)


def _after_charity(r: Rules, base: Step, outside: Step, nothing: Step) -> Step:
    """Charity and 惠民保 before assistance: what falls on the policy scope leaves the base: (十一)."""
    with r.only_when(r.given("has_later_payers", "有慈善或惠民保赔付", "bool")):
        whole = r.add("base_and_outside", "范围内外合计", "NT-(十一)", base, outside, part=True)
        open_amount = r.given("later_unsplit", "未写明分项的慈善、惠民保赔付")
        spread = r.prorata("later_by_share", "摊到救助范围内的赔付", "NT-(十一)", open_amount, base, whole)
        stated = r.given("later_in_catalogue", "写明抵范围内的慈善、惠民保赔付")
        both = r.add("later_on_base", "慈善、惠民保抵救助基数", "NT-(十一)", stated, spread)
        first = r.by(both, "charity_before_assistance")
        at_most = r.smaller("later_at_most", "不超过救助基数", "NT-(十一)", first, base, part=True)
        return r.sub("base_after_charity", "慈善、惠民保之后的救助基数", "NT-(十一)", base, at_most)


def _after_hospital(r: Rules, base: Step, outside: Step, paid_before: Step) -> tuple[Step, Step]:
    amount = r.given("hosp_part_amt", "医院负担")
    with r.only_when(r.given("has_hospital_part", "有医院负担", "bool")):
        whole = r.add("hospital_whole", "各部分合计", "NT-(三)", base, outside)
        share = r.prorata("hospital_by_share", "医院负担摊到范围内", "NT-(三)", amount, base, whole)
        first = r.smaller("hospital_in_first", "医院负担先抵范围内", "NT-(三)", amount, base)
        on_outside = r.smaller("hospital_outside_first", "医院负担先抵范围外", "NT-(三)", amount, outside)
        last = r.sub("hospital_in_last", "余下抵范围内", "NT-(三)", amount, on_outside)
        part = r.reading("hospital_borne", pro_rata=share, in_catalogue_first=first, outside_first=last)
        after = r.sub("base", "救助基数", "NT-(五)", base, part)
        borne = r.add("borne_by_others", "医院负担加已付救助", "NT-(三)", amount, paid_before)
        exceeds = r.more_than("hospital_exceeds", "医院负担超过个人承担", "NT-(三)", borne, whole)
        stop = r.stop("held", "payers_exceed_cost", "医院负担超过个人承担", "NT-(三)", exceeds)
    return after, stop
