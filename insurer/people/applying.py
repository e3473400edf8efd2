"""Writing what a comparison found: people, what is said of them, cover, and the work that follows."""

import uuid
from collections.abc import Mapping
from contextlib import nullcontext
from datetime import datetime

from sqlalchemy import text

from insurer.people.cases_to_look_at import ask_to_look_at_cases_of
from insurer.people.comparing import Compared, forget_compared, plan_for
from insurer.people.covering import CoverPlan, CoverRows, supersede_cover
from insurer.people.reading.result import RosterFile
from insurer.people.roster_writing import How, write_roster
from insurer.people.sharing import shared_account_tasks
from insurer.people.supplements import Renewal, write_renewal
from insurer.people.tables import (
    CoverPeriod,
    Household,
    PayeeAccount,
    Person,
    RosterEntry,
    RosterImport,
    RosterStatement,
)
from insurer.people.tasks import make_tasks, roster_tasks
from insurer.platform import jobs
from insurer.platform.bulk import first_load
from insurer.platform.db import UnitSession
from insurer.platform.outbox import Work, note_work

FILLED = (Person, Household, PayeeAccount, RosterStatement, RosterEntry, CoverPeriod)
"""The tables that the first roster of an installation fills."""
MANY = 20_000
"""New people from which on it pays to build indexes at the end."""
FEW = 50_000
"""People written up to which they are looked for one by one."""
LOOK_ANEW = 2_000
"""People written from which on the database counts its tables anew before it is asked about them, if they are
a fifth of the list; of fewer it has a fair idea.
"""


def write_compared(
    session: UnitSession,
    found: RosterImport,
    file: RosterFile,
    compared: Compared,
    doubles: Mapping[int, uuid.UUID],
    confirmer: str,
    now: datetime,
) -> CoverPlan | Renewal:
    """Write what a comparison found and note the work and tasks that follow; return the cover planned."""
    difference = compared.difference
    plan = plan_for(session, found.scheme, file, compared)
    forget_compared(session)
    with first_load(session, FILLED) if len(difference.new) >= MANY else nullcontext():
        cover: CoverRows | None = None
        if not isinstance(plan, Renewal):
            supersede_cover(session, plan, now)
            cover = CoverRows(found.scheme, found.id, file, difference, plan, now)
        how = How(not compared.supplement, cover)
        write_roster(session, found.scheme, found.id, file, difference, now, how)
    if len(difference.new) + len(difference.changed) >= max(LOOK_ANEW, len(difference.people) // 5):
        # A rough count is enough until the database looks for itself, soon after the commit.
        session.execute(text("SET LOCAL default_statistics_target = 20"))
        session.execute(text(f"ANALYZE {', '.join(table.__tablename__ for table in FILLED)}"))
    people = difference.people
    if isinstance(plan, Renewal):
        begun = write_renewal(session, found.scheme, found.id, people, plan, now)
    else:
        begun = {found.id} if plan.begun else set()
        ask_to_look_at_cases_of(session, found.id, now)
    works = [
        Work(
            jobs.ENROL_NOTICES,
            {"import_id": str(one)},
            f"enrol:{one}" + ("" if one == found.id else f":{found.id}"),
        )
        for one in sorted(begun)
    ]
    note_work(session, works, now=now)
    wanted = roster_tasks(session, found, file, people, difference.gone, doubles, compared.supplement)
    told = sorted((*difference.new, *difference.changed))
    few = people.some(told) if len(told) <= FEW else None
    wanted += shared_account_tasks(session, found, now, few)
    make_tasks(session, found, wanted, owner=confirmer, now=now)
    return plan
