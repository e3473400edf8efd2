"""Who acts on the command line, and the runtime that commands share."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from insurer.platform.audit import Actor
    from insurer.platform.runtime import Runtime


def admin_actor() -> "Actor":
    """Return the system user of the machine as the one who acts; the log records the name."""
    from insurer.platform.audit import Actor

    try:
        name = getpass.getuser()
    except (OSError, KeyError):  # a container may run under a number without a name
        name = "unknown"
    return Actor("admin_shell", name, f"{name}（本机）")


@contextmanager
def ready_runtime() -> "Iterator[Runtime]":
    """Open the runtime of this home with a database that is built and current.

    An embedded database is built and upgraded without being asked; a server given by ``DATABASE_URL`` is
    only looked at. :class:`~insurer.kernel.errors.Unavailable` says what to run.
    """
    from insurer.cli.schema import ensure_schema
    from insurer.platform.runtime import open_runtime

    with open_runtime() as runtime:
        reached(runtime)
        ensure_schema(runtime)
        yield runtime


def reached(runtime: "Runtime") -> str | None:
    """Return the revision of the database; :class:`Unavailable` when it does not answer."""
    from sqlalchemy.exc import OperationalError

    from insurer.kernel.errors import Unavailable
    from insurer.platform.migrate import current_revision

    try:
        return current_revision(runtime.engine)
    except OperationalError as error:
        raise Unavailable("数据库连不上。请核对 DATABASE_URL，或看数据库是否在运行") from error
