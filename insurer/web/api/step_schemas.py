"""The bodies and answers of the operations on cases and money; unknown members are refused by name."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from insurer.claims.lifecycle import Action
from insurer.claims.operations import accidents, agency_findings, reviews
from insurer.claims.operations.findings import FINDINGS
from insurer.claims.operations.moves import PLAIN
from insurer.claims.operations.upstream import WAYS
from insurer.claims.upstream import PAYER_WORDS, STATUS_WORDS
from insurer.kernel.money import parse_yuan
from insurer.people.payees import CAPACITIES
from insurer.web.api.schemas import LARGEST_PAGE, SCHEMES, Cursor, Fen, Moment

YUAN: dict[str, Any] = {"type": "string", "pattern": r"^\d{1,12}\.\d{2}$", "example": "1234.50"}
MOMENT: dict[str, Any] = {"type": "string", "format": "date-time"}


class Yuan(fields.Field[int]):
    """A decimal string in yuan, read as fen and written as yuan."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        try:
            return parse_yuan(value)
        except (ValueError, TypeError) as error:
            raise ValidationError("金额写成 1234.50 这样的文字") from error


def words(*, required: bool = True, most: int = 500, least: int = 1, **more: Any) -> fields.String:
    """Return a field of text for people."""
    bounds = validate.Length(
        least if required else 0, most, error=f"写 {least if required else 0} 到 {most} 个字"
    )
    plain: dict[str, Any] = {} if required else {"load_default": ""}
    return fields.String(required=required, validate=bounds, **plain, **more)


def one_of(known: Any, *, required: bool = True, **more: Any) -> fields.String:
    """Return a field with a fixed choice."""
    listed = sorted(known)
    check = validate.OneOf(listed, error=f"写 {'、'.join(listed)} 之一")
    return fields.String(required=required, validate=check, **more)


def amount(*, required: bool = True) -> Yuan:
    """Return a field for an amount."""
    return Yuan(required=required, metadata=YUAN)


class BodySchema(Schema):
    """What every write on a case may say: the version that the caller has seen."""

    version = fields.Integer(strict=True, validate=validate.Range(1, 2**31))


class EmptySchema(BodySchema):
    """Nothing but perhaps the version."""


class StepSchema(BodySchema):
    """A plain action of the lifecycle table."""

    action = one_of([action.value for action in PLAIN if action is not Action.ACCEPT] + ["calculate"])
    reason = words(required=False)


class PaperSchema(Schema):
    """One file in base64."""

    kind = words(most=40)
    filename = words(most=120)
    content = words(most=90_000_000)
    pages = fields.Integer(load_default=1, strict=True, validate=validate.Range(1, 2_000))


class PapersSchema(Schema):
    """Files handed in for a case."""

    files = fields.List(fields.Nested(PaperSchema), required=True, validate=validate.Length(1, 20))


class PapersTakenSchema(Schema):
    """The papers that were stored."""

    papers = fields.List(fields.UUID(), required=True)


class AskSchema(BodySchema):
    """Papers to be asked for, all at once; a further request says why."""

    kinds = fields.List(words(most=40), required=True, validate=validate.Length(1, 30))
    reason = words(required=False)
    new_fact = fields.Boolean(load_default=False)


class RequestedSchema(Schema):
    """The request for papers."""

    request_id = fields.UUID(required=True)


class LineFindingSchema(BodySchema):
    """A person's finding on a fee line; ``automatic`` takes it back."""

    feedetl_sn = words(most=60)
    finding = one_of([*FINDINGS, "automatic"])
    reason = words()


class ProposeSchema(BodySchema):
    """A case is put before a second person."""

    opinion = words(required=False)
    approver_id = fields.UUID(load_default=None, allow_none=True)


class DecideSchema(BodySchema):
    """What the second person says."""

    decision = one_of(["approve", "send_back", "recall"])
    opinion = words(required=False)


class ApproverSchema(BodySchema):
    """Another person decides."""

    approver_id = fields.UUID(required=True, allow_none=True)
    reason = words()


class UpstreamAnswerSchema(BodySchema):
    """How an earlier payer stands."""

    payer = one_of(PAYER_WORDS)
    status = one_of(STATUS_WORDS)
    paid = amount(required=False)
    proof = words(required=False, most=200)
    paper_id = fields.UUID(load_default=None, allow_none=True)


class InquirySchema(BodySchema):
    """An earlier payer was asked."""

    payer = one_of(PAYER_WORDS)
    way = one_of(WAYS)
    document = words(required=False, most=120)
    asked_on = fields.Date(required=True)
    remind_on = fields.Date(load_default=None, allow_none=True)


class StandingSchema(Schema):
    """How one earlier payer stands."""

    payer = fields.String(required=True)
    status = fields.String(required=True)
    paid = Fen(attribute="paid_fen", metadata=YUAN)
    proof = fields.String()
    noted = fields.Boolean()


