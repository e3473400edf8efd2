"""What Nantong does beside assistance: premium subsidy (二), tilted assistance (七), early warning (九)."""

from insurer.schemes.recording import Rules, Sheet


def record_subsidy(r: Rules) -> Sheet:
    """The premium subsidy of one person: (二)."""
    nothing = r.constant("nothing", "零", 0)
    premium = r.given("individual_premium", "个人缴费标准")
    share = r.given("quota_share", "定额资助比例", "rate")
    quota = r.share("quota_subsidy", "定额资助", "NT-(二)", premium, share)
    full = r.reading(
        "identity_benefits",
        each_separately=r.given("full_group", "有全额资助的身份", "bool"),
        one_identity=r.given("best_rate_in_full_group", "救助比例最高的身份全额资助", "bool"),
    )
    by_quota = r.reading(
        "identity_benefits",
        each_separately=r.given("quota_group", "有定额资助的身份", "bool"),
        one_identity=r.given("best_rate_in_quota_group", "救助比例最高的身份定额资助", "bool"),
    )
    only_quota = r.all_of(
        "quota_only",
        "定额资助而非全额",
        "NT-(二)",
        by_quota,
        r.negate("not_full", "没有全额资助", "NT-(二)", full),
    )
    return r.finish(
        {"subsidy": r.pick("subsidy", "参保资助", "NT-(二)", nothing, (full, premium), (only_quota, quota))}
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


def record_warning(r: Rules) -> Sheet:
    """Whether the burden of the year is above the line at which a family is to be looked after: (九)."""
    nothing = r.constant("nothing", "零", 0)
    day = r.given("bill_day", "费用归属日期", "day")
    assistance, counter = r.given("assistance", "本次救助"), r.given("maf_pay", "一站式已付的医疗救助")
    everything = r.sub(
        "burden_all",
        "本次个人负担",
        "NT-(九)",
        r.given("medfee_sumamt", "费用总额"),
        r.given("insurance_paid", "保险支付合计"),
        r.given("hosp_part_amt", "医院负担"),
        assistance,
        counter,
    )
    in_scope = r.sub(
        "burden_in_scope", "本次范围内个人负担", "NT-(九)", r.given("base", "救助基数"), assistance, counter
    )
    now = r.larger(
        "burden_now",
        "计入的个人负担",
        "NT-(九)",
        nothing,
        r.reading("warning_burden", all_personal=everything, in_scope_only=in_scope),
    )
    before = r.given("burden_before", "本年以前的个人负担")
    burden = r.add("burden_of_year", "本年个人负担", "NT-(九)", before, now)
    threshold = r.parameter("warning_threshold", "NT-(九)", day)
    watched = r.reading(
        "warning_people",
        margin_and_expenditure_poor=r.given("watched_category", "低保边缘或支出型困难家庭", "bool"),
        all_assisted=r.given("assisted", "有救助身份", "bool"),
    )
    above = r.more_than("burden_above", "超过监测标准", "NT-(九)", burden, threshold)
    over = r.sub("burden_less_threshold", "个人负担减监测标准", "NT-(九)", burden, threshold, part=True)
    return r.finish(
        {
            "now": now,
            "burden": burden,
            "threshold": threshold,
            "watched": r.all_of("watched", "属于监测对象", "NT-(九)", watched),
            "alert": r.all_of("early_warning", "预警", "NT-(九)", watched, above),
            "above": r.larger("above_threshold", "超过监测标准的金额", "NT-(九)", nothing, over),
        }
    )
