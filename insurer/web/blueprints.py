"""Every module that brings routes; each has a ``blueprint``. The order is of no importance."""

from importlib import import_module
from typing import Final

from flask import Blueprint, Flask

MODULES: Final = (
    "insurer.web.sign_in",
    "insurer.web.health",
    "insurer.web.api.calculations",
    "insurer.web.api.claims",
    "insurer.web.api.description",
    "insurer.worklists.http.pages",
    "insurer.claims.http.pages",
    "insurer.people.http.pages",
    "insurer.payments.http.pages",
    "insurer.notices.http.pages",
)


def register_blueprints(app: Flask) -> None:
    """Import and register each module's routes."""
    for name in MODULES:
        found: Blueprint = import_module(name).blueprint
        app.register_blueprint(found)
