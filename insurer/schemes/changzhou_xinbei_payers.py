"""Money beside the settlement sheet: the hospital's part, 惠民保, charity, private policies (clause 一).

Three shares are carried from payer to payer: in the catalogue, other covered, not covered. What a payer gives
is taken off them as it stated, or as a reading says when it did not.
"""

from collections.abc import Mapping
from typing import NamedTuple

from insurer.schemes.recording import Argument, Rules, Step

LATER_PAYERS: tuple[tuple[str, str], ...] = (("inclusive", "惠民保"), ("charity", "慈善"))
"""The payers that come before this scheme but are not on the settlement sheet, in the order of clause 一."""


class Shares(NamedTuple):
    """What the person still bears, in three parts."""

    in_catalogue: Step
    other: Step
    excluded: Step


class _Split(NamedTuple):
    in_catalogue: Argument
    other: Argument
    excluded: Argument


def _pro_rata(r: Rules, key: str, who: str, amount: Step, left: Shares) -> _Split:
    """The first two parts are rounded half up; the last takes the rest."""
    nothing = r.constant(f"{key}_zero", "零", 0)
    whole = r.add(f"{key}_whole", f"{who}之前的各部分合计", "XB-二(二)", *left)
    inside = r.prorata(
        f"{key}_in_by_share", f"{who}摊到目录内", "XB-二(二)", amount, left.in_catalogue, whole
    )
    rounded = r.prorata(
        f"{key}_other_rounded", f"{who}按比例摊到其他", "XB-二(二)", amount, left.other, whole, part=True
    )
    rest = r.sub(f"{key}_rest", f"{who}减目录内部分", "XB-二(二)", amount, inside, part=True)
    last = r.same(f"{key}_none_excluded", "没有不予补偿部分", "XB-二(二)", left.excluded, nothing)
    other = r.pick(f"{key}_other_by_share", f"{who}摊到其他", "XB-二(二)", rounded, (last, rest))
    excluded = r.sub(
        f"{key}_excluded_by_share", f"{who}余下归不予补偿部分", "XB-二(二)", amount, inside, other
    )
    return _Split(inside, other, excluded)


def _in_order(
    r: Rules, key: str, who: str, amount: Step, left: Shares, order: tuple[str, str, str]
) -> _Split:
    """The first share is used up before the second, the second before the third."""
    named = {"in_catalogue": "目录内", "other": "其他", "excluded": "不予补偿部分"}
    taken: dict[str, Step] = {}
    rest = amount
    for place in order[:2]:
        name = f"{key}_{order[0]}_first_{place}"
        taken[place] = r.smaller(name, f"{who}抵{named[place]}", "XB-二(二)", rest, getattr(left, place))
        rest = r.sub(f"{name}_rest", f"{who}余额", "XB-二(二)", rest, taken[place])
    taken[order[2]] = rest
    return _Split(**taken)


def _take_off(r: Rules, key: str, who: str, left: Shares, parts: _Split) -> Shares:
    return Shares(
        r.sub(
            f"{key}_left_in",
            f"{who}之后的目录内部分",
            "XB-二(二)",
            left.in_catalogue,
            parts.in_catalogue,
            part=True,
        ),
        r.sub(
            f"{key}_left_other", f"{who}之后的其他自付部分", "XB-二(二)", left.other, parts.other, part=True
        ),
        r.sub(
            f"{key}_left_excluded",
            f"{who}之后的不予补偿部分",
            "XB-二(二)",
            left.excluded,
            parts.excluded,
            part=True,
        ),
    )


def _exceeds(r: Rules, key: str, who: str, amount: Step, left: Shares) -> Step:
    together = r.add(f"{key}_bearable", f"{who}之前个人承担合计", "XB-二(二)", *left)
    return r.more_than(f"{key}_exceeds", f"{who}超过个人承担", "XB-二(二)", amount, together)


def after_hospital(r: Rules, left: Shares, nothing: Step) -> tuple[Shares, Step]:
    """Take off what the hospital bears itself: it is not the person's cost."""
    amount = r.given("hosp_part_amt", "医院负担")
    with r.only_when(r.given("has_hospital_part", "有医院负担", "bool")):
        spread = _pro_rata(r, "hospital", "医院负担", amount, left)
        inside = _in_order(r, "hospital", "医院负担", amount, left, ("in_catalogue", "other", "excluded"))
        outside = _in_order(r, "hospital", "医院负担", amount, left, ("other", "excluded", "in_catalogue"))
        parts = _Split(
            *(
                r.reading("hospital_borne", pro_rata=one, in_catalogue_first=two, outside_first=three)
                for one, two, three in zip(spread, inside, outside, strict=True)
            )
        )
        after = _take_off(r, "hospital", "医院负担", left, parts)
        stop = r.stop(
            "held",
            "payers_exceed_cost",
            "医院负担超过个人承担",
            "XB-二(二)",
            _exceeds(r, "hospital", "医院负担", amount, left),
        )
    return after, stop


