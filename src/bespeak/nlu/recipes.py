"""How a project's texts are fine-tuned on: by how many there are, and how much one will spend.

Loaded by name while a model trains. How the numbers were found is in `docs/understanding.md`.
"""

from bespeak.networks.joint import Recipe
from bespeak.nlu.diet_trainer import Task
from bespeak.nlu.presets import Preset

MANY = 2000  # texts from which steps are many anyway


def planned(task: Task, preset: Preset) -> tuple[Recipe, int]:
    """Return how to train, and how many times."""
    size = len(task.examples)
    thorough = preset == "best"
    if size < MANY:
        recipe = Recipe(epochs=4, batch=16, rate=3e-4, scale=12, tag_weight=0.3, contrast=0.3)
        return recipe, 4 if thorough else 2
    recipe = Recipe(epochs=3, batch=32, rate=5e-4, scale=16, dropout=0.1)
    return recipe, 3 if thorough else 1
