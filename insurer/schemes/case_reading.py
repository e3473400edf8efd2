"""Reading a case document: texts become fen, day ordinals and known codes, or a problem that names the field.

Unknown fields are ignored. A missing amount that is not required is 0.00. Nothing is judged here: amounts
that do not add up are a matter of the scheme.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from insurer.kernel.dates import SHANGHAI, parse_date
from insurer.kernel.errors import Invalid, Problem
from insurer.kernel.money import parse_yuan
from insurer.schemes.pack_files import readings
from insurer.schemes.packdata import CodeTable, Parameter, option_texts, parse_value

REFERRALS = ("local", "referred", "emergency", "missing", "missing_hardship_approved")
THIRD_PARTIES = ("none", "settled", "unresolved")
INSTITUTION_KINDS = ("hospital", "pharmacy")
REGIONS = ("mainland", "overseas")
LATER_PAYERS = ("inclusive", "charity", "private")
LINE_AMOUNTS = ("fulamt_ownpay_amt", "preselfpay_amt", "overlmt_amt", "inscp_scp_amt")


class CaseProblem(Invalid):
    """A case document cannot be read; ``field`` is the path, the message is Chinese and English."""

    def __init__(self, field_path: str, chinese: str, english: str) -> None:
        message = f"{chinese} / {english}"
        super().__init__(message, (Problem(field_path, message),))
        self.field = field_path


@dataclass(frozen=True, slots=True)
class LaterPayment:
    """What 惠民保, charity or a private policy paid: stated by part, left open, or both."""

    payer: str
    in_catalogue: int
    outside_catalogue: int
    excluded: int
    unsplit: int

    @property
    def stated(self) -> int:
        """Return the fen that the payer assigned to parts."""
        return self.in_catalogue + self.outside_catalogue + self.excluded


@dataclass(frozen=True, slots=True)
class Settlement:
    """One settlement as read: amounts in fen (``None`` where a field was not given), days as ordinals."""

    place: int
    setl_id: str
    time: datetime
    settlement_day: int
    admission_day: int
    discharge_day: int
    med_type: str
    visit: str
    amounts: Mapping[str, int | None]
    later: Sequence[LaterPayment] = ()
    institution: str = "hospital"
    designated: bool = True
    region: str = "mainland"
    in_county: bool = True
    dual_channel: bool = False
    referral: str = "local"
    third_party: str = "none"
    insutype: str = ""
    invoice: tuple[str, str, str] | None = None
    upstream_pending: Sequence[str] = ()
    finding: str = ""
    reverses: str = ""
    lines: Sequence[Mapping[str, Any]] = ()
    line_amounts: Sequence[Mapping[str, int]] = field(default_factory=tuple)

    def fen(self, name: str) -> int:
        """Return an amount, zero when it was not given."""
        return self.amounts.get(name) or 0


def mapping(value: Any, path: str) -> Mapping[str, Any]:
    """Return a JSON object; an absent one is empty."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise CaseProblem(path, "要写成一个对象", "must be an object")
    return value


def sequence(value: Any, path: str) -> Sequence[Any]:
    """Return a JSON array; an absent one is empty."""
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        raise CaseProblem(path, "要写成一个列表", "must be an array")
    return value


def amount(value: Any, path: str) -> int:
    """Read an amount in yuan as fen."""
    try:
        return parse_yuan(value)
    except ValueError as error:
        raise CaseProblem(path, str(error), "not an amount in yuan such as 1234.50") from None


def required(source: Mapping[str, Any], name: str, path: str) -> Any:
    """Return a field that must be there."""
    value = source.get(name)
    if value is None or (isinstance(value, str) and not value.strip()):
        raise CaseProblem(f"{path}{name}", "缺少这一项，请补上", "required field is missing")
    return value


