"""Why less is due than was paid, in the words of a letter, and the clauses that this rests on."""

from typing import Final

from insurer.claims.lifecycle import State
from insurer.claims.rules import is_cancelled
from insurer.claims.tables import Claim, Decision
from insurer.notices.citations import Citation, cite
from insurer.notices.figures import decision_figures
from insurer.notices.reasons import headline_reason

RULES: Final = {
    "changzhou-xinbei": ("XB-一", "前面各方都付过以后，只付还由个人负担的费用"),
    "nantong": ("NT-(三)", "保险先付，救助只付保险付过以后的费用"),
}
"""By scheme: the clause that makes the later figure the right one, and what it says."""


def cause_of_less(claim: Claim, decision: Decision, due: int) -> tuple[str, tuple[Citation, ...]]:
    """Return why less is due than was paid, and the clauses that it rests on."""
    clause = cite(RULES[claim.scheme][0])
    if is_cancelled(decision.document):
        return "医院把这笔结算退掉了，不再有要赔的费用。", (clause,)
    if claim.state == State.WITHDRAWN:
        return "这件申请已经撤销，不再有要赔的费用。", (clause,)
    if due:
        return "结算单或前面各方付的钱有更正，我们重新算过，应付的比原来少。", (clause,)
    figures = decision_figures(claim.scheme, decision.document, decision.result)
    refused = tuple(dict.fromkeys(one.basis for one in figures.refused))
    words = headline_reason(figures.main_code) if figures.main_code else "没有要赔的费用"
    return f"我们重新核对过，原来赔的费用不能赔：{words}。", refused or (clause,)
