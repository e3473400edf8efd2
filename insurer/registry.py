"""Every table of the product in one metadata; for the migrations and the drift test only."""

from insurer.accounts import tables as accounts_tables
from insurer.claims import tables as claims_tables
from insurer.claims.tracks import tables as tracks_tables
from insurer.exclusions import tables as exclusions_tables
from insurer.notices import tables as notices_tables
from insurer.payments import tables as payments_tables
from insurer.people import cell_tables
from insurer.people import tables as people_tables
from insurer.platform import audit, idempotency, numbers, outbox, schedule, storage
from insurer.platform.db import Base
from insurer.worklists import tables as worklists_tables

ROOMS = (
    accounts_tables,
    audit,
    cell_tables,
    claims_tables,
    exclusions_tables,
    idempotency,
    notices_tables,
    numbers,
    outbox,
    payments_tables,
    people_tables,
    schedule,
    storage,
    worklists_tables,
    tracks_tables,
)

__all__ = ["ROOMS", "Base"]
