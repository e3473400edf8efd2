"""The Nantong scheme (通医保发〔2022〕68号), to be read beside the document from top to bottom.

Medical assistance comes third, after basic and critical-illness insurance: the base is the cost within the
policy scope that these leave, the rate follows the person's best identity, and two limits cap a year.
"""

from collections.abc import Mapping

from insurer.schemes.nantong_scope import papers_agree, within_scope
from insurer.schemes.pack_files import RATE_OF, code_table
from insurer.schemes.recording import Rules, Sheet, Step

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


def record_self_pay(r: Rules) -> Sheet:
    """The self-pay in scope that critical illness insurance looks at: (三)."""
    nothing = r.constant("nothing", "零", 0)
    scope, basic = r.given("inscp_scp_amt", "政策范围内费用"), r.given("hifp_pay", "基本医疗支付")
    standard, halved = (
        r.given("standard_deductible", "大病起付线"),
        r.given("assisted_deductible", "倾斜后的起付线"),
    )
    before = r.given("self_pay_before", "本年已累计自付")
    tilted = _tilted(r)
    self_pay = r.sub("critical_self_pay", "政策范围内自付", "NT-(三)", scope, basic)
    deductible = r.pick("critical_deductible", "适用的起付线", "NT-(三)", standard, (tilted, halved))
    after = r.add("critical_accumulated", "累计自付", "NT-(三)", before, self_pay)
    under = r.sub("before_less_deductible", "已累计减起付线", "NT-(三)", before, deductible, part=True)
    over = r.sub("after_less_deductible", "累计减起付线", "NT-(三)", after, deductible, part=True)
    return r.finish(
        {
            "from": r.larger("critical_from", "以前已超过起付线", "NT-(三)", nothing, under),
            "to": r.larger("critical_to", "超过起付线", "NT-(三)", nothing, over),
        }
    )


def record_band(r: Rules) -> Sheet:
    """The critical-illness payment inside one band above the deductible: (三)."""
    nothing = r.constant("nothing", "零", 0)
    lower, upper = r.given("band_lower", "本段下限"), r.given("band_upper", "本段上限")
    start, end = r.given("critical_from", "以前已超过起付线"), r.given("critical_to", "超过起付线")
    plain, raised = (
        r.given("band_rate", "支付比例", "points"),
        r.given("band_assisted_rate", "倾斜后的比例", "points"),
    )
    rate = r.pick("band_rate_used", "适用的比例", "NT-(三)", plain, (_tilted(r), raised))
    top = r.smaller("band_top", "本段止于", "NT-(三)", end, upper)
    bottom = r.larger("band_bottom", "本段起于", "NT-(三)", start, lower)
    width = r.sub("band_width", "差额", "NT-(三)", top, bottom, part=True)
    amount = r.larger("band_amount", "本段金额", "NT-(三)", nothing, width)
    paid = r.share("band_paid", "本段大病支付", "NT-(三)", amount, rate)
    return r.finish({"paid": paid, "amount": amount, "rate": rate})


