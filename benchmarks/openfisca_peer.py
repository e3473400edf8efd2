"""Nine formulas on openfisca-core: one person with a trace, and a batch. Run by ``benchmarks/schemes.py``.

Needs an interpreter of its own that has openfisca-core; the product does not depend on it. Prints JSON.
"""

import json
import sys
import time

import numpy as np
from openfisca_core.entities import build_entity
from openfisca_core.periods import DateUnit
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

PERIOD = "2026-01"
INPUTS = ("total", "basic", "critical", "assisted", "excluded_in", "catalogue", "used_before")
LIMIT = 3000
Person = build_entity(key="person", plural="persons", label="person", is_person=True)


def half_up(amount):
    """Round half up to two decimals."""
    return np.floor(amount * 100 + 0.5) / 100


def _formulas(value):
    """The nine formulas by name; ``value`` reads a variable."""
    return {
        "personal": lambda p, t: np.maximum(
            0, value(p, t, "total") - value(p, t, "basic") - value(p, t, "critical") - value(p, t, "assisted")
        ),
        "excluded": lambda p, t: np.minimum(value(p, t, "excluded_in"), value(p, t, "personal")),
        "covered": lambda p, t: value(p, t, "personal") - value(p, t, "excluded"),
        "inside": lambda p, t: np.minimum(value(p, t, "catalogue"), value(p, t, "covered")),
        "other": lambda p, t: value(p, t, "covered") - value(p, t, "inside"),
        "inside_paid": lambda p, t: half_up(value(p, t, "inside")),
        "at_half": lambda p, t: half_up(value(p, t, "other") * 0.5),
        "other_paid": lambda p, t: np.minimum(
            value(p, t, "at_half"), np.maximum(0, LIMIT - value(p, t, "used_before"))
        ),
        "benefit": lambda p, t: value(p, t, "inside_paid") + value(p, t, "other_paid"),
    }


def _taking_two(formula):
    def run(person, period):
        return formula(person, period)

    return run


def _system():
    system = TaxBenefitSystem([Person])
    fixed = {"value_type": float, "entity": Person, "definition_period": DateUnit.MONTH, "label": "amount"}
    for name in INPUTS:
        system.add_variable(type(name, (Variable,), dict(fixed)))
    for name, formula in _formulas(lambda person, period, other: person(other, period)).items():
        system.add_variable(type(name, (Variable,), {**fixed, "formula": _taking_two(formula)}))
    return system


def _simulation(system, inputs, rows, trace):
    simulation = SimulationBuilder().build_default_simulation(system, count=rows)
    simulation.trace = trace
    for name, values in inputs.items():
        simulation.set_input(name, PERIOD, values)
    return simulation


def main():
    """Measure and print: traced calculations a second, batch rows a second with and without its inputs."""
    rows, turns = int(sys.argv[1]), int(sys.argv[2])
    chance = np.random.default_rng(1)
    parts = {name: chance.integers(0, 500_000, rows) / 100 for name in INPUTS}
    parts["total"] = sum(parts.values())
    system = _system()
    one = {name: values[:1] for name, values in parts.items()}
    traced, whole, calculated = [], [], []
    for _ in range(turns):
        started = time.process_time()
        for _ in range(300):
            _simulation(system, one, 1, True).calculate("benefit", PERIOD)
        traced.append(300 / (time.process_time() - started))
        started = time.process_time()
        simulation = _simulation(system, parts, rows, False)
        ready = time.process_time()
        simulation.calculate("benefit", PERIOD)
        done = time.process_time()
        whole.append(rows / (done - started))
        calculated.append(rows / (done - ready))
    rendered = []
    for _ in range(turns):
        started = time.process_time()
        for _ in range(300):
            simulation = _simulation(system, one, 1, True)
            simulation.calculate("benefit", PERIOD)
            json.dumps(simulation.tracer.get_serialized_flat_trace())
        rendered.append(300 / (time.process_time() - started))
    only = _simulation(system, one, 1, True)
    variables = [name for name in only.tax_benefit_system.variables if name not in INPUTS]
    calculate_only = []
    for _ in range(turns):
        made = [_simulation(system, one, 1, True) for _ in range(300)]
        started = time.process_time()
        for simulation in made:
            simulation.calculate("benefit", PERIOD)
        calculate_only.append(300 / (time.process_time() - started))
    figures = {
        "formulas": len(variables),
        "traced_with_inputs": max(traced),
        "traced": max(calculate_only),
        "traced_rendered": max(rendered),
        "batch_with_inputs": max(whole),
        "batch": max(calculated),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
