"""Every module that brings routes; each has a ``blueprint``. The order is of no importance.

``claim_steps`` brings the pages of a case with it: both write on one blueprint.
"""

from importlib import import_module
from typing import Final

from flask import Blueprint, Flask

MODULES: Final = (
    "insurer.web.sign_in",
    "insurer.web.health",
    "insurer.web.api.calculations",
    "insurer.web.api.claims",
    "insurer.web.api.people",
    "insurer.web.api.steps",
    "insurer.web.api.matters",
    "insurer.web.api.payments",
    "insurer.web.api.description",
    "insurer.web.pages.home",
    "insurer.web.pages.lists",
    "insurer.web.pages.case_list",
    "insurer.web.pages.presence",
    "insurer.web.pages.claim_steps",
    "insurer.web.pages.kept_words",
    "insurer.web.pages.documents",
    "insurer.web.pages.intake",
    "insurer.web.pages.settlement_files",
    "insurer.web.pages.people",
    "insurer.web.pages.rosters",
    "insurer.web.pages.payments",
    "insurer.web.pages.notices",
    "insurer.web.pages.calendar",
    "insurer.web.pages.exclusions",
    "insurer.web.pages.matters",
    "insurer.web.pages.registers",
    "insurer.web.pages.board",
)


def register_blueprints(app: Flask) -> None:
    """Import and register each module's routes."""
    for name in MODULES:
        found: Blueprint = import_module(name).blueprint
        app.register_blueprint(found)
