"""What an encoder's `config.json` says of its size."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, Self

from bespeak.errors import ModelError

FROM_PADDING: Final = ("roberta", "xlm-roberta", "camembert", "mpnet")
"""Those that count a text's places from behind the padding's number on."""
KINDS: Final = ("bert", *FROM_PADDING, "distilbert")
"""BERT's layers under whatever names; MPNet's add to attention what stands in the weights (see
`tensors`). Others (DeBERTa, ModernBERT …) attend in ways that are not known here."""
_DISTILBERT: Final = {
    "hidden_size": "dim",
    "num_attention_heads": "n_heads",
    "num_hidden_layers": "n_layers",
    "hidden_act": "activation",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """A BERT's measures. `pieces` is the longest text in word pieces, both ends included;
    `pooling` says which hidden states make a sentence vector; `first` is the row of a text's first
    place in the table of `positions` rows."""

    hidden: int
    heads: int
    layers: int
    positions: int
    epsilon: float
    pieces: int
    pooling: Literal["mean", "cls"]
    first: int = 0

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
        if kind == "distilbert":
            config = {**config, **{b: config[d] for b, d in _DISTILBERT.items() if d in config}}
        for option, expected in (("hidden_act", "gelu"), ("position_embedding_type", "absolute")):
            if (found := config.get(option, expected)) != expected:
                raise ModelError(
                    f"The encoder in {str(folder)!r} has {option} {found!r}; "
                    f"only {expected!r} is known here."
                )
        try:
            positions = int(config["max_position_embeddings"])
            first = int(config.get("pad_token_id", 1)) + 1 if kind in FROM_PADDING else 0
            places = positions - first
            limit = _json(folder / "sentence_bert_config.json").get("max_seq_length")
            return cls(
                hidden=int(config["hidden_size"]),
                heads=int(config["num_attention_heads"]),
                layers=int(config["num_hidden_layers"]),
                positions=positions,
                epsilon=float(config.get("layer_norm_eps", 1e-12)),
                pieces=min(256, places, limit or places),
                pooling=_pooling(folder),
                first=first,
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(
                f"{str(folder / 'config.json')!r} is not a BERT configuration: {error!r}."
            ) from None


def _pooling(folder: Path) -> Literal["mean", "cls"]:
    """Read how sentence vectors are made: of all pieces, where nothing is said."""
    said = _json(folder / "1_Pooling" / "config.json")
    modes = [name.removeprefix("pooling_mode_") for name, on in said.items() if on is True]
    modes = [name for name in modes if name != "include_prompt"]
    if modes not in ([], ["mean_tokens"], ["cls_token"]):
        raise ModelError(
            f"The encoder in {str(folder)!r} makes sentence vectors by {', '.join(modes)}; "
            "known here: mean_tokens, cls_token."
        )
    return "cls" if modes == ["cls_token"] else "mean"


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
