"""An encoder's tensors from safetensors: under BERT's own names, whatever their publisher's are."""

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open

from bespeak.errors import ModelError
from bespeak.message import Array

# Where exporters put the encoder's tensors.
PREFIXES: Final = ("", "bert.", "roberta.", "distilbert.", "mpnet.", "model.", "0.auto_model.")
DISTILBERT: Final = {
    "transformer.layer.": "encoder.layer.",
    ".attention.q_lin.": ".attention.self.query.",
    ".attention.k_lin.": ".attention.self.key.",
    ".attention.v_lin.": ".attention.self.value.",
    ".attention.out_lin.": ".attention.output.dense.",
    ".sa_layer_norm.": ".attention.output.LayerNorm.",
    ".ffn.lin1.": ".intermediate.dense.",
    ".ffn.lin2.": ".output.dense.",
    ".output_layer_norm.": ".output.LayerNorm.",
}
"""What DistilBERT calls what BERT calls otherwise."""
MPNET: Final = {
    ".attention.attn.q.": ".attention.self.query.",
    ".attention.attn.k.": ".attention.self.key.",
    ".attention.attn.v.": ".attention.self.value.",
    ".attention.attn.o.": ".attention.output.dense.",
    ".attention.LayerNorm.": ".attention.output.LayerNorm.",
}
"""What MPNet does."""
BUCKETS: Final = "encoder.relative_attention_bias.weight"
"""MPNet's (32, heads): what each head adds to its scores, by how far apart two tokens are."""
DISTANCES: Final = "encoder.attention_bias"
"""The same by distance, (heads, 2 * FARTHEST + 1): the first column is for tokens that stand
FARTHEST or more before the one that attends, the last for those as far behind it."""
FARTHEST: Final = 128


def read(path: Path, *, layers: range | None = None) -> dict[str, Array]:
    """Read the encoder's tensors as float32; MPNet's have DISTANCES among them, which BERT lacks.

    `layers` leaves out the embeddings and all other layers, for who trains only those. Raises
    ModelError where the file holds another model, or MPNet without its bias.
    """
    wanted: tuple[str, ...] = ("embeddings.", "encoder.")
    if layers:
        wanted = (*(f"encoder.layer.{i}." for i in layers), BUCKETS)
    with safe_open(path, "numpy") as file:
        names = set(file.keys())
        probe = "embeddings.word_embeddings.weight"
        prefix = next((each for each in PREFIXES if each + probe in names), None)
        if prefix is None:
            raise ModelError(
                f"{str(path)!r} holds no BERT encoder: it has no tensor {probe!r}, "
                f"but for example {', '.join(sorted(names)[:3])}."
            )
        tensors = {
            known: file.get_tensor(name).astype(np.float32, copy=False)
            for name in sorted(names)
            if (known := _as_bert(name.removeprefix(prefix))).startswith(wanted)
            and not known.endswith("position_ids")
        }
    if any(called in name for name in names for called in MPNET):
        if BUCKETS not in tensors:
            raise ModelError(
                f"{str(path)!r} holds an MPNet encoder without the tensor {BUCKETS!r}, which its "
                "attention needs. Fetch the file again, or export the whole model."
            )
        tensors[DISTANCES] = by_distance(tensors.pop(BUCKETS))
    return tensors


def by_distance(buckets: NDArray[np.float32]) -> Array:
    """Return DISTANCES for BUCKETS: half of these are for tokens before, the others for behind.

    The nearer half of each half are for one distance each, the others for ranges that begin at 8,
    8 * 2**0.5, 16 and so on: as in T5 (Raffel et al. 2020).
    """
    if len(buckets) != 32:
        raise ModelError(f"{BUCKETS!r} has {len(buckets)} rows; only 32 are known here.")
    distances = np.arange(-FARTHEST, FARTHEST + 1)
    far = np.abs(distances)
    squares = 8**2 * 2 ** np.arange(1, 8)  # of the distances at which the further ranges begin
    ranges = 8 + np.searchsorted(squares, far**2, side="right")
    chosen = np.where(far < 8, far, ranges) + 16 * (distances > 0)
    bias: Array = np.ascontiguousarray(buckets[chosen].T)
    return bias


def _as_bert(name: str) -> str:
    """Return a tensor's name as BERT has it."""
    for own, bert in (DISTILBERT | MPNET).items():
        name = name.replace(own, bert)
    return name