class StandingsSchema(Schema):
    """Every earlier payer, in the order of the policy."""

    payers = fields.List(fields.Nested(StandingSchema), required=True)


class AccidentSchema(BodySchema):
    """How an injury came about."""

    cause = one_of(accidents.CAUSES)
    happened_on = fields.Date(required=True)
    liability = one_of(accidents.LIABILITIES)
    statement = words(most=2_000)
    third_party = amount(required=False)
    proof = words(required=False, most=200)


class ClaimantSchema(BodySchema):
    """Who asks for the benefit."""

    capacity = one_of(CAPACITIES)
    name = words(required=False, most=60)
    relation = words(required=False, most=40)


class PayeeSchema(BodySchema):
    """Another account for a case."""

    capacity = one_of(CAPACITIES)
    relation = words(required=False, most=40)
    holder = words(most=60)
    bank = words(most=60)
    number = words(most=60, metadata={"writeOnly": True})
    reason = words(most=200)


class ProposedSchema(Schema):
    """Something that waits for a second person."""

    id = fields.UUID(required=True)


class SecondPersonSchema(Schema):
    """A second person's answer."""

    agree = fields.Boolean(required=True)
    opinion = words(required=False)


class AdvanceSchema(BodySchema):
    """An amount to be paid ahead."""

    amount = amount()
    reason = words()
    open_points = words()


class ReviewRequestSchema(Schema):
    """A request for review, or a complaint."""

    kind = one_of(reviews.KINDS)
    channel = one_of(reviews.CHANNELS)
    relation = one_of(reviews.RELATIONS)
    statement = words(most=4_000)
    filed_on = fields.Date(required=True)


class ReviewAnswerSchema(Schema):
    """The answer to a review."""

    outcome = one_of(reviews.OUTCOMES)
    reasons = words(most=4_000)


class ReviewSchema(Schema):
    """A review, without the words of the request."""

    id = fields.UUID(required=True)
    number = fields.String(required=True)
    claim_id = fields.UUID(required=True)
    kind = fields.String(required=True)
    channel = fields.String()
    status = fields.String(required=True)
    outcome = fields.String()
    filed_on = fields.Date()
    due_on = fields.Date()
    decided_at = Moment(metadata=MOMENT, allow_none=True)


class AgencyFindingBodySchema(Schema):
    """A difference with what an earlier payer paid."""

    payer = one_of(PAYER_WORDS)
    message = words()
    clause = words(required=False, most=80)
    expected = amount(required=False)
    stated = amount(required=False)


class AgencyFindingSchema(Schema):
    """A difference and how far it got."""

    id = fields.UUID(required=True)
    number = fields.String(required=True)
    claim_id = fields.UUID(required=True)
    setl_id = fields.String()
    code = fields.String()
    payer = fields.String()
    clause = fields.String()
    message = fields.String()
    expected = Fen(attribute="expected_fen", metadata=YUAN, allow_none=True)
    stated = Fen(attribute="stated_fen", metadata=YUAN, allow_none=True)
    status = fields.String(required=True)
    sent_on = fields.Date(allow_none=True)
    document = fields.String()
    answered_on = fields.Date(allow_none=True)
    outcome = fields.String()


class FindingSentSchema(Schema):
    """The agency was told."""

    document = words(most=120)
    sent_on = fields.Date(required=True)


class FindingAnswerSchema(Schema):
    """The agency answered."""

    outcome = one_of(agency_findings.OUTCOMES)
    answer = words(most=1_000)


class CloseSchema(BodySchema):
    """Where the file of a closed case lies."""

    place = words(most=80)


class FileSchema(Schema):
    """A file of the archive."""

    file_number = fields.String(required=True)
    place = fields.String()
    retain_until_on = fields.Date()
    contents = fields.List(fields.Dict())


class RegisterQuerySchema(Schema):
    """Which rows of a register, and from where."""

    scheme = fields.String(validate=validate.OneOf(SCHEMES, error=f"方案写 {'、'.join(SCHEMES)} 之一"))
    status = fields.String(validate=validate.Length(1, 20))
    limit = fields.Integer(
        load_default=50, validate=validate.Range(1, LARGEST_PAGE, error=f"每页写 1 到 {LARGEST_PAGE}")
    )
    cursor = Cursor(metadata={"type": "string", "description": "The ``next`` of the page before"})


class ReviewsSchema(Schema):
    """A page of reviews, the newest first."""

    items = fields.List(fields.Nested(ReviewSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class AgencyFindingsSchema(Schema):
    """A page of differences, the newest first."""

    items = fields.List(fields.Nested(AgencyFindingSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class EventSchema(Schema):
    """One entry of a case's time line."""

    at = Moment(metadata=MOMENT, required=True)
    actor = fields.String(attribute="actor_name")
    kind = fields.String(attribute="actor_kind")
    tag = fields.String(required=True)
    reason = fields.String()
    data = fields.Dict()


class TimelineSchema(Schema):
    """The time line of a case, the newest first."""

    events = fields.List(fields.Nested(EventSchema), required=True)
