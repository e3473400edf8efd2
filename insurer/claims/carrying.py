"""Which cases stand for the invoices, stays and papers they carry, so that no other case may use them."""

from typing import Final

from sqlalchemy import and_, not_, or_

from insurer.claims.lifecycle import REFUSING, State
from insurer.claims.tables import Claim

ENDED_UNPAID: Final = tuple(sorted(state.value for state in {*REFUSING, State.WITHDRAWN}))
"""States of a case that pays nothing and is finished: what it carried may be filed again."""

STANDING: Final = not_(
    or_(
        Claim.state.in_(ENDED_UNPAID),
        and_(Claim.state == State.CLOSED.value, Claim.benefit_fen <= 0),  # closed after it was refused
    )
)
"""A case that is open, was granted, or waits for its money: one invoice, one such case."""
