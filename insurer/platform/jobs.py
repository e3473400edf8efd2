"""Names of the background jobs; ``workers.handlers`` maps each to one operation."""

from typing import Final

RENDER_NOTICE: Final = "notices.render"
"""Payload ``{"notice_id"}``: render one letter to PDF and store it."""

RENDER_MAILING: Final = "notices.render_mailing"
"""Payload ``{"notice_id"}``: render one letter of a mass mailing; letters with a legal clock go first."""

ISSUE_NOTICE: Final = "notices.issue"
"""Payload ``{"kind", "claim_id"}`` and the id of a decision, paper request, review or advance: one letter.
``paid_fen`` is what was paid on the case before that decision."""

ENROL_NOTICES: Final = "people.enrolment_notices"
"""Payload ``{"import_id"}``: order one enrolment notice for each person newly covered by an import."""

BUILD_PRINT_RUN: Final = "notices.print_run"
"""Payload ``{"print_run_id"}``: merge the letters of a print run."""

READ_ROSTER: Final = "people.read_roster"
"""Payload ``{"import_id"}``: read and compare a long file of the bureau."""

APPLY_ROSTER: Final = "people.apply_roster"
"""Payload ``{"import_id", "actor"}``: apply a confirmed roster import."""

CALCULATE_CLAIMS: Final = "claims.calculate"
"""Payload ``{"claim_ids"}``: check and calculate claims again after a fact changed."""

CALCULATE_AFTER_LISTS: Final = "claims.calculate_after_lists"
"""Payload ``{"change_id"}``: calculate open cases again whose lines a change of a list touches."""

COVER_CHANGED: Final = "claims.cover_changed"
"""Payload ``{"import_id", "cause", "people"}``: look for cases that later word on people makes wrong."""

QUEUES: Final[dict[str, str]] = {
    RENDER_NOTICE: "letters",
    RENDER_MAILING: "mailings",
    ISSUE_NOTICE: "letters",
    ENROL_NOTICES: "imports",
    BUILD_PRINT_RUN: "letters",
    READ_ROSTER: "imports",
    APPLY_ROSTER: "imports",
    CALCULATE_CLAIMS: "imports",
    CALCULATE_AFTER_LISTS: "imports",
    COVER_CHANGED: "imports",
}
"""Job name to queue; a worker serves every queue unless told otherwise, ``mailings`` last."""

TIMEOUTS: Final[dict[str, int]] = {
    RENDER_NOTICE: 120,
    RENDER_MAILING: 120,
    ISSUE_NOTICE: 120,
    ENROL_NOTICES: 900,
    BUILD_PRINT_RUN: 900,
    READ_ROSTER: 1800,
    APPLY_ROSTER: 1800,
    CALCULATE_CLAIMS: 900,
    CALCULATE_AFTER_LISTS: 1800,
    COVER_CHANGED: 900,
}
"""Job name to the seconds after which the worker gives it up and the sweep offers it again."""
