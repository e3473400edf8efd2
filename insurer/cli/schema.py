"""The database's structure as commands need it."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from insurer.platform.runtime import Runtime


def ensure_schema(runtime: "Runtime") -> None:
    """Build or upgrade the embedded database; a database of one's own is upgraded by its administrator.

    Raises:
        Unavailable: a database given by ``DATABASE_URL`` is not at the revision of this program.
    """
    from insurer.kernel.errors import Unavailable
    from insurer.platform.migrate import current_revision, newest_revision, upgrade

    if current_revision(runtime.engine) == newest_revision():
        return
    if runtime.settings.database_url is not None:
        raise Unavailable("数据库的结构不是本程序的版本。请先运行 insurer db upgrade")
    upgrade(runtime.engine.url.render_as_string(hide_password=False))
