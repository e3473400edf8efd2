"""What the import rules cannot see, read from the syntax trees. Each rule is tried on examples of its own."""

import ast
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest

from tests.architecture.sources import dotted, python_files, tree_of

Rule = Callable[[str, ast.Module], Iterator[tuple[int, str]]]

CLOCK_CALLS = ("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns")
EDGES = ("insurer/web/", "insurer/cli/", "workers/")
STATE_WRITER = "insurer/claims/operations/moves.py"


def asks_a_clock(name: str, tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Time is an argument: ``insurer.platform.clock`` asks, and only the edges ask it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and dotted(node.func).endswith(CLOCK_CALLS):
            yield node.lineno, f"calls {dotted(node.func)}"
        if name.startswith(EDGES):
            continue
        if isinstance(node, ast.ImportFrom):
            whole = [f"{node.module}.{alias.name}" for alias in node.names] + [node.module or ""]
        elif isinstance(node, ast.Import):
            whole = [alias.name for alias in node.names]
        else:
            continue
        if "insurer.platform.clock" in whole:
            yield node.lineno, "imports the clock"


def uses_floats(_name: str, tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Money is an ``int`` of fen: no float literal, no ``float``, no division that gives one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            yield node.lineno, f"the float {node.value}"
        elif isinstance(node, ast.Call) and dotted(node.func) in ("float", "round"):
            yield node.lineno, f"calls {dotted(node.func)}()"
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            if not (_is_text(node.right) or _is_exact(node.left)):
                yield node.lineno, "divides with /"
        elif isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Div):
            yield node.lineno, "divides with /"


def _is_text(node: ast.expr) -> bool:
    """Recognise the name of a file after a folder."""
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _is_exact(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and dotted(node.func) in ("Fraction", "Decimal")


def ends_the_transaction(_name: str, tree: ast.Module) -> Iterator[tuple[int, str]]:
    """The edge commits; an operation does not know what else belongs to its transaction."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("commit", "rollback")
        ):
            yield node.lineno, f"calls .{node.func.attr}()"


def writes_the_state_of_a_case(name: str, tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Only ``move`` takes a case to another state, for it alone asks the table, counts and records."""
    if name == STATE_WRITER:
        return
    in_claims = name.startswith("insurer/claims/")
    for node in ast.walk(tree):
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AugAssign | ast.AnnAssign):
            targets = [node.target]
        for target in targets:
            if not isinstance(target, ast.Attribute) or target.attr != "state":
                continue
            if in_claims or dotted(target.value).rpartition(".")[2] in ("claim", "case"):
                yield target.lineno, f"assigns {dotted(target)}"
        if isinstance(node, ast.Call) and dotted(node.func) == "setattr" and len(node.args) > 1:
            second = node.args[1]
            if isinstance(second, ast.Constant) and second.value == "state":
                yield node.lineno, "sets a state by its name"
        if isinstance(node, ast.Call) and _updates_claims(node):
            yield node.lineno, "updates the cases' table"
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            words = node.value.upper().split()
            if any(pair == ("UPDATE", "CLAIM") for pair in pairwise(words)) and "SET" in words:
                yield node.lineno, "updates the cases' table in SQL"


def _updates_claims(call: ast.Call) -> bool:
    """Recognise ``update(Claim)…values(state=…)``."""
    if not (isinstance(call.func, ast.Attribute) and call.func.attr == "values"):
        return False
    if not any(keyword.arg == "state" for keyword in call.keywords):
        return False
    inner = (node for node in ast.walk(call.func) if isinstance(node, ast.Call))
    return any(
        dotted(node.func) in ("update", "sa.update", "sqlalchemy.update")
        and node.args
        and dotted(node.args[0]).rpartition(".")[2] == "Claim"
        for node in inner
    )


def writes_rows_of_another_room(name: str, tree: ast.Module) -> Iterator[tuple[int, str]]:
    """A room reads downwards what it needs; rows are made by the room that owns them."""
    parts = name.split("/")
    own = f"insurer.{parts[1]}" if parts[0] == "insurer" and len(parts) > 2 else parts[0]
    foreign = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").endswith(".tables")
        for alias in node.names
        if not (node.module or "").startswith(f"{own}.")
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = dotted(node.func)
        if called in foreign:
            yield node.lineno, f"makes a {called}"
        elif called in ("insert", "update", "delete", "copy_rows"):
            for argument in node.args:
                if dotted(argument) in foreign:
                    yield node.lineno, f"{called} on {dotted(argument)}"


def _imported(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield node.lineno, node.module or ""
        elif isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)


def knows_the_web(name: str, tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Requests and answers are known to ``insurer/web`` alone; commands and jobs do the same work without."""
    if name.startswith("insurer/web/"):
        return
    for line, module in _imported(tree):
        if module.split(".")[0].startswith(("flask", "werkzeug")):
            yield line, f"imports {module}"


def queries_in_a_page(_name: str, tree: ast.Module) -> Iterator[tuple[int, str]]:
    """A page reads through ``worklists`` and acts through an operation."""
    for line, module in _imported(tree):
        if module.split(".")[0] == "sqlalchemy" or module.endswith(".tables"):
            yield line, f"imports {module}"


PURE = ("insurer/kernel", "insurer/schemes")
ROOMS = ("accounts", "people", "exclusions", "claims", "payments", "notices", "worklists")
CAPABILITIES = tuple(f"insurer/{room}" for room in ROOMS)

WHERE: dict[Rule, tuple[str, ...]] = {
    asks_a_clock: ("insurer", "workers"),
    uses_floats: (*PURE, "insurer/claims", "insurer/payments"),
    ends_the_transaction: CAPABILITIES,
    writes_the_state_of_a_case: ("insurer", "workers"),
    knows_the_web: ("insurer", "workers"),
    queries_in_a_page: ("insurer/web/pages", "insurer/web/api"),
    writes_rows_of_another_room: (*CAPABILITIES, "insurer/web", "insurer/cli", "workers"),
}

EXCEPT: dict[Rule, frozenset[str]] = {
    # The one that asks, and identifiers, whose order is no business fact.
    asks_a_clock: frozenset({"insurer/platform/clock.py", "insurer/platform/ids.py"})
}

TABLES = "from insurer.claims.tables import Claim\n"
IN_CLAIMS = "insurer/claims/operations/deciding.py"
IN_PAGES = "insurer/web/pages/claims.py"
IN_PAYMENTS = "insurer/payments/operations/batches.py"

WRONG: list[tuple[Rule, str, str]] = [
    (asks_a_clock, IN_CLAIMS, "import datetime\nnow = datetime.datetime.now()"),
    (asks_a_clock, IN_CLAIMS, "from datetime import date\nday = date.today()"),
    (asks_a_clock, IN_CLAIMS, "import time\nstart = time.time()"),
    (asks_a_clock, IN_CLAIMS, "from insurer.platform import clock"),
    (asks_a_clock, IN_CLAIMS, "from insurer.platform.clock import now"),
    (asks_a_clock, IN_CLAIMS, "import insurer.platform.clock"),
    (asks_a_clock, "insurer/web/access.py", "from datetime import datetime\nnow = datetime.now()"),
    (uses_floats, IN_CLAIMS, "benefit = 0.5"),
    (uses_floats, IN_CLAIMS, "benefit = float('1')"),
    (uses_floats, IN_CLAIMS, "benefit = round(part)"),
    (uses_floats, IN_CLAIMS, "benefit = total / 2"),
    (uses_floats, IN_CLAIMS, "benefit /= 2"),
    (ends_the_transaction, IN_CLAIMS, "session.commit()"),
    (knows_the_web, IN_CLAIMS, "from flask import g"),
    (knows_the_web, "workers/relay.py", "import werkzeug.exceptions"),
    (queries_in_a_page, IN_PAGES, "from sqlalchemy import select"),
    (queries_in_a_page, IN_PAGES, "from insurer.claims.tables import Claim"),
    (ends_the_transaction, IN_CLAIMS, "self._session.rollback()"),
    (writes_the_state_of_a_case, IN_CLAIMS, "claim.state = 'paid'"),
    (writes_the_state_of_a_case, IN_CLAIMS, "found.state = 'paid'"),
    (writes_the_state_of_a_case, IN_PAYMENTS, "line.claim.state = 'paid'"),
    (writes_the_state_of_a_case, IN_PAYMENTS, "setattr(claim, 'state', 'paid')"),
    (writes_the_state_of_a_case, IN_PAYMENTS, "update(Claim).where(Claim.id == one).values(state='paid')"),
    (writes_the_state_of_a_case, IN_PAYMENTS, "text(\"UPDATE claim SET state = 'paid'\")"),
    (
        writes_rows_of_another_room,
        IN_PAYMENTS,
        TABLES + "Claim(state='paid')",
    ),
    (writes_rows_of_another_room, IN_PAYMENTS, TABLES + "insert(Claim)"),
    (
        writes_rows_of_another_room,
        "workers/relay.py",
        TABLES + "delete(Claim)",
    ),
]

RIGHT: list[tuple[Rule, str, str]] = [
    (asks_a_clock, IN_CLAIMS, "import time\nstart = time.monotonic()"),
    (asks_a_clock, "workers/run.py", "from insurer.platform import clock\nnow = clock.now()"),
    (uses_floats, IN_CLAIMS, "benefit = '0.50'"),
    (uses_floats, IN_CLAIMS, "benefit = share(total, 1, 2) // 1"),
    (uses_floats, IN_CLAIMS, "rate = Fraction(text) / 100"),
    (uses_floats, IN_CLAIMS, "path = files('insurer.claims') / 'data' / 'papers.toml'"),
    (ends_the_transaction, IN_CLAIMS, "session.flush()"),
    (knows_the_web, IN_PAGES, "from flask import g"),
    (queries_in_a_page, IN_PAGES, "from insurer.worklists.cases import cases_of"),
    (writes_the_state_of_a_case, STATE_WRITER, "claim.state = 'paid'"),
    (writes_the_state_of_a_case, IN_PAYMENTS, "instruction.state = 'paid'"),
    (writes_the_state_of_a_case, IN_CLAIMS, "claim.benefit_fen = 0"),
    (writes_rows_of_another_room, IN_PAYMENTS, TABLES + "select(Claim)"),
    (
        writes_rows_of_another_room,
        IN_CLAIMS,
        TABLES + "Claim(state='received')",
    ),
]


def _name(value: object) -> str | None:
    return getattr(value, "__name__", None)


@pytest.mark.parametrize("rule", WHERE, ids=_name)
def test_no_file_breaks_the_rule(rule: Rule) -> None:
    names = [name for name in python_files(*WHERE[rule]) if name not in EXCEPT.get(rule, frozenset())]
    assert len(names) > 5
    assert [f"{name}:{line} {what}" for name in names for line, what in rule(name, tree_of(name))] == []


@pytest.mark.parametrize(("rule", "name", "source"), WRONG, ids=_name)
def test_a_rule_sees_what_it_forbids(rule: Rule, name: str, source: str) -> None:
    assert list(rule(name, ast.parse(source)))


@pytest.mark.parametrize(("rule", "name", "source"), RIGHT, ids=_name)
def test_a_rule_lets_pass_what_it_permits(rule: Rule, name: str, source: str) -> None:
    assert not list(rule(name, ast.parse(source)))


def test_every_rule_has_examples_of_both_kinds() -> None:
    assert {rule for rule, _, _ in WRONG} == {rule for rule, _, _ in RIGHT} == set(WHERE)


def test_exceptions_name_files_that_exist() -> None:
    assert all(set(names) <= set(python_files("insurer", "workers")) for names in EXCEPT.values())
