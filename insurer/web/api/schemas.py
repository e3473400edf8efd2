"""The shapes of the JSON interface, for checking, for writing and for its OpenAPI description.

Case documents keep and ignore unknown fields (hospital systems send more than we read); queries do not.
"""

import base64
import binascii
import uuid
from datetime import datetime
from typing import Any

from marshmallow import INCLUDE, Schema, ValidationError, fields, validate

from insurer.claims.lifecycle import STATES
from insurer.kernel.dates import SHANGHAI
from insurer.kernel.money import to_yuan

LARGEST_PAGE = 200
SCHEMES = ("changzhou-xinbei", "nantong")

_AMOUNT = {"pattern": r"^-?\d+\.\d{2}$", "example": "1234.50"}


def amount(*, required: bool = False, allow_none: bool = False, description: str = "") -> fields.String:
    """Return a field for a decimal string in yuan."""
    metadata = {**_AMOUNT, "description": description or "Decimal string in yuan with two decimals"}
    return fields.String(required=required, allow_none=allow_none, metadata=metadata)


class Fen(fields.Field[int]):
    """An integer of fen, written as a decimal string in yuan."""

    def _serialize(self, value: int | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else to_yuan(value)


class Moment(fields.Field[datetime]):
    """An aware moment, written as ISO 8601 in the zone of Shanghai."""

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else value.astimezone(SHANGHAI).isoformat(timespec="seconds")


class Cursor(fields.Field[uuid.UUID]):
    """Where a page begins; opaque to the caller."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> uuid.UUID:
        try:
            return uuid.UUID(bytes=base64.urlsafe_b64decode(str(value) + "=="))
        except (ValueError, binascii.Error) as error:
            raise ValidationError("这个游标读不懂，请用上一页给的 next") from error


def cursor_text(claim_id: uuid.UUID) -> str:
    """Write the cursor of what comes after a claim."""
    return base64.urlsafe_b64encode(claim_id.bytes).decode().rstrip("=")


class OpenSchema(Schema):
    """What others send or what grows: unknown members are kept."""

    class Meta:
        """Keep unknown members."""

        unknown = INCLUDE


class FeeLineSchema(OpenSchema):
    """One fee line, with the platform's field names."""

    feedetl_sn = fields.String(required=True)
    medins_list_name = fields.String(required=True)
    hilist_name = fields.String(allow_none=True)
    med_list_codg = fields.String(allow_none=True)
    list_type = fields.String(allow_none=True)
    med_chrgitm_type = fields.String(allow_none=True)
    chrgitm_lv = fields.String(allow_none=True)
    pric = amount()
    cnt = fields.String()
    det_item_fee_sumamt = amount()
    fulamt_ownpay_amt = amount()
    finding = fields.String(allow_none=True)


class SettlementSchema(OpenSchema):
    """One settlement, with the platform's field names."""

    setl_id = fields.String(required=True)
    med_type = fields.String(required=True)
    setl_time = fields.String(required=True, metadata={"example": "2026-06-15"})
    begndate = fields.String(allow_none=True)
    enddate = fields.String(allow_none=True)
    medfee_sumamt = amount(required=True, description="Total cost")
    inscp_scp_amt = amount(required=True, description="In-catalogue cost")
    preselfpay_amt = amount(required=True, description="Class-B first pay")
    overlmt_selfpay = amount(required=True, description="Over the price limit")
    fulamt_ownpay_amt = amount(required=True, description="Own expense")
    hifp_pay = amount(required=True, description="Basic fund")
    hifmi_pay = amount(required=True, allow_none=True, description="Critical illness; null: compute it")
    maf_pay = amount(description="Medical assistance")
    later_payers = fields.List(fields.Dict())
    feedetail = fields.List(fields.Nested(FeeLineSchema))


class CaseDocumentSchema(OpenSchema):
    """A case document: what ``insurer calculate`` reads."""

    case_id = fields.String()
    kind = fields.String(
        required=True,
        validate=validate.OneOf(["claim", "surplus", "premium_subsidy", "tilted_assistance"]),
    )
    scheme = fields.String(required=True, validate=validate.OneOf(SCHEMES))
    person = fields.Dict()
    parameters = fields.Dict()
    readings = fields.Dict(keys=fields.String(), values=fields.String())
    used = fields.Dict()
    settlements = fields.List(fields.Nested(SettlementSchema))


class SettlementResultSchema(OpenSchema):
    """The result of one settlement."""

    setl_id = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(["payable", "rejected", "held"]))
    benefit = amount(required=True)
    reasons = fields.List(fields.Dict())
    warnings = fields.List(fields.Raw())
    lines = fields.List(fields.Dict())
    trace = fields.List(fields.Dict())


