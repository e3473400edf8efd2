"""The fields of a settlement sheet as pages show them: typed, stored, with words beside what is wrong."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from insurer.claims.record_fields import MED_TYPES
from insurer.claims.sheet_fields import (
    AMOUNTS,
    BASIC,
    GROUPS,
    OTHER_FUNDS,
    PAID_WORDS,
    PAYERS,
    Addition,
    SheetField,
    SheetGroup,
    additions,
)
from insurer.claims.upstream import THIRD_PARTY
from insurer.kernel.money import display, parse_yuan
from insurer.worklists.views.documents import EntryField, EntryGroup, SumCheck
from insurer.worklists.views.elements import Choice

Values = Mapping[str, str]
Notes = Mapping[str, tuple[str, str]]
"""Field to what is said beside it and in which tone."""

_PAIRED: Final = {"begndate": "enddate", "hospital": "designated"}
"""Fields that share a line with the next one."""


def values_of(facts: Mapping[str, Any]) -> dict[str, str]:
    """Return stored facts as they would be typed."""
    invoice, institution = facts.get("invoice") or {}, facts.get("fixmedins") or {}
    found = {name: str(value) for name, value in facts.items() if isinstance(value, str)}
    found |= {part: str(invoice.get(part, "")) for part in ("bill_code", "bill_no", "check_code")}
    found |= {
        "hospital": str(institution.get("name", "")),
        "designated": "0" if institution.get("designated") is False else "",
        "region": str(institution.get("region") or "mainland"),
        "referral": str(facts.get("referral") or "local"),
        "third_party": str(facts.get("third_party") or "none"),
        "dual_channel": "1" if facts.get("dual_channel") else "",
        "applicant": str(facts.get("applicant") or "self"),
    }
    med_type = found.get("med_type", "")
    found["med_type"] = med_type[:2] if med_type[:2] in MED_TYPES else med_type
    pending = set(facts.get("upstream_pending") or ())
    for payer in PAYERS:
        found[payer] = "pending" if payer in pending else "none"
    for row in facts.get("later_payers") or ():
        payer = THIRD_PARTY if row.get("of") == THIRD_PARTY else str(row.get("payer"))
        parts = ("unsplit", "in_catalogue", "outside_catalogue", "excluded")
        total = sum(parse_yuan(str(row[part])) for part in parts if row.get(part))
        found[payer], found[f"{payer}_amount"] = PAID_WORDS[payer], display(total)
    found |= {one.name: display(parse_yuan(found[one.name])) for one in AMOUNTS if found.get(one.name)}
    if "psn_cash_pay" not in found and found.get("psn_part_amt"):
        account = parse_yuan(str(facts["acct_pay"])) if facts.get("acct_pay") else 0
        found["psn_cash_pay"] = display(parse_yuan(found["psn_part_amt"]) - account)
    return found


def entry_groups(
    values: Values,
    *,
    editable: bool,
    wrong: Mapping[str, str],
    notes: Notes | None = None,
    locked: frozenset[str] = frozenset(),
) -> tuple[EntryGroup, ...]:
    """Return every group of the sheet in the order of ``GROUPS``; what is not editable is shown as words."""
    sums = additions(values)
    others = any(values.get(one.name, "").strip() for one in OTHER_FUNDS.fields)
    checks = {"costs": sums[0], "paid": sums[1]}
    if editable or sums[2].agrees or _is_told(sums[2]):
        checks["later"] = sums[2]
    groups = [
        _group(group, values, editable, wrong, notes, locked, checks.get(group.name))
        for group in GROUPS
        if editable or others or group is not OTHER_FUNDS
    ]
    return tuple(groups)


def _group(
    group: SheetGroup,
    values: Values,
    editable: bool,
    wrong: Mapping[str, str],
    notes: Notes | None,
    locked: frozenset[str],
    addition: Addition | None,
) -> EntryGroup:
    fields: list[EntryField] = []
    second: set[str] = set(_PAIRED.values())
    by_name = {one.name: one for one in group.fields}
    for one in group.fields:
        if one.name in second and one.name in {_PAIRED.get(known) for known in by_name}:
            continue
        partner = by_name.get(_PAIRED.get(one.name, ""))
        fields.append(_field(one, values, editable and one.name not in locked, wrong, notes, partner))
    check = _check(addition) if addition is not None else None
    return EntryGroup(group.heading if group is not BASIC else "", tuple(fields), check)


def _field(
    one: SheetField,
    values: Values,
    editable: bool,
    wrong: Mapping[str, str],
    notes: Notes | None,
    partner: SheetField | None = None,
) -> EntryField:
    said, tone = (notes or {}).get(one.name, ("", ""))
    second = _field(partner, values, editable, wrong, notes) if partner is not None else None
    if one.name in PAID_WORDS:
        amount = SheetField(f"{one.name}_amount", f"{one.label}付了")
        if editable or values.get(one.name) == PAID_WORDS[one.name]:
            second = _field(amount, values, editable, wrong, notes)
    text = values.get(one.name, "")
    return EntryField(
        name=one.name,
        label=one.label,
        value=_shown(one, text) if not editable else text,
        kind=_kind(one, editable),
        note=said or (one.note if editable else ""),
        tone=tone,
        choices=tuple(Choice(value, word, value == text) for value, word in one.choices),
        wrong=wrong.get(one.name, ""),
        second=second,
    )


def _kind(one: SheetField, editable: bool) -> str:
    if editable:
        return one.kind
    return "shown_amount" if one.kind == "amount" else "shown"


def _shown(one: SheetField, text: str) -> str:
    if one.kind == "choice":
        return dict(one.choices).get(text, text) or "没有写"
    if one.kind == "amount":
        return _money(text)
    return text or "没有写"


def _money(text: str) -> str:
    try:
        return display(parse_yuan(text.replace(",", ""))) if text else "0.00"
    except ValueError:
        return text


def _check(addition: Addition) -> SumCheck:
    one = addition
    return SumCheck(one.name, one.total, one.parts, one.agrees, one.text, one.within)


def _is_told(check: Addition | SumCheck) -> bool:
    """Tell whether a check found a difference; otherwise it waits for what is not typed yet."""
    return "相加" in check.text


def agreement(groups: Sequence[EntryGroup]) -> tuple[str, bool]:
    """Return what the head of the panel says of both additions."""
    checks = [group.sum for group in groups if group.sum is not None]
    wrong = [check.name for check in checks if not check.agrees and (_is_told(check) or not check.within)]
    if not checks:
        return "", True
    return ("两项合计相符", True) if not wrong else (f"{'、'.join(wrong)}合计不符", False)
