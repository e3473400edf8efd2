"""One transaction per request, opened when it is first needed and committed when the answer is a good one."""

from typing import Any

from flask import Flask, Response, current_app, g
from flask.ctx import _AppCtxGlobals
from flask.typing import ResponseReturnValue

from insurer.platform.db import UnitSession
from insurer.platform.runtime import Runtime

EXTENSION = "insurer"


class _Discarded(Exception):
    """Not an error: the signal that ends a unit without a commit."""


class RequestGlobals(_AppCtxGlobals):
    """``flask.g`` with ``g.session``, the request's transaction."""

    @property
    def session(self) -> UnitSession:
        """The session of this request; opened on first use."""
        opened: UnitSession | None = self.get("_session")
        if opened is None:
            self._unit = runtime().transaction()
            opened = self._session = self._unit.__enter__()
        return opened


class Desk(Flask):
    """The application; the transaction is committed before an answer below 400 leaves the view.

    Committing here and not in a later hook means that a commit that cannot be done is answered by the
    same table of errors as everything else.
    """

    app_ctx_globals_class = RequestGlobals

    def dispatch_request(self) -> ResponseReturnValue:
        """Run the view, then commit or discard what it did."""
        response: Response = self.make_response(super().dispatch_request())
        if response.status_code < 400:
            keep()
        else:
            discard()
        return response


def runtime() -> Runtime:
    """Return what the running application holds: settings, engine, keys, storage."""
    found: Runtime = current_app.extensions[EXTENSION]
    return found


def keep() -> None:
    """Commit the request's transaction, if one was opened."""
    unit = _let_go()
    if unit is not None:
        unit.__exit__(None, None, None)


def discard() -> None:
    """Roll the request's transaction back, if one was opened."""
    unit = _let_go()
    if unit is not None:
        signal = _Discarded()
        unit.__exit__(_Discarded, signal, None)


def _let_go() -> Any:
    g.pop("_session", None)
    return g.pop("_unit", None)
