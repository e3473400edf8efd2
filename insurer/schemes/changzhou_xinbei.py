"""The Changzhou-Xinbei scheme (常开委办〔2021〕143号), to be read beside the document from top to bottom.

Each line records one step: a name, its Chinese label, the clause it rests on, and what it is made of.
``r.reading`` chooses between two answers to an ambiguous place; ``r.stop`` rejects or holds a settlement.
Money enters at the top, passes the payers in the order of clause 一, and leaves as the benefit of clause 三.
"""

from insurer.schemes.changzhou_xinbei_payers import Shares, after_hospital, after_later_payers, under_ceiling
from insurer.schemes.changzhou_xinbei_scope import (
    papers_agree,
    people_covered,
    unreferred_loss,
    within_scope,
)
from insurer.schemes.recording import Argument, Rules, Sheet, Step

FUNDS: tuple[tuple[str, str], ...] = (
    ("hifp_pay", "基本医疗支付"),
    ("hifmi_pay", "大病保险支付"),
    ("hifob_pay", "大额补充支付"),
    ("hifes_pay", "企业补充支付"),
    ("cvlserv_pay", "公务员补助支付"),
    ("hifdm_pay", "伤残人员保障支付"),
    ("maf_pay", "医疗救助支付"),
)
"""The payers whose money is on the settlement sheet, in the order of clause 一."""

ALL_LINES_EXCLUDED = "all_lines_excluded"
"""Stands for the codes of the excluded lines when nothing else is left of a settlement."""


def record_excluded_line(r: Rules) -> Sheet:
    """An excluded fee line leaves with its own part of each payer's money (二(二))."""
    nothing = r.constant("nothing", "零", 0)
    scope = r.given("line_inscp_scp_amt", "该行政策范围内费用")
    first_pay = r.given("line_preselfpay_amt", "该行先行自付")
    over_price = r.given("line_overlmt_amt", "该行超限价")
    own = r.given("line_fulamt_ownpay_amt", "该行自费")
    whole_scope = r.given("inscp_scp_amt", "政策范围内费用")
    first_inside, first_other = _class_b(r, first_pay, nothing)
    over_inside, over_other = _over_price(r, over_price, nothing)

    with r.only_when(r.given("line_in_catalogue", "该行有目录内费用", "bool")):
        cost = r.add(
            "line_in_catalogue_cost",
            "该行目录内费用",
            "XB-二(二)",
            scope,
            first_inside,
            over_inside,
            part=True,
        )
        paid = [
            r.prorata(
                f"line_{name}", f"该行所带的{label}", "XB-二(二)", r.given(name, label), scope, whole_scope
            )
            for name, label in FUNDS
        ]
        paid_together = r.add("line_funds", "该行所带的各项支付", "XB-二(二)", *paid, part=True)
        inside = r.sub("line_in_catalogue_share", "该行目录内个人部分", "XB-二(二)", cost, paid_together)
    other = r.add("line_other_share", "该行目录外个人部分", "XB-二(二)", own, first_other, over_other)
    return r.finish({"in_catalogue": inside, "other": other})


