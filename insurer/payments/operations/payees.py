"""Whom a case is paid to: its own account where one was agreed to, else the insured person's."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from insurer.claims.tables import Claim
from insurer.people.queries import AccountView, account_views, current_accounts
from insurer.people.tables import Person
from insurer.platform.db import UnitSession

NO_ACCOUNT = "没有收款账户，请补登"
DIED = "参保人已去世，收款人要改为继承人"


def account_of(session: UnitSession, claim: Claim) -> AccountView | None:
    """Return the account that one case is paid to as things stand, for showing it; one statement."""
    if claim.account_id is not None:
        return account_views(session, [claim.account_id]).get(claim.account_id)
    return current_accounts(session, [claim.person_id]).get(claim.person_id)


def payees_of(
    session: UnitSession, claims: Sequence[Claim]
) -> tuple[dict[UUID, AccountView], dict[UUID, str]]:
    """Return the account of each case, and for those without one why it cannot be paid; three statements.

    Nobody is paid in the name of a person who has died: an heir's account is proposed and agreed to first.
    """
    own = current_accounts(session, [claim.person_id for claim in claims])
    agreed = account_views(session, [claim.account_id for claim in claims if claim.account_id])
    died = set(
        session.scalars(
            select(Person.id).where(
                Person.id.in_([claim.person_id for claim in claims]), Person.died_on.is_not(None)
            )
        )
    )
    found: dict[UUID, AccountView] = {}
    wanting: dict[UUID, str] = {}
    for claim in claims:
        account = agreed.get(claim.account_id) if claim.account_id else None
        if account is None and claim.person_id not in died:
            account = own.get(claim.person_id)
        if account is not None:
            found[claim.id] = account
        else:
            wanting[claim.id] = DIED if claim.person_id in died else NO_ACCOUNT
    return found, wanting
