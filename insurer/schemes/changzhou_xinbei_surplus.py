"""The annual settlement of the Changzhou-Xinbei premium: clauses 四(一), 四(二) and 四(四)."""

from insurer.schemes.recording import Rules, Sheet


def record_year(r: Rules) -> Sheet:
    """One insurance year: surplus, maximum profit, what goes back and how."""
    nothing = r.constant("nothing", "零", 0)
    year_end = r.given("year_end", "年度最后一天", "day")
    premium = r.given("premium", "保费")
    paid = r.given("claims_paid", "实际理赔金额")
    operating = r.given("operating_cost", "运营成本")
    rate = r.given("max_profit_rate", "最高盈利率", "rate")
    use = r.given("excess_use", "超出部分的用途", "code")
    offset_in = r.given("offset_in", "以前年度应冲抵金额")
    loss_in = r.given("loss_in", "以前年度未弥补亏损")

    # 四(二) 下一年度的保费可以冲抵
    offset_now = r.smaller("offset_applied", "本年冲抵", "XB-四(二)", offset_in, premium)
    transfer = r.sub("premium_transfer", "实际拨付的保费", "XB-四(二)", premium, offset_now)

    # 四(二) 四(四) 哪些理赔计入：已付的，按读法加未决的；结算以后才付的重算当年或计入下一年
    with r.only_when(r.given("has_other_claims", "有未决或迟付的理赔", "bool")):
        open_claims, reserve = r.given("open_claims", "未决理赔"), r.given("reserve", "准备金")
        with_reserve = r.add("open_and_reserve", "未决理赔加准备金", "XB-四(二)", open_claims, reserve)
        claims = r.add(
            "claims_counted",
            "计入的理赔",
            "XB-四(四)",
            paid,
            r.reading("claims_counted", paid=nothing, paid_and_open=open_claims, with_reserve=with_reserve),
            r.reading(
                "late_claims",
                restate=r.given("late_claims", "结算以后支付的理赔"),
                next_year=r.given("late_before", "上年结算以后支付的理赔"),
            ),
        )

    # 四(一) 最高盈利含运营成本；四(二) 差额超过最高盈利额的部分返还或冲抵
    surplus = r.sub("surplus", "保费与理赔的差额", "XB-四(二)", premium, claims)
    base = r.reading("offset_base", full_premium=premium, reduced_transfer=transfer)
    maximum = r.share("maximum_profit", "最高盈利额", "XB-四(一)", base, rate)
    cost_first = r.reading("operating_cost", inside_rate=nothing, deducted_first=operating)
    old_loss = r.reading("losses", each_year_alone=nothing, carried=loss_in)
    available = r.sub("available", "可分配的差额", "XB-四(二)", surplus, cost_first, old_loss)
    above = r.sub("above_maximum", "差额减最高盈利额", "XB-四(二)", available, maximum, part=True)
    excess = r.larger("excess", "超出最高盈利额的部分", "XB-四(二)", nothing, above)
    below = r.sub("below_zero", "差额为负的部分", "XB-四(二)", nothing, available, part=True)
    loss_out = r.larger("loss_carried", "未弥补亏损", "XB-四(二)", nothing, below)
    result = r.sub("insurer_result", "承办机构留存", "XB-四(二)", surplus, excess)

    # 四(四) 返还或直接冲抵下一年度的保费
    refunded = r.same("is_refund", "返还", "XB-四(四)", use, r.constant("refund", "返还", "refund", "code"))
    offset = r.same("is_offset", "冲抵", "XB-四(四)", use, r.constant("offset", "冲抵", "offset", "code"))
    offset_new = r.pick("offset_new", "冲抵以后年度", "XB-四(四)", nothing, (offset, excess))
    offset_left = r.sub("offset_left", "尚未冲抵", "XB-四(四)", offset_in, offset_now, part=True)
    offset_out = r.add("offset_carried", "留待冲抵", "XB-四(四)", offset_left, offset_new)
    ceiling = r.parameter("maximum_profit_rate_ceiling", "XB-四(一)", year_end)
    refund = r.pick("refund_in_cash", "返还现金", "XB-四(四)", nothing, (refunded, excess))
    return r.finish(
        {
            "surplus": surplus,
            "maximum_profit": maximum,
            "excess": excess,
            "insurer_result": result,
            "premium_transfer": transfer,
            "loss_out": loss_out,
            "offset_out": offset_out,
            "ceiling": ceiling,
            "refund_in_cash": refund,
        }
    )
