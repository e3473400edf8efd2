"""Critical-illness insurance as Nantong tilts it for assisted people, to be read beside NT-(三).

The payment is computed where a case asks for it. Where it was stated it is compared: whether the payer before
gave the halved deductible and the five points. The comparison changes no benefit.
"""

from insurer.schemes.recording import Rules, Sheet, Step


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


def _tilted(r: Rules) -> Step:
    yes, no = r.constant("tilt", "倾斜", True, "bool"), r.constant("no_tilt", "不倾斜", False, "bool")
    return r.all_of(
        "critical_tilted",
        "大病保险倾斜",
        "NT-(三)",
        r.given("assisted", "有救助身份", "bool"),
        r.reading("critical_illness_tilt", later_bills=yes, none=no),
    )


BANDS = 3
"""Bands of the dated figures of critical-illness insurance; the last has no upper bound."""


def record_critical_figures(r: Rules) -> Sheet:
    """The dated figures of critical-illness insurance on a day, plain and tilted: (三)."""
    day = r.given("bill_day", "费用归属日期", "day")
    standard = r.parameter("critical_deductible", "NT-(三)", day)
    cut = r.share(
        "deductible_cut",
        "起付线降低的金额",
        "NT-(三)",
        standard,
        r.parameter("critical_deductible_cut", "NT-(三)", day),
    )
    results = {
        "standard": standard,
        "assisted": r.sub("assisted_deductible", "倾斜后的起付线", "NT-(三)", standard, cut),
    }
    raised_by = r.parameter("critical_rate_raise", "NT-(三)", day)
    for band in range(1, BANDS + 1):
        rate = r.parameter(f"critical_band{band}_rate", "NT-(三)", day)
        results[f"rate{band}"] = rate
        results[f"raised{band}"] = r.add(f"band{band}_raised", "倾斜后的比例", "NT-(三)", rate, raised_by)
        if band < BANDS:
            results[f"upper{band}"] = r.parameter(f"critical_band{band}_upper", "NT-(三)", day)
    return r.finish(results)


def record_tilt_check(r: Rules) -> Sheet:
    """What the payer before should have given and gave; which part of the tilt is missing: (三)."""
    nothing = r.constant("nothing", "零", 0)
    paid, expected = r.given("hifmi_pay", "大病保险支付"), r.given("critical_expected", "按倾斜应付")
    tolerance = r.parameter("critical_check_tolerance", "NT-(三)", r.given("bill_day", "费用归属日期", "day"))
    apart = r.gap("critical_gap", "与应付的差额", "NT-(三)", paid, expected)
    differs = r.more_than("critical_differs", "与应付不符", "NT-(三)", apart, tolerance)
    found = {"differs": differs}
    for key, label in (
        ("untilted", "没有倾斜"),
        ("deductible_not_cut", "起付线没有降低"),
        ("rate_not_raised", "比例没有提高"),
    ):
        other = r.given(f"critical_{key}", f"{label}时应付")
        near = r.gap(f"gap_{key}", f"与{label}时的差额", "NT-(三)", paid, other)
        found[key] = r.at_least(f"is_{key}", f"付的数和{label}时一样", "NT-(三)", tolerance, near)
    short = r.sub("expected_less_paid", "应付减已付", "NT-(三)", expected, paid, part=True)
    over = r.sub("paid_less_expected", "已付减应付", "NT-(三)", paid, expected, part=True)
    found["over"] = r.larger("critical_over", "大病保险多付", "NT-(三)", nothing, over)
    found["short"] = r.larger("critical_short", "大病保险少付", "NT-(三)", nothing, short)
    return r.finish(found)
