"""The bodies and answers of the operations on money."""

from marshmallow import Schema, fields, validate

from insurer.web.api.schemas import SCHEMES, Fen, Moment
from insurer.web.api.step_schemas import MOMENT, YUAN, BodySchema, amount, words


class BatchBodySchema(Schema):
    """Which scheme's approved cases go into a batch; all of them unless some are named."""

    scheme = fields.String(
        required=True, validate=validate.OneOf(SCHEMES, error=f"方案写 {'、'.join(SCHEMES)} 之一")
    )
    claim_ids = fields.List(
        fields.UUID(), load_default=None, allow_none=True, validate=validate.Length(1, 500)
    )


class BatchSchema(Schema):
    """A payment batch."""

    id = fields.UUID(required=True)
    number = fields.String(required=True)
    scheme = fields.String()
    state = fields.String(required=True)
    count = fields.Integer()
    total = Fen(attribute="total_fen", metadata=YUAN)
    made_at = Moment(metadata=MOMENT)
    released_at = Moment(metadata=MOMENT, allow_none=True)
    file_sha256 = fields.String(allow_none=True)


class BatchedSchema(Schema):
    """The new batch, ``null`` when nothing could be paid, and why cases stayed behind."""

    batch = fields.Nested(BatchSchema, allow_none=True)
    left_out = fields.Dict(keys=fields.String(), values=fields.String())


class BatchesSchema(Schema):
    """A page of batches, the newest first."""

    items = fields.List(fields.Nested(BatchSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class ResultSchema(Schema):
    """What the bank says of one payment."""

    reference = words(most=60)
    amount = amount()
    paid = fields.Boolean(required=True)
    reason = words(required=False, most=120)
    bank_ref = words(required=False, most=60)


class ResultsSchema(Schema):
    """The bank's results of a batch."""

    results = fields.List(fields.Nested(ResultSchema), required=True, validate=validate.Length(1, 5_000))


class CountsSchema(Schema):
    """What became of the bank's results."""

    paid = fields.Integer(required=True)
    returned = fields.Integer(required=True)
    known = fields.Integer(required=True)


class ReasonSchema(BodySchema):
    """One sentence that says why."""

    reason = words()


class RecoverySchema(BodySchema):
    """Money that came back."""

    amount = amount()
    reason = words()


class SchemeOnlySchema(Schema):
    """Which scheme."""

    scheme = fields.String(
        required=True, validate=validate.OneOf(SCHEMES, error=f"方案写 {'、'.join(SCHEMES)} 之一")
    )


class OverpaidSchema(Schema):
    """A case that was paid too much."""

    claim_id = fields.UUID(required=True)
    case_no = fields.String(required=True)
    state = fields.String()
    paid = Fen(attribute="paid_fen", metadata=YUAN)
    to_recover = Fen(attribute="amount_fen", metadata=YUAN)


class RecoveriesSchema(Schema):
    """Every case of a scheme with money to recover."""

    items = fields.List(fields.Nested(OverpaidSchema), required=True)


class NothingSchema(Schema):
    """Nothing to say: an empty object."""
