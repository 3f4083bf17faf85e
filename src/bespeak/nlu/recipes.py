"""How a project's texts are fine-tuned on: by how many there are, and how much one will spend.

Loaded by name while a model trains. How the numbers were found is in `docs/understanding.md`.
"""

from dataclasses import replace

from bespeak.networks.task import Recipe
from bespeak.nlu.diet_trainer import Task
from bespeak.nlu.presets import Preset

FEW, MANY = 500, 2000  # texts


def planned(task: Task, preset: Preset) -> tuple[Recipe, int]:
    """Return how to train, and how many times."""
    size = len(task.examples)
    tagging = any(task.annotated)
    thorough = preset == "best"
    if size >= MANY:
        recipe = Recipe(epochs=3, batch=32, rate=5e-4, scale=16, dropout=0.1)
        if tagging:
            recipe = replace(recipe, epochs=4, head_rate=3e-3, table_rate=2e-2)
        return recipe, 3 if thorough else 1
    recipe = Recipe(epochs=4, batch=32, rate=5e-4, scale=12, contrast=0.3)
    if tagging:  # what tells tags begins with nothing, and needs more and longer steps
        recipe = replace(recipe, epochs=5, batch=16, head_rate=5e-3, table_rate=2e-2)
    elif size < FEW:
        recipe = replace(recipe, batch=16, rate=3e-4)
    return recipe, 4 if thorough else 2
