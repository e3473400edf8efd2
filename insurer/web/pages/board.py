"""主管看板 and 办理规则: the desk as a whole, and the table by which cases move."""

from flask import Blueprint, g
from flask.typing import ResponseReturnValue

from insurer.web.access import page
from insurer.web.desk import scheme, show, today
from insurer.worklists.board import load_board
from insurer.worklists.lifecycle_rules import load_rules
from insurer.worklists.views import paths

blueprint = Blueprint("board", __name__)


@page(blueprint, paths.BOARD, permission="claims.board")
def board() -> ResponseReturnValue:
    """Show who has which cases by due date and age; every number opens its list."""
    return show("worklists/board.html", load_board(g.session, scheme=scheme(), today=today()), "board")


@page(blueprint, paths.RULES, permission="claims.view")
def rules() -> ResponseReturnValue:
    """Show the table of states and actions, as it is in force."""
    return show("worklists/rules.html", load_rules(), "rules")
