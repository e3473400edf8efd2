"""The two yearly limits of Nantong assistance, NT-(六), under their readings."""

from insurer.schemes.operations import POINTS
from insurer.schemes.recording import Argument, Rules, Step


def year_limit(r: Rules, bill_day: Step, nothing: Step) -> tuple[Step, Step]:
    """The limit of the year for the kind of visit, and what is left of it: (六)."""
    income = r.parameter("disposable_income_before", "NT-(六)", bill_day)
    threefold = r.add("threefold_income", "上年人均可支配收入的 3 倍", "NT-(六)", income, income, income)
    published = r.parameter("shared_limit", "NT-(六)", bill_day)
    limit = r.pick(
        "annual_limit",
        "年度限额",
        "NT-(六)",
        r.reading("shared_limit_basis", published=published, three_times_income=threefold),
        (
            r.given("general_outpatient", "普通门诊", "bool"),
            r.parameter("general_outpatient_limit", "NT-(六)", bill_day),
        ),
    )
    used = r.given("limit_used", "本年已用限额")
    less = r.sub("limit_less_used", "限额减已用", "NT-(六)", limit, used, part=True)
    return limit, r.larger("limit_left", "年度限额余额", "NT-(六)", nothing, less)


def within_limit(r: Rules, base: Step, rate: Step, at_rate: Step, left: Step) -> tuple[Step, Step]:
    """What the limit lets through, and the cost that it measures under the other reading: (六)."""
    cost = r.smaller("assisted_cost_within_limit", "限额内的救助基数", "NT-(六)", base, left)
    if r.under("assistance_limit_on", "cost"):
        by_cost = r.by(cost, "assistance_limit_on")
        return r.share("assistance_within_limit", "限额内的救助", "NT-(六)", by_cost, rate), cost
    return r.smaller("assistance_within_limit", "限额内的救助", "NT-(六)", at_rate, left), cost


def limit_waived(
    r: Rules, best: Step, at_rate: Step, within: Step, taken: Argument, nothing: Step
) -> tuple[Step, Argument]:
    """No limit for the groups whose rate is the whole: (六)."""
    whole = r.constant("whole_rate", "100%", POINTS, "points")
    full = r.same("full_rate_group", "按 100% 救助的对象", "NT-(六)", best, whole)
    free = r.by(full, "full_rate_limits")
    paid = r.pick("assistance_limit_waived", "不受限额的救助", "NT-(六)", within, (free, at_rate))
    return paid, r.pick("limit_taken_unless_waived", "占用限额", "NT-(六)", taken, (free, nothing))