def record_settlement(r: Rules) -> Sheet:
    """Everything from the cover of the person to the benefit of one settlement."""
    nothing = r.constant("nothing", "零", 0)
    no, yes = r.constant("no", "否", False, "bool"), r.constant("yes", "是", True, "bool")
    bill_day = r.given("bill_day", "费用归属日期", "day")
    outside, insured = people_covered(r, bill_day)
    stops = [outside, *within_scope(r, no, yes), *papers_agree(r, bill_day)]

    # 二(二) 经各类保障支付后个人承担的费用 -----
    scope = r.given("inscp_scp_amt", "政策范围内费用")
    first_inside, first_other = _class_b(r, r.given("preselfpay_amt", "乙类先行自付"), nothing)
    over_inside, over_other = _over_price(r, r.given("overlmt_selfpay", "超限价自付"), nothing)
    own = r.given("fulamt_ownpay_amt", "全自费")

    in_catalogue_cost = r.add("in_catalogue_cost", "目录内费用", "XB-三", scope, first_inside, over_inside)
    funds = r.add("funds", "结算单上各项支付", "XB-一", *(r.given(name, label) for name, label in FUNDS))
    in_catalogue = r.sub("in_catalogue_share", "目录内个人部分", "XB-三", in_catalogue_cost, funds)
    other_before = r.add("other_cost", "目录外费用", "XB-三", over_other, own, first_other)
    too_much = r.more_than(
        "funds_exceed_cost", "各项支付超过目录内费用", "XB-二(二)", funds, in_catalogue_cost
    )
    stops.append(r.stop("held", "payers_exceed_cost", "各项支付超过费用", "XB-二(二)", too_much))

    # 二(二)1 至 9 不予补偿的费用行 -----
    with r.only_when(r.given("has_excluded_lines", "有不予补偿的费用行", "bool")):
        lines_in = r.total(
            "excluded_lines_in", "不予补偿的目录内部分", "XB-二(二)", r.given("excluded_in", "各行", "column")
        )
        excluded_in = r.larger(
            "excluded_in_catalogue",
            "从目录内扣除",
            "XB-二(二)",
            nothing,
            r.smaller(
                "excluded_in_at_most", "不超过目录内个人部分", "XB-二(二)", lines_in, in_catalogue, part=True
            ),
        )
        excluded_other = r.total(
            "excluded_other",
            "不予补偿的目录外部分",
            "XB-二(二)",
            r.given("excluded_other_lines", "各行", "column"),
        )
        covered_in = r.sub("in_catalogue_covered", "范围内的目录内部分", "XB-三", in_catalogue, excluded_in)
        more = r.more_than(
            "excluded_above_other", "不予补偿部分超过目录外费用", "XB-二(二)2", excluded_other, other_before
        )
        below = r.more_than(
            "excluded_below_zero", "不予补偿部分小于零", "XB-二(二)2", nothing, excluded_other
        )
        wrong = r.any_of("excluded_do_not_fit", "费用行与结算不符", "XB-二(二)2", more, below)
        stops.append(r.stop("held", "lines_mismatch", "费用行与结算不符", "XB-二(二)2", wrong))
    covered_other = r.sub("other_share", "其他自付部分", "XB-三", other_before, excluded_other)
    unpaid_first, unpaid_over = _not_payable(r, nothing)
    excluded = r.add(
        "excluded_share", "不予补偿部分", "XB-二(二)", excluded_in, excluded_other, unpaid_first, unpaid_over
    )

    # 三 起付线以下（按读法） -----
    if r.under("below_deductible", "excluded"):
        below_line = r.by(r.given("deductible_cost", "起付线以下费用"), "below_deductible")
        unpaid = r.smaller("deductible_not_paid", "不计入的起付线以下费用", "XB-三", below_line, covered_in)
        covered_in = r.sub(
            "in_catalogue_above_deductible", "起付线以上的目录内部分", "XB-三", covered_in, unpaid
        )
        excluded = r.add(
            "excluded_with_deductible", "不予补偿部分（含起付线以下）", "XB-三", excluded, unpaid
        )

    # 二(二)1 在定点机构而未转诊：按读法不补偿因此少报销的部分 -----
    if r.under("unreferred_loss", "withheld"):
        covered_in, lost, unknown = unreferred_loss(r, covered_in)
        excluded = r.add("excluded_with_loss", "不予补偿部分（含未转诊损失）", "XB-二(二)1", excluded, lost)
        stops.append(unknown)
    stops.append(_nothing_covered(r, covered_in, covered_other, excluded, nothing))
    before = Shares(covered_in, covered_other, excluded)

    # 一 惠民保、慈善在本保险之前；医院负担的不由个人承担 ------------------------------------------------
    left, too_much_for_hospital = after_hospital(r, before, nothing)
    left, payer_parts, too_much_later = after_later_payers(r, left, nothing)
    stops += [too_much_for_hospital, *too_much_later]

    # 三 目录内 100%，不设封顶；其他 50%，有年度限额 -----------------------------------------------------
    full_rate = r.parameter("in_catalogue_rate", "XB-三", bill_day)
    half_rate = r.parameter("other_covered_rate", "XB-三", bill_day)
    limit = r.parameter("other_covered_annual_limit", "XB-三", bill_day)
    used = r.given("other_covered_used", "本年已用限额")
    in_benefit = r.share("in_catalogue_benefit", "目录内补偿", "XB-三", left.in_catalogue, full_rate)
    limit_left = r.larger(
        "limit_left",
        "年度限额余额",
        "XB-三",
        nothing,
        r.sub("limit_less_used", "限额减已用", "XB-三", limit, used, part=True),
    )
    if r.under("annual_limit_covers", "everything"):
        everything = r.by(limit_left, "annual_limit_covers")
        in_benefit = r.smaller(
            "in_catalogue_within_limit", "限额内的目录内补偿", "XB-三", in_benefit, everything
        )
        limit_left = r.sub("limit_left_for_other", "目录内之后的限额余额", "XB-三", limit_left, in_benefit)
    at_half = r.share("other_at_rate", "其他自付按比例", "XB-三", left.other, half_rate)
    within_limit = r.smaller("other_within_limit", "限额内的其他补偿", "XB-三", at_half, limit_left)
    cost_within = r.smaller(
        "other_cost_within_limit", "限额内的其他自付费用", "XB-三", left.other, limit_left
    )
    half_of_cost = r.share("other_on_cost_within_limit", "限额内费用按比例", "XB-三", cost_within, half_rate)
    other_benefit = r.reading("annual_limit_on", other_benefit=within_limit, other_cost=half_of_cost)

    in_paid, other_paid = under_ceiling(r, left, in_benefit, other_benefit, nothing, no)
    taken_of_cost = r.prorata(
        "limit_taken_cost", "占用限额的费用", "XB-三", cost_within, other_paid, half_of_cost
    )
    taken: Argument = r.reading("annual_limit_on", other_benefit=other_paid, other_cost=taken_of_cost)
    if r.under("annual_limit_covers", "everything"):
        taken = r.add(
            "limit_taken_by_both", "占用的限额合计", "XB-三", taken, r.by(in_paid, "annual_limit_covers")
        )
    benefit = r.add("benefit", "补偿金额", "XB-三", in_paid, other_paid)

    # 结论 -----
    stopped = r.any_of("stopped", "有不予补偿或需要核对的原因", "control:conclusion", *stops)
    with r.only_when(stopped):
        final_in = r.pick(
            "in_catalogue_paid", "本次目录内补偿", "control:conclusion", in_paid, (stopped, nothing)
        )
        final_other = r.pick(
            "other_paid", "本次其他补偿", "control:conclusion", other_paid, (stopped, nothing)
        )
        final_taken = r.pick("limit_taken", "本次占用限额", "control:conclusion", taken, (stopped, nothing))
        final = r.pick("benefit_paid", "本次补偿", "control:conclusion", benefit, (stopped, nothing))
    return r.finish(
        {
            "benefit": final,
            "insured": insured,
            "in_catalogue": final_in,
            "other": final_other,
            "limit_taken": final_taken,
            "limit": limit,
            "excluded": excluded,
            "share_in_catalogue": before.in_catalogue,
            "share_other": before.other,
            "left_in_catalogue": left.in_catalogue,
            "left_other": left.other,
            "left_excluded": left.excluded,
            **payer_parts,
        }
    )


