from itertools import pairwise, product

import numpy as np
import pytest

pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'bespeak[torch]'")

import torch

from bespeak.networks.fields import Field, Order

FREE = Order(np.ones((3, 3), bool), np.ones(3, bool), np.ones(3, bool))
STRICT = Order(  # tag 2 must follow tag 1, and tag 1 must be followed by it
    np.array([[1, 1, 0], [0, 0, 1], [1, 1, 0]], bool),
    np.array([1, 1, 0], bool),
    np.array([1, 0, 1], bool),
)


def likelihood(order: Order, transitions: object, scores: object, wanted: list[int]) -> float:
    """Return the negative log-likelihood by counting all sequences that the order allows."""
    weights, emissions = np.asarray(transitions), np.asarray(scores)
    totals = {}
    for tags in product(range(3), repeat=len(wanted)):
        pairs = [*pairwise(tags)]
        if order.first[tags[0]] and order.last[tags[-1]] and all(order.follow[p] for p in pairs):
            steps = sum(weights[p] for p in pairs)
            totals[tags] = steps + sum(emissions[i, tag] for i, tag in enumerate(tags))
    return float(np.log(sum(np.exp(list(totals.values())))) - totals[tuple(wanted)])


@pytest.mark.parametrize("order", [FREE, STRICT], ids=["free", "strict"])
def test_the_loss_is_how_unlikely_the_tags_are_among_all_sequences(order: Order) -> None:
    random = np.random.default_rng(1)
    field = Field(order)
    with torch.no_grad():
        field.transitions += torch.from_numpy(random.normal(size=(3, 3)).astype("f4"))
    scores = random.normal(size=(2, 4, 3)).astype("f4")
    wanted = [[0, 1, 2, 0], [1, 2]]
    tags = torch.tensor([wanted[0], [*wanted[1], 0, 0]])
    loss = field.loss(torch.from_numpy(scores), tags, torch.tensor([4, 2]))
    transitions = field.transitions.detach().numpy()
    expected = sum(
        likelihood(order, transitions, scores[i, : len(each)], each)
        for i, each in enumerate(wanted)
    )
    assert float(loss.detach()) == pytest.approx(expected, rel=1e-4)


def test_what_stands_behind_a_texts_end_is_of_no_consequence() -> None:
    field = Field(STRICT)
    scores = torch.zeros(1, 3, 3)
    alone = field.loss(scores[:, :2], torch.tensor([[1, 2]]), torch.tensor([2]))
    scores[0, 2] = 7
    longer = field.loss(scores, torch.tensor([[1, 2, 1]]), torch.tensor([2]))
    assert float(alone.detach()) == pytest.approx(float(longer.detach()))
