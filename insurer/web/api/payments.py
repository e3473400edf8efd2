"""Payments over the interface: batches, the bank's results, what came back."""

import uuid
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, g

from insurer.payments.bank_file import ResultLine
from insurer.payments.operations.batches import create_batch, record_results, release_batch, take_out
from insurer.payments.operations.recoveries import overpaid, record_recovery
from insurer.payments.operations.returns import repay
from insurer.web.api import payment_schemas as shapes
from insurer.web.api.case_steps import case_step, one_page
from insurer.web.api.routes import common, reads, writes
from insurer.web.api.step_schemas import RegisterQuerySchema
from insurer.web.units import runtime

blueprint = Blueprint("payments_api", __name__, url_prefix="/api/v1")

Body = Mapping[str, Any]


@reads(
    blueprint,
    "/payment-batches",
    name="listBatches",
    summary="List payment batches, the newest first",
    permission="payments.view",
    query=RegisterQuerySchema,
    answer=shapes.BatchesSchema,
)
def batches(query: Body) -> Any:
    """List batches; ``status`` is the batch's state."""
    return one_page("batches", query)


@writes(
    blueprint,
    "/payment-batches",
    name="createBatch",
    summary="Put approved cases and agreed advances into a new batch; who stays behind is named with why",
    permission="payments.batch",
    body=shapes.BatchBodySchema,
    answer=shapes.BatchedSchema,
    status=201,
)
def make(body: Body) -> Any:
    """Make a batch."""
    made = create_batch(
        g.session, actor=g.actor, scheme=body["scheme"], now=g.now, claim_ids=body["claim_ids"]
    )
    left = {str(claim_id): why for claim_id, why in made.left_out.items()}
    return {"batch": made.batch, "left_out": left}


@writes(
    blueprint,
    "/payment-batches/<uuid:batch_id>/release",
    name="releaseBatch",
    summary="Write the bank file of a batch, once; never by who made the batch",
    permission="payments.release",
    body=shapes.NothingSchema,
    answer=shapes.BatchSchema,
)
def release(batch_id: uuid.UUID, body: Body) -> Any:
    """Release a batch."""
    storage = runtime().storage
    return release_batch(g.session, actor=g.actor, storage=storage, batch_id=batch_id, now=g.now)


@writes(
    blueprint,
    "/payment-batches/<uuid:batch_id>/results",
    name="recordResults",
    summary="Enter the bank's results; a line that contradicts the batch enters nothing",
    permission="payments.result",
    body=shapes.ResultsSchema,
    answer=shapes.CountsSchema,
)
def results(batch_id: uuid.UUID, body: Body) -> Any:
    """Enter results."""
    lines = [
        ResultLine(one["reference"], one["amount"], one["paid"], one["reason"], one["bank_ref"])
        for one in body["results"]
    ]
    return record_results(g.session, actor=g.actor, batch_id=batch_id, results=lines, now=g.now)


@writes(
    blueprint,
    "/claims/<uuid:claim_id>/take-out",
    name="takeOutOfBatch",
    summary="Take a case out of a batch whose bank file is not written yet",
    permission="payments.batch",
    body=shapes.ReasonSchema,
    answer=shapes.BatchSchema,
)
def out(claim_id: uuid.UUID, body: Body) -> Any:
    """Take a case out of its batch."""
    return take_out(g.session, actor=g.actor, claim_id=claim_id, reason=body["reason"], now=g.now)


@case_step(
    blueprint,
    "repay",
    name="repayClaim",
    summary="Let a returned payment join the next batch",
    permission="payments.batch",
    body=shapes.ReasonSchema,
)
def again(claim_id: uuid.UUID, body: Body) -> None:
    """Pay again."""
    repay(g.session, claim_id=claim_id, reason=body["reason"], **common(body))


@reads(
    blueprint,
    "/recoveries",
    name="listRecoveries",
    summary="List every case that was paid more than its standing decision grants",
    permission="payments.view",
    query=shapes.SchemeOnlySchema,
    answer=shapes.RecoveriesSchema,
)
def recoveries(query: Body) -> Any:
    """List what is to be recovered."""
    return {"items": overpaid(g.session, query["scheme"])}


@case_step(
    blueprint,
    "recoveries",
    name="recordRecovery",
    summary="Book money that came back from a case paid too much",
    permission="payments.result",
    body=shapes.RecoverySchema,
    status=201,
)
def recovered(claim_id: uuid.UUID, body: Body) -> None:
    """Book a recovery."""
    more = {"amount_fen": body["amount"], "reason": body["reason"]}
    record_recovery(g.session, claim_id=claim_id, **more, **common(body))