def text(value: Any, path: str) -> str:
    """Return a text; a whole number is taken as its digits."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise CaseProblem(path, "要写成文本", "must be a text")
    try:
        return str(value).strip()
    except ValueError:  # Python writes no whole number of thousands of digits
        raise CaseProblem(path, "数字太长，请核对", "too many digits") from None


def flag(value: Any, path: str, default: bool) -> bool:
    """Return a yes/no value."""
    if value is None:
        return default
    if not isinstance(value, bool):
        raise CaseProblem(path, "要写成 true 或 false", "must be true or false")
    return value


def one_of(value: Any, allowed: Sequence[str], path: str, default: str) -> str:
    """Return one of the known codes."""
    if value is None:
        return default
    if value not in allowed:
        raise CaseProblem(path, f"只能是 {option_texts(allowed)}", f"must be one of {', '.join(allowed)}")
    return str(value)


def day(value: Any, path: str) -> int:
    """Read ``YYYY-MM-DD`` (a time after it is ignored) as an ordinal."""
    try:
        return parse_date(value[:10] if isinstance(value, str) else value).toordinal()
    except ValueError as error:
        raise CaseProblem(path, str(error), "not a date such as 2026-01-31") from None


def moment(value: Any, path: str) -> datetime:
    """Read a day or an ISO time as a naive moment in Shanghai."""
    if isinstance(value, str) and len(value.strip()) > 10:
        try:
            found = datetime.fromisoformat(value.strip())
            return found if found.tzinfo is None else found.astimezone(SHANGHAI).replace(tzinfo=None)
        except (ValueError, OverflowError):  # the zone may lead beyond the calendar
            raise CaseProblem(
                path, f"“{value}”不是时间，请写成 2026-01-31T10:20:30 这样", "not an ISO 8601 time"
            ) from None
    ordinal = day(value, path)
    return datetime.fromordinal(ordinal)


def read_readings(document: Mapping[str, Any]) -> dict[str, str]:
    """Return the answers that a case overrides; an unknown reading or answer is a problem."""
    answers: dict[str, str] = {}
    for name, value in mapping(document.get("readings"), "readings").items():
        reading = readings().get(name)
        path = f"readings.{name}"
        if reading is None:
            raise CaseProblem(path, "没有这个条文读法", "unknown reading")
        if isinstance(value, bool):
            answer = "true" if value else "false"
        else:
            answer = text(value, path) if isinstance(value, int) else str(value)
        if not reading.accepts(answer):
            if reading.free:
                low, high = reading.free.split("..")
                raise CaseProblem(path, f"只能是 {low} 到 {high}", f"must be from {low} to {high}")
            allowed = ", ".join(reading.options)
            raise CaseProblem(path, f"只能是 {option_texts(reading.options)}", f"must be one of {allowed}")
        answers[name] = answer
    return answers


def read_parameters(document: Mapping[str, Any], known: Mapping[str, Parameter]) -> dict[str, Any]:
    """Return the dated parameters that a case overrides, in their units; others are ignored."""
    raw = mapping(document.get("parameters"), "parameters")
    found: dict[str, Any] = {}
    for name, parameter in known.items():
        if raw.get(name) is None:
            continue
        try:
            value = parse_value(parameter.unit, raw[name])
        except ValueError as error:
            raise CaseProblem(f"parameters.{name}", str(error), "not a figure in its unit") from None
        if (value[0] if isinstance(value, tuple) else value) < 0:
            raise CaseProblem(f"parameters.{name}", "不能小于零", "must not be negative")
        found[name] = value
    return found


def read_settlements(
    document: Mapping[str, Any],
    amount_names: Sequence[str],
    required_names: Sequence[str],
    visits: CodeTable,
) -> list[Settlement]:
    """Return the settlements of a claim in the order of the document; ``visits`` are the kinds of visit."""
    raw = document.get("settlements")
    if not isinstance(raw, list):
        raise CaseProblem("settlements", "缺少结算列表，请补上", "an array of settlements is required")
    return [
        _settlement(mapping(one, f"settlements[{place}]"), place, amount_names, required_names, visits)
        for place, one in enumerate(raw)
    ]


def _settlement(
    raw: Mapping[str, Any],
    place: int,
    amount_names: Sequence[str],
    required_names: Sequence[str],
    visits: CodeTable,
) -> Settlement:
    path = f"settlements[{place}]."
    setl_id = text(required(raw, "setl_id", path), f"{path}setl_id")
    time = moment(required(raw, "setl_time", path), f"{path}setl_time")
    settled = time.toordinal()
    reversed_id = "" if raw.get("reverses") is None else text(raw["reverses"], f"{path}reverses")
    if reversed_id:
        return Settlement(place, setl_id, time, settled, settled, settled, "", "", {}, reverses=reversed_id)
    med_type = text(required(raw, "med_type", path), f"{path}med_type")
    kind = visits.on(med_type[:2], settled)
    for name in required_names:
        required(raw, name, path)
    amounts = _amounts(raw, amount_names, path)
    admitted = day(raw["begndate"], f"{path}begndate") if raw.get("begndate") else settled
    discharged = day(raw["enddate"], f"{path}enddate") if raw.get("enddate") else settled
    institution = mapping(raw.get("fixmedins"), f"{path}fixmedins")
    at = f"{path}fixmedins."
    lines = [
        mapping(line, f"{path}feedetail[{number}]")
        for number, line in enumerate(sequence(raw.get("feedetail"), f"{path}feedetail"))
    ]
    return Settlement(
        place=place,
        setl_id=setl_id,
        time=time,
        settlement_day=settled,
        admission_day=admitted,
        discharge_day=discharged,
        med_type=med_type,
        visit="" if kind is None else kind.facts["kind"],
        amounts=amounts,
        later=[
            _later(mapping(one, f"{path}later_payers[{number}]"), f"{path}later_payers[{number}].")
            for number, one in enumerate(sequence(raw.get("later_payers"), f"{path}later_payers"))
        ],
        institution=one_of(institution.get("kind"), INSTITUTION_KINDS, f"{at}kind", "hospital"),
        designated=flag(institution.get("designated"), f"{at}designated", True),
        region=one_of(institution.get("region"), REGIONS, f"{at}region", "mainland"),
        in_county=flag(institution.get("in_county"), f"{at}in_county", True),
        dual_channel=flag(raw.get("dual_channel"), f"{path}dual_channel", False),
        referral=one_of(raw.get("referral"), REFERRALS, f"{path}referral", "local"),
        third_party=one_of(raw.get("third_party"), THIRD_PARTIES, f"{path}third_party", "none"),
        insutype=text(raw.get("insutype") or "", f"{path}insutype"),
        invoice=_invoice(mapping(raw.get("invoice"), f"{path}invoice"), f"{path}invoice."),
        upstream_pending=sequence(raw.get("upstream_pending"), f"{path}upstream_pending"),
        finding=text(raw.get("finding") or "", f"{path}finding"),
        lines=lines,
        line_amounts=[_line(line, f"{path}feedetail[{number}].") for number, line in enumerate(lines)],
    )


def _amounts(raw: Mapping[str, Any], names: Sequence[str], path: str) -> dict[str, int | None]:
    """Read amounts by name; a path is only put together for one that cannot be read."""
    found: dict[str, int | None] = {}
    for name in names:
        value = raw.get(name)
        try:
            found[name] = None if value is None else parse_yuan(value)
        except ValueError:
            found[name] = amount(value, f"{path}{name}")
    return found


def _line(line: Mapping[str, Any], path: str) -> dict[str, int]:
    found = {name: fen or 0 for name, fen in _amounts(line, LINE_AMOUNTS, path).items()}
    if line.get("overlmt_amt") is None and line.get("overlmt_selfpay") is not None:
        found["overlmt_amt"] = amount(line["overlmt_selfpay"], f"{path}overlmt_selfpay")
    if line.get("inscp_scp_amt") is None and line.get("det_item_fee_sumamt") is not None:
        whole = amount(line["det_item_fee_sumamt"], f"{path}det_item_fee_sumamt")
        found["inscp_scp_amt"] = max(0, whole - sum(found.values()))
    return found


def _later(raw: Mapping[str, Any], path: str) -> LaterPayment:
    payer = one_of(required(raw, "payer", path), LATER_PAYERS, f"{path}payer", "")
    parts = {}
    for name in ("in_catalogue", "outside_catalogue", "excluded", "unsplit"):
        parts[name] = 0 if raw.get(name) is None else amount(raw[name], f"{path}{name}")
        if parts[name] < 0:
            raise CaseProblem(f"{path}{name}", "不能小于零", "must not be negative")
    return LaterPayment(payer, **parts)


def read_known_invoices(document: Mapping[str, Any]) -> frozenset[tuple[str, str, str]]:
    """Read ``known_invoices``: those that another case already carries (control: one invoice, one case)."""
    rows = document.get("known_invoices") or []
    if not isinstance(rows, list):
        raise CaseProblem("known_invoices", "要写成一个列表", "must be a list")
    keys = [_invoice(mapping(row, f"known_invoices[{place}]"), "") for place, row in enumerate(rows)]
    return frozenset(key for key in keys if key is not None)


def _invoice(raw: Mapping[str, Any], path: str) -> tuple[str, str, str] | None:
    """The key of an invoice; a number without code or check code is a key only when it has 20 digits."""
    code, number, check = (
        text(raw.get(name) or "", f"{path}{name}") for name in ("bill_code", "bill_no", "check_code")
    )
    if not number or not (code or check or len(number) >= 20):
        return None
    return code, number, check