def record_critical(r: Rules) -> Sheet:
    """The critical-illness payment of a bill, one amount of one payer and rounded once: (三)."""
    together = r.total(
        "bands_paid", "各段支付合计", "NT-(三)", r.given("bands_column", "各段大病支付", "column")
    )
    tail = r.given("rounding_tail", "各段四舍五入的尾差")
    return r.finish({"paid": r.add("critical_paid", "大病保险支付", "NT-(三)", together, tail)})


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
        lowered = r.sub("rate_less_cut", "降低后的比例", "NT-(十五)", best, cut)
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

    # (六) 按比例救助，两个年度限额；(八) 不得重复享受 ------------------------------------------------
    at_rate = r.share("assistance_at_rate", "按比例救助", "NT-(六)", base, rate)
    general = r.given("general_outpatient", "普通门诊", "bool")
    limit = r.pick(
        "annual_limit",
        "年度限额",
        "NT-(六)",
        r.parameter("shared_limit", "NT-(六)", bill_day),
        (general, r.parameter("general_outpatient_limit", "NT-(六)", bill_day)),
    )
    used = r.given("limit_used", "本年已用限额")
    less = r.sub("limit_less_used", "限额减已用", "NT-(六)", limit, used, part=True)
    limit_left = r.larger("limit_left", "年度限额余额", "NT-(六)", nothing, less)
    within = r.smaller("assistance_within_limit", "限额内的救助", "NT-(六)", at_rate, limit_left)
    rest = r.sub("assistance_less_paid", "减已付救助", "NT-(八)", within, paid_before, part=True)
    assistance = r.larger("assistance", "医疗救助", "NT-(八)", nothing, rest)

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

    stopped = r.any_of("stopped", "有不予救助或需要核对的原因", "control:conclusion", *stops)
    due = r.add("benefit", "救助金额", "NT-(六)", assistance)
    with r.only_when(stopped):
        final = r.pick("benefit_paid", "本次救助", "control:conclusion", due, (stopped, nothing))
    return r.finish(
        {
            "benefit": final,
            "base": base,
            "rate": rate,
            "limit": limit,
            "control_limit": line,
            "control_personal": personal,
            "control_above": above,
        }
    )


def record_reversal(r: Rules) -> Sheet:
    """A cancelled settlement gives back what its decision paid, and the limit that it used."""
    nothing = r.constant("nothing", "零", 0)
    given = r.given("reversed_benefit", "原救助金额")
    return r.finish(
        {"benefit": r.sub("benefit_given_back", "冲销的救助", "control:reversal", nothing, given)}
    )


def record_subsidy(r: Rules) -> Sheet:
    """The premium subsidy of one person: (二)."""
    nothing = r.constant("nothing", "零", 0)
    premium = r.given("individual_premium", "个人缴费标准")
    share = r.given("quota_share", "定额资助比例", "rate")
    quota = r.share("quota_subsidy", "定额资助", "NT-(二)", premium, share)
    full, by_quota = (
        r.given("full_group", "全额资助对象", "bool"),
        r.given("quota_group", "定额资助对象", "bool"),
    )
    return r.finish(
        {"subsidy": r.pick("subsidy", "参保资助", "NT-(二)", nothing, (full, premium), (by_quota, quota))}
    )


def record_tilted(r: Rules) -> Sheet:
    """Tilted assistance after the three layers: (七); off until a standard is published."""
    nothing = r.constant("nothing", "零", 0)
    personal, threshold = (
        r.given("personal", "三重制度之后的范围内个人负担"),
        r.given("threshold", "起付标准"),
    )
    enabled = r.given("enabled", "已公布标准", "bool")
    less = r.sub("personal_less_threshold", "负担减起付标准", "NT-(七)", personal, threshold, part=True)
    above = r.larger("above_threshold", "超过起付标准", "NT-(七)", nothing, less)
    at_rate = r.share(
        "tilted_at_rate", "按比例倾斜救助", "NT-(七)", above, r.given("tilted_rate", "比例", "rate")
    )
    return r.finish({"total": r.pick("tilted", "倾斜救助", "NT-(七)", nothing, (enabled, at_rate))})


def _tilted(r: Rules) -> Step:
    yes, no = r.constant("tilt", "倾斜", True, "bool"), r.constant("no_tilt", "不倾斜", False, "bool")
    return r.all_of(
        "critical_tilted",
        "大病保险倾斜",
        "NT-(三)",
        r.given("assisted", "有救助身份", "bool"),
        r.reading("critical_illness_tilt", later_bills=yes, none=no),
    )


def _best_rate(r: Rules, bill_day: Step, no_rate: Step) -> Step:
    rates = []
    for category, label in CATEGORIES.items():
        held = r.given(f"held_{category}", label, "bool")
        with r.only_when(held):
            full = r.parameter(f"{RATE_OF}{category}", "NT-(六)", bill_day)
            rates.append(r.pick(f"{category}_counts", f"{label}比例", "NT-(六)", no_rate, (held, full)))
    return r.larger("best_rate", "最高身份比例", "NT-(八)", *rates)


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