def record_reversal(r: Rules) -> Sheet:
    """A cancelled settlement gives back what its decision paid, and the limit that it used."""
    nothing = r.constant("nothing", "零", 0)
    names = (
        ("in_catalogue", "目录内补偿"),
        ("other", "其他补偿"),
        ("limit_taken", "占用的限额"),
        ("benefit", "补偿金额"),
    )
    return r.finish(
        {
            name: r.sub(
                f"{name}_given_back",
                f"冲销的{label}",
                "control:reversal",
                nothing,
                r.given(f"reversed_{name}", f"原{label}"),
            )
            for name, label in names
        }
    )


# 三 的读法：乙类先行自付、超限价算在哪一类 -----
def _class_b(r: Rules, amount: Step, nothing: Step) -> tuple[Argument, Argument]:
    inside = r.reading("class_b_first_pay", in_catalogue=amount, other=nothing, not_payable=nothing)
    other = r.reading("class_b_first_pay", in_catalogue=nothing, other=amount, not_payable=nothing)
    return inside, other


def _over_price(r: Rules, amount: Step, nothing: Step) -> tuple[Argument, Argument]:
    inside = r.reading("over_price_limit", other=nothing, in_catalogue=amount, not_payable=nothing)
    other = r.reading("over_price_limit", other=amount, in_catalogue=nothing, not_payable=nothing)
    return inside, other


def _not_payable(r: Rules, nothing: Step) -> tuple[Argument, Argument]:
    first_pay, over = r.given("preselfpay_amt", "乙类先行自付"), r.given("overlmt_selfpay", "超限价自付")
    first = r.reading("class_b_first_pay", in_catalogue=nothing, other=nothing, not_payable=first_pay)
    return first, r.reading("over_price_limit", other=nothing, in_catalogue=nothing, not_payable=over)


def _nothing_covered(r: Rules, inside: Step, other: Step, excluded: Step, nothing: Step) -> Step:
    gone = r.all_of(
        "nothing_covered",
        "费用都在不予补偿的行里",
        "XB-二(二)",
        r.given("has_excluded_lines", "有不予补偿的费用行", "bool"),
        r.same("nothing_inside", "没有目录内部分", "XB-二(二)", inside, nothing),
        r.same("nothing_other", "没有其他自付部分", "XB-二(二)", other, nothing),
        r.more_than("something_excluded", "有不予补偿部分", "XB-二(二)", excluded, nothing),
    )
    return r.stop("rejected", ALL_LINES_EXCLUDED, "费用都在不予补偿的行里", "XB-二(二)", gone)