class CaseResultSchema(OpenSchema):
    """The result of a case, or the field that could not be read."""

    case_id = fields.String(allow_none=True)
    kind = fields.String()
    scheme = fields.String()
    total = amount()
    settlements = fields.List(fields.Nested(SettlementResultSchema))
    error = fields.Dict()


class SettlementRecordSchema(OpenSchema):
    """One settlement record of the national platform."""

    setlinfo = fields.Dict(required=True)
    setldetail = fields.List(fields.Dict())
    feedetail = fields.List(fields.Dict())
    invoice = fields.Dict()
    later_payers = fields.List(fields.Dict())
    evidence = fields.List(fields.Dict())


class SchemeQuerySchema(Schema):
    """Which scheme settlement records belong to."""

    scheme = fields.String(
        required=True,
        validate=validate.OneOf(SCHEMES, error=f"方案写 {'、'.join(SCHEMES)} 之一"),
        error_messages={"required": "请写明方案"},
    )


class ClaimQuerySchema(Schema):
    """Which claims to list, and from where."""

    scheme = fields.String(validate=validate.OneOf(SCHEMES, error=f"方案写 {'、'.join(SCHEMES)} 之一"))
    state = fields.String(
        validate=validate.OneOf(sorted(STATES), error=f"状态写 {'、'.join(sorted(STATES))} 之一")
    )
    limit = fields.Integer(
        load_default=50,
        validate=validate.Range(1, LARGEST_PAGE, error=f"每页写 1 到 {LARGEST_PAGE}"),
        error_messages={"invalid": f"每页写 1 到 {LARGEST_PAGE} 的整数"},
    )
    cursor = Cursor(metadata={"type": "string", "description": "The ``next`` of the page before"})


class ClaimSchema(Schema):
    """A case as the interface shows it: no name, no number of a person."""

    id = fields.UUID(required=True)
    case_no = fields.String(required=True)
    scheme = fields.String(required=True)
    state = fields.String(required=True)
    person_id = fields.UUID(required=True)
    year = fields.Integer()
    visit = fields.String()
    settled_on = fields.Date()
    received_at = Moment(metadata={"type": "string", "format": "date-time"})
    due_on = fields.Date()
    legal_due_on = fields.Date()
    total = Fen(attribute="total_fen", metadata={"type": "string", **_AMOUNT})
    benefit = Fen(attribute="benefit_fen", metadata={"type": "string", **_AMOUNT})
    version = fields.Integer()


class DecisionSchema(Schema):
    """The newest calculation of a case."""

    id = fields.UUID()
    seq = fields.Integer()
    outcome = fields.String()
    pack_hash = fields.String()
    made_at = Moment(metadata={"type": "string", "format": "date-time"})
    result = fields.Dict()


class ClaimDetailSchema(ClaimSchema):
    """A case with its settlements and its newest calculation."""

    settlements = fields.List(fields.Dict())
    decision = fields.Nested(DecisionSchema, allow_none=True)


class ClaimPageSchema(Schema):
    """A page of cases, the newest first."""

    items = fields.List(fields.Nested(ClaimSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class CaseNumberSchema(Schema):
    """A new case."""

    id = fields.UUID(required=True)
    case_no = fields.String(required=True)


class RegisteredSchema(Schema):
    """What became of the records that were sent."""

    new = fields.List(fields.Nested(CaseNumberSchema), required=True)
    changed = fields.List(fields.UUID(), required=True)
    reversed = fields.List(fields.UUID(), required=True)
    unchanged = fields.List(fields.UUID(), required=True)


class ProblemSchema(OpenSchema):
    """Problem details (RFC 9457)."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    code = fields.String()
    instance = fields.String()
    errors = fields.List(fields.Dict())


class CoverCheckSchema(Schema):
    """Whom and which day to check."""

    scheme = fields.String(required=True, validate=validate.OneOf(SCHEMES))
    certno = fields.String(required=True, validate=validate.Length(15, 18))
    on = fields.Date(required=True, metadata={"description": "YYYY-MM-DD"})


class CoverGroundSchema(Schema):
    """One row of a file, or with ``row`` null a file that does not name the person."""

    says = fields.String()
    file = fields.String()
    sheet = fields.String()
    row = fields.Integer(allow_none=True)


class CoverAnswerSchema(Schema):
    """Covered or not, and because of what."""

    on = fields.Date(attribute="day")
    covered = fields.Boolean()
    because = fields.String()
    grounds = fields.List(fields.Nested(CoverGroundSchema))
