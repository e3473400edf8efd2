"""Every page with its example values: the template's name, who is around it, what is in it."""

from tests.browser.examples import calculation, case_list, desk, exclusions, looked_into, one_case, registers
from tests.browser.examples.shell import shell

PAGES: dict[str, tuple[str, str, object]] = {
    "sign-in": ("accounts/sign_in.html", "", registers.SIGN_IN),
    "home": ("worklists/home.html", "home", desk.HOME),
    "cases": ("claims/list.html", "cases", case_list.CASES),
    "picked": ("claims/list.html", "cases", case_list.PICKED),
    "batch-preview": ("claims/batch.html", "cases", case_list.BATCH_PREVIEW),
    "batch-result": ("claims/batch_result.html", "cases", case_list.BATCH_RESULT),
    "columns": ("worklists/columns.html", "cases", case_list.COLUMNS_PAGE),
    "views": ("worklists/views.html", "cases", case_list.VIEWS_PAGE),
    "overview": ("claims/overview.html", "cases", one_case.OVERVIEW),
    "documents": ("claims/documents.html", "cases", one_case.DOCUMENTS),
    "calculation": ("claims/calculation.html", "cases", calculation.CALCULATION),
    "judging": ("claims/calculation.html", "cases", calculation.JUDGING),
    "decision": ("claims/decision.html", "cases", one_case.DECISION),
    "payment": ("claims/payment.html", "cases", one_case.PAYMENT),
    "case-notices": ("claims/notices.html", "cases", one_case.CASE_NOTICES),
    "timeline": ("claims/timeline.html", "cases", one_case.TIMELINE),
    "batches": ("payments/batches.html", "payments", desk.BATCHES),
    "batch": ("payments/batch.html", "payments", desk.BATCH),
    "notices": ("notices/list.html", "notices", desk.NOTICES),
    "rosters": ("people/rosters.html", "rosters", registers.ROSTERS),
    "roster-preview": ("people/roster_preview.html", "rosters", registers.PREVIEW),
    "roster-columns": ("people/roster_columns.html", "rosters", looked_into.COLUMNS),
    "roster-cell": ("people/roster_cell.html", "rosters", looked_into.CELL),
    "people-tasks": ("people/tasks.html", "people", looked_into.TASKS),
    "people-task": ("people/task.html", "people", looked_into.TASK),
    "people-told": ("people/told.html", "people", looked_into.TOLD),
    "people": ("people/list.html", "people", registers.PEOPLE),
    "person": ("people/person.html", "people", registers.PERSON),
    "exclusion-lists": ("exclusions/lists.html", "exclusions", exclusions.LISTS),
    "exclusion-list": ("exclusions/list.html", "exclusions", exclusions.ONE_LIST),
    "propose": ("exclusions/propose.html", "exclusions", exclusions.PROPOSE),
    "list-change": ("exclusions/change.html", "exclusions", exclusions.CHANGE),
    "list-history": ("exclusions/proposals.html", "exclusions", exclusions.HISTORY),
    "list-reports": ("exclusions/reports.html", "exclusions", exclusions.REPORTS),
    "conflict": ("errors/conflict.html", "cases", registers.CONFLICT),
    **{f"refusal-{page.status}": ("errors/refusal.html", "", page) for page in registers.REFUSALS},
}

__all__ = ["PAGES", "shell"]
