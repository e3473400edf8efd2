"""Names, queues, time limits and handlers of the background work belong together."""

import ast
import importlib
import inspect
from collections.abc import Callable, Collection, Iterator
from typing import Any

from insurer.platform import jobs
from tests.architecture.sources import dotted, python_files, text_of, tree_of
from workers.handlers import HANDLERS, HEAVY_MODULES
from workers.periodic import PERIODIC
from workers.queue import queue_names

CONSTANTS = {name for name, value in vars(jobs).items() if name.isupper() and isinstance(value, str)}
NAMES = {getattr(jobs, constant) for constant in CONSTANTS}


def astray(names: Collection[str], *tables: Collection[str]) -> list[str]:
    """Return the names that do not stand in every table, and what stands in a table without a name."""
    return sorted({one for table in tables for one in set(names) ^ set(table)})


def operation_calls(tree: ast.Module) -> Iterator[tuple[str, str, ast.Call]]:
    """Yield module, function and call of everything that a handler asks a room for."""
    for function in tree.body:
        if not isinstance(function, ast.FunctionDef):
            continue
        modules: dict[str, str] = {}
        for node in ast.walk(function):
            if isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    modules[alias.asname or alias.name] = f"{node.module}.{alias.name}"
            elif (
                isinstance(node, ast.Assign)
                and isinstance(node.value, ast.Call)
                and dotted(node.value.func) == "importlib.import_module"
                and isinstance(node.targets[0], ast.Name)
                and isinstance(node.value.args[0], ast.Constant)
            ):
                modules[node.targets[0].id] = str(node.value.args[0].value)
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                owner = dotted(node.func.value)
                if owner in modules:
                    yield modules[owner], node.func.attr, node


def mismatch(operation: Callable[..., Any], call: ast.Call) -> str | None:
    """Say why the call cannot work: an argument that is unknown or missing."""
    try:
        inspect.signature(operation).bind(
            *call.args, **{keyword.arg: None for keyword in call.keywords if keyword.arg is not None}
        )
    except TypeError as error:
        return str(error)
    return None


def test_every_job_has_a_queue_a_time_limit_and_a_handler() -> None:
    assert NAMES
    assert astray(NAMES, jobs.QUEUES, jobs.TIMEOUTS, HANDLERS) == []


def test_a_job_without_a_handler_is_seen() -> None:
    assert astray({"a", "b"}, {"a": 1, "b": 2}, {"a": 1}) == ["b"]
    assert astray({"a"}, {"a": 1}, {"a": 1, "c": 2}) == ["c"]


def test_every_queue_is_served_by_a_worker() -> None:
    assert set(jobs.QUEUES.values()) == set(queue_names())


def test_every_handler_calls_an_operation_as_it_wants_to_be_called() -> None:
    calls = list(operation_calls(tree_of("workers/handlers.py")))
    assert len(calls) >= len(set(HANDLERS.values()))
    wrong = []
    for module, name, call in calls:
        operation = getattr(importlib.import_module(module), name, None)
        answer = f"there is no {name}" if operation is None else mismatch(operation, call)
        if answer is not None:
            wrong.append(f"{module}.{name}: {answer}")
    assert wrong == []


def test_a_call_that_cannot_work_is_seen() -> None:
    def operation(session: object, *, actor: object, now: object) -> None:
        pass

    source = "def handle(s):\n    from insurer.a import b\n    b.c(s, actor=1)\n    b.c(s, actor=1, now=2)\n"
    calls = [call for _, _, call in operation_calls(ast.parse(source))]
    short, whole = (mismatch(operation, call) for call in calls)
    assert short is not None
    assert "'now'" in short
    assert whole is None


def test_what_a_worker_loads_before_its_first_job_can_be_loaded() -> None:
    for module in HEAVY_MODULES:
        importlib.import_module(module)


def test_every_job_is_ordered_somewhere() -> None:
    ordered = "\n".join(
        text_of(name) for name in python_files("insurer") if name != "insurer/platform/jobs.py"
    )
    assert sorted(name for name in CONSTANTS if name not in ordered) == []


def test_every_time_limit_is_shorter_than_an_hour() -> None:
    assert all(0 < seconds < 3600 for seconds in jobs.TIMEOUTS.values())


def test_periodic_names_are_different() -> None:
    assert PERIODIC
    assert len({job.name for job in PERIODIC}) == len(PERIODIC)
