"""What an encoder's `config.json` says of its size."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

from bespeak.errors import ModelError

# Further kinds have other tensor names, position rules or no token types.
KINDS = ("bert",)


@dataclass(frozen=True, slots=True)
class Shape:
    """A BERT's measures. `pieces` is the longest text in word pieces, both ends included;
    `pooling` says which hidden states make a sentence vector."""

    hidden: int
    heads: int
    layers: int
    positions: int
    epsilon: float
    pieces: int
    pooling: Literal["mean", "cls"]

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read an encoder's folder. Raises ModelError where the encoder is of another kind."""
        config = _json(folder / "config.json")
        kind = config.get("model_type")
        if kind not in KINDS:
            raise ModelError(
                f"The encoder in {str(folder)!r} is of type {kind!r}; "
                f"known here: {', '.join(KINDS)}."
            )
        for option, expected in (("hidden_act", "gelu"), ("position_embedding_type", "absolute")):
            if (found := config.get(option, expected)) != expected:
                raise ModelError(
                    f"The encoder in {str(folder)!r} has {option} {found!r}; "
                    f"only {expected!r} is known here."
                )
        try:
            positions = int(config["max_position_embeddings"])
            limit = _json(folder / "sentence_bert_config.json").get("max_seq_length")
            pooling = _json(folder / "1_Pooling" / "config.json")
            return cls(
                hidden=int(config["hidden_size"]),
                heads=int(config["num_attention_heads"]),
                layers=int(config["num_hidden_layers"]),
                positions=positions,
                epsilon=float(config.get("layer_norm_eps", 1e-12)),
                pieces=min(256, positions, limit or positions),
                pooling="cls" if pooling.get("pooling_mode_cls_token") else "mean",
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(
                f"{str(folder / 'config.json')!r} is not a BERT configuration: {error!r}."
            ) from None


def _json(path: Path) -> Mapping[str, Any]:
    """Read a JSON object; an absent file says nothing."""
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ModelError(f"{str(path)!r} is not JSON: {error}.") from None
    if not isinstance(content, dict):
        raise ModelError(f"{str(path)!r} should hold a JSON object.")
    return content