def after_later_payers(
    r: Rules, left: Shares, nothing: Step
) -> tuple[Shares, Mapping[str, Step], list[Step]]:
    """Take off 惠民保, then charity: what they stated first, then what they left open."""
    stops: list[Step] = []
    parts: dict[str, Step] = {}
    for payer, who in LATER_PAYERS:
        with r.only_when(r.given(f"{payer}_stated", f"{who}写明分项", "bool")):
            left, stated, stop = _stated(r, payer, who, left)
            stops += stop
        with r.only_when(r.given(f"{payer}_open", f"{who}没有写明分项", "bool")):
            left, spread, stop = _unsplit(r, payer, who, left)
            stops += stop
        with r.only_when(r.given(f"{payer}_paid", f"有{who}赔付", "bool")):
            for place, one, two in zip(Shares._fields, stated, spread, strict=True):
                parts[f"{payer}_{place}"] = r.add(
                    f"{payer}_{place}", f"{who}抵减合计", "XB-一", one, two, part=True
                )
    return left, parts, stops


def _stated(r: Rules, payer: str, who: str, left: Shares) -> tuple[Shares, _Split, list[Step]]:
    inside = r.given(f"{payer}_in_catalogue_amount", f"{who}目录内赔付")
    outside = r.given(f"{payer}_outside_catalogue_amount", f"{who}目录外赔付")
    on_excluded = r.given(f"{payer}_excluded_amount", f"{who}不予补偿部分赔付")
    other_first = r.smaller(
        f"{payer}_outside_on_other", f"{who}目录外赔付抵其他", "XB-二(二)", outside, left.other
    )
    outside_whole = r.add(
        f"{payer}_outside_whole", "其他自付与不予补偿部分合计", "XB-二(二)", left.other, left.excluded
    )
    by_share = r.prorata(
        f"{payer}_outside_by_share",
        f"{who}目录外赔付摊到其他",
        "XB-二(二)",
        outside,
        left.other,
        outside_whole,
    )
    other = r.reading("stated_outside_part", other_first=other_first, pro_rata_with_excluded=by_share)
    spill = r.sub(f"{payer}_outside_rest", f"{who}目录外赔付余额", "XB-二(二)", outside, other, part=True)
    excluded = r.add(f"{payer}_on_excluded", f"{who}抵不予补偿部分", "XB-二(二)", spill, on_excluded)
    parts = _Split(inside, other, excluded)
    stops = [
        r.stop(
            "held",
            "payers_exceed_cost",
            f"{who}赔付超过{label}部分",
            "XB-二(二)",
            r.more_than(f"{payer}_{key}_exceeds", f"{who}超过{label}", "XB-二(二)", amount, bound),
        )
        for key, label, amount, bound in (
            ("stated_in", "目录内", inside, left.in_catalogue),
            ("stated_excluded", "目录外", excluded, left.excluded),
        )
    ]
    return _take_off(r, f"{payer}_stated", f"{who}写明的赔付", left, parts), parts, stops


def _unsplit(r: Rules, payer: str, who: str, left: Shares) -> tuple[Shares, _Split, list[Step]]:
    amount = r.given(f"{payer}_unsplit_amount", f"{who}未写明分项的赔付")
    spread = _pro_rata(r, payer, who, amount, left)
    inside = _in_order(r, payer, who, amount, left, ("in_catalogue", "other", "excluded"))
    outside = _in_order(r, payer, who, amount, left, ("other", "excluded", "in_catalogue"))
    excluded = _in_order(r, payer, who, amount, left, ("excluded", "other", "in_catalogue"))
    parts = _Split(
        *(
            r.reading(
                "unsplit_payment",
                pro_rata=one,
                in_catalogue_first=two,
                outside_first=three,
                excluded_first=four,
            )
            for one, two, three, four in zip(spread, inside, outside, excluded, strict=True)
        )
    )
    exceeds = _exceeds(r, f"{payer}_unsplit", who, amount, left)
    stop = r.stop("held", "payers_exceed_cost", f"{who}赔付超过个人承担", "XB-二(二)", exceeds)
    return _take_off(r, f"{payer}_unsplit", f"{who}赔付", left, parts), parts, [stop]


def under_ceiling(
    r: Rules, left: Shares, in_benefit: Step, other_benefit: Argument, nothing: Step, no: Step
) -> tuple[Step, Step]:
    """Keep the benefit within the cost still borne after a private policy, or deduct what it paid.

    A cut takes ``other`` first.
    """
    cite = "control:indemnity"
    has_private = r.given("has_private", "有其他商业保险", "bool")
    given = r.given("private_amount", "其他商业保险赔付")
    with r.only_when(r.reading("private_insurance", ceiling=has_private, ignore=no, deduct=has_private)):
        private = r.reading("private_insurance", ceiling=given, ignore=nothing, deduct=given)
        together = r.add("benefit_before_ceiling", "封顶前的补偿", cite, in_benefit, other_benefit)
        if r.under("private_insurance", "deduct"):
            cut = r.smaller("cut", "扣减", cite, private, together)
        else:
            borne = r.add("borne", "各类保障后个人承担合计", cite, *left, part=True)
            still = r.sub("borne_after_private", "商业保险后个人仍承担", cite, borne, private)
            ceiling = r.larger("ceiling", "补偿上限", cite, nothing, still)
            over = r.sub("above_ceiling", "超过上限的金额", cite, together, ceiling, part=True)
            cut = r.larger("cut", "扣减", cite, nothing, over)
        other_cut = r.smaller("other_cut", "先从其他补偿扣减", cite, cut, other_benefit)
        in_cut = r.sub("in_catalogue_cut", "再从目录内补偿扣减", cite, cut, other_cut)
        other_paid = r.sub("other_after_ceiling", "扣减后的其他补偿", cite, other_benefit, other_cut)
        in_paid = r.sub("in_catalogue_after_ceiling", "扣减后的目录内补偿", cite, in_benefit, in_cut)
    return in_paid, other_paid
