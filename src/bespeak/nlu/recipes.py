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
    thorough = preset == "best"
    if size >= MANY:
        return Recipe(epochs=3, batch=32, rate=5e-4, scale=16, dropout=0.1), 3 if thorough else 1
    recipe = Recipe(epochs=4, batch=32, rate=5e-4, scale=12, tag_weight=0.3, contrast=0.3)
    if size < FEW:
        recipe = replace(recipe, batch=16, rate=3e-4)
    return recipe, 4 if thorough else 2
