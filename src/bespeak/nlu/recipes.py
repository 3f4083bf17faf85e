"""How a project's texts are fine-tuned on: by how many there are, and how much one will spend.

Loaded by name while a model trains. How the numbers were found is in `docs/understanding.md`.
"""

from dataclasses import dataclass, replace

from bespeak.networks.task import Recipe
from bespeak.nlu.diet_trainer import Task
from bespeak.nlu.encoder.encoder import UPPER
from bespeak.nlu.presets import Preset

FEW, MANY = 500, 2000  # texts
DEEPER = 4  # layers of `best`


@dataclass(frozen=True, slots=True)
class Plan:
    """How to train, how many times, and how many of the encoder's upper layers."""

    recipe: Recipe
    runs: int
    upper: int = UPPER


def planned(task: Task, preset: Preset) -> Plan:
    """Return how to learn a task."""
    size = len(task.examples)
    tagging = any(task.annotated)
    best = preset == "best"
    upper, rate = (DEEPER, 3e-4) if best else (UPPER, 5e-4)
    if size >= MANY:
        recipe = Recipe(epochs=3, batch=32, rate=rate, scale=16, dropout=0.1)
        if tagging:
            recipe = replace(recipe, epochs=4, head_rate=3e-3, table_rate=2e-2)
        return Plan(recipe, 2 if best else 1, upper)
    recipe = Recipe(epochs=4, batch=32, rate=rate, scale=12, contrast=0.3)
    if tagging:  # what tells tags begins with nothing, and needs more and longer steps
        recipe = replace(recipe, epochs=5, batch=16, head_rate=5e-3, table_rate=2e-2)
    elif size < FEW:
        recipe = replace(recipe, batch=16, rate=3e-4)
    return Plan(recipe, 2, upper)
