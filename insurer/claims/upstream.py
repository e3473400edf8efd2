"""Earlier payers of a case: who they are, how each stands, and what that changes in the case document. Pure.

Xinbei pays last (basic, critical illness, assistance, 惠民保, charity: XB-三); Nantong pays third.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from insurer.kernel.money import parse_yuan, to_yuan

Status = Literal["none", "pending", "paid", "not_applicable"]

STATUS_WORDS: Final[dict[str, str]] = {
    "none": "没有付",
    "pending": "还没有结果",
    "paid": "已付",
    "not_applicable": "不适用",
}
PAYER_WORDS: Final[dict[str, str]] = {
    "basic": "基本医保",
    "critical_illness": "大病保险",
    "medical_assistance": "医疗救助",
    "inclusive": "惠民保",
    "charity": "慈善救助",
}
UPSTREAM: Final[dict[str, tuple[str, ...]]] = {
    "changzhou-xinbei": tuple(PAYER_WORDS),
    "nantong": ("basic", "critical_illness"),
}
"""Who pays before the scheme, in the order of the policy."""

LATER_WORDS: Final[dict[str, str]] = {"inclusive": "惠民保", "charity": "慈善救助", "private": "商业保险"}
"""Who pays by a decision of its own, in the order in which they are shown."""

THIRD_PARTY: Final = "third_party"
THIRD_PARTY_WORD: Final = "第三方责任人赔付"
"""What a liable third party paid stands in ``later_payers`` as ``private`` cover ``of`` this party."""

FUND_FIELDS: Final[dict[str, str]] = {
    "basic": "hifp_pay",
    "critical_illness": "hifmi_pay",
    "medical_assistance": "maf_pay",
}
"""The settlement's field of each fund; what is not here pays by a decision of its own."""


@dataclass(frozen=True, slots=True)
class Noted:
    """What somebody has noted of a payer; the amount in fen where it has paid."""

    payer: str
    status: Status
    paid_fen: int | None = None
    proof: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a payer stands: by a note, else by the settlement."""

    payer: str
    status: Status
    paid_fen: int
    proof: str
    noted: bool

    @property
    def word(self) -> str:
        """The payer's name."""
        return PAYER_WORDS[self.payer]


def standings(scheme: str, facts: Mapping[str, Any], notes: Mapping[str, Noted]) -> list[Standing]:
    """Return every earlier payer of the scheme in order."""
    found = []
    for payer in UPSTREAM[scheme]:
        note = notes.get(payer)
        stated = stated_fen(facts, payer)
        if note is not None:
            paid = note.paid_fen if note.paid_fen is not None else stated
            fen = paid if note.status == "paid" else 0
            found.append(Standing(payer, note.status, fen, note.proof, True))
        elif payer in facts.get("upstream_pending", ()):
            found.append(Standing(payer, "pending", 0, "", False))
        else:
            found.append(Standing(payer, "paid" if stated else "none", stated, "结算单", False))
    return found


def paid_by_third_party(paid_fen: int) -> dict[str, str]:
    """Return what a liable third party paid as an entry of ``later_payers``: cover of the same loss."""
    return {"payer": "private", "of": THIRD_PARTY, "unsplit": to_yuan(paid_fen)}


def later_words(facts: Mapping[str, Any]) -> dict[str, str]:
    """Return the later payers in order with their names; private cover is named after who really paid."""
    private = [one for one in facts.get("later_payers") or () if one.get("payer") == "private"]
    liable = [one for one in private if one.get("of") == THIRD_PARTY]
    if not liable:
        return LATER_WORDS
    both = f"{LATER_WORDS['private']}、{THIRD_PARTY_WORD}"
    return {**LATER_WORDS, "private": THIRD_PARTY_WORD if len(liable) == len(private) else both}


def stated_fen(facts: Mapping[str, Any], payer: str) -> int:
    """Return what the settlement says that a payer paid."""
    name = FUND_FIELDS.get(payer)
    if name is not None:
        return parse_yuan(str(facts.get(name) or "0.00"))
    parts = ("unsplit", "in_catalogue", "outside_catalogue", "excluded")
    return sum(
        parse_yuan(str(one[part]))
        for one in facts.get("later_payers", ())
        if one.get("payer") == payer
        for part in parts
        if one.get(part)
    )


def overlaid(facts: Mapping[str, Any], notes: Sequence[Noted]) -> dict[str, Any]:
    """Return the settlement with what was noted of its payers.

    A fund that paid more or less than the sheet says moves the fund total and the person's part with it, so
    that both sums still agree. A later payer's amount replaces that of the record.
    """
    changed = dict(facts)
    pending = list(facts.get("upstream_pending", ()))
    for note in notes:
        pending = [one for one in pending if one != note.payer]
        if note.status == "pending":
            pending.append(note.payer)
        elif note.status == "paid" and note.paid_fen is not None:
            if note.payer in FUND_FIELDS:
                _fund(changed, note)
            else:
                _later(changed, note, [{"payer": note.payer, "unsplit": to_yuan(note.paid_fen)}])
        elif note.payer not in FUND_FIELDS:
            _later(changed, note, [])
    if pending or "upstream_pending" in changed:
        changed["upstream_pending"] = pending
    return changed


def _fund(changed: dict[str, Any], note: Noted) -> None:
    name, paid = FUND_FIELDS[note.payer], note.paid_fen or 0
    more = paid - stated_fen(changed, note.payer)
    if not more:
        return
    changed[name] = to_yuan(paid)
    for field, sign in (("fund_pay_sumamt", 1), ("psn_part_amt", -1)):
        if changed.get(field) is not None:
            changed[field] = to_yuan(parse_yuan(str(changed[field])) + sign * more)


def _later(changed: dict[str, Any], note: Noted, instead: list[dict[str, str]]) -> None:
    kept = [one for one in changed.get("later_payers", ()) if one.get("payer") != note.payer]
    changed["later_payers"] = [*kept, *instead]
