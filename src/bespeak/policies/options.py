"""What config.yml may say of a policy, read as Rasa reads it."""

import difflib
import logging
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from bespeak.errors import ExtensionError

log = logging.getLogger(__name__)

NETWORK_OPTIONS: Final = frozenset(
    (
        "BILOU_flag",
        "batch_size",
        "batch_strategy",
        "checkpoint_model",
        "concat_dimension",
        "connection_density",
        "constrain_similarities",
        "dense_dimension",
        "drop_rate",
        "drop_rate_attention",
        "drop_rate_dialogue",
        "drop_rate_label",
        "embedding_dimension",
        "encoding_dimension",
        "entity_recognition",
        "epochs",
        "evaluate_every_number_of_epochs",
        "evaluate_on_number_of_examples",
        "featurizers",
        "finetuning_epoch_fraction",
        "hidden_layers_sizes",
        "learning_rate",
        "loss_type",
        "maximum_negative_similarity",
        "maximum_positive_similarity",
        "max_relative_position",
        "model_confidence",
        "negative_margin_scale",
        "number_of_attention_heads",
        "number_of_negative_examples",
        "number_of_transformer_layers",
        "random_seed",
        "regularization_constant",
        "scale_loss",
        "similarity_type",
        "split_entities_by_comma",
        "tensorboard_log_directory",
        "tensorboard_log_level",
        "transformer_size",
        "unidirectional_encoder",
        "use_gpu",
        "use_key_relative_attention",
        "use_masked_language_model",
        "use_maximum_negative_similarity",
        "use_sparse_input_dropout",
        "use_dense_input_dropout",
        "use_value_relative_attention",
    )
)
"""Options of TED and UnexpecTED that speak of a network which is not here."""

_BOUNDED: Final = ("MaxHistoryTrackerFeaturizer", "IntentMaxHistoryTrackerFeaturizer")
_WHOLE: Final = "FullDialogueTrackerFeaturizer"


def history_length(
    max_history: int | None, featurizer: Sequence[Mapping[str, Any]] | None
) -> int | None:
    """Return how many states a policy looks back on, None for all.

    `featurizer` is the older way to say it; where it is given, it counts. Raises
    `ExtensionError` where it names anything that is not known.
    """
    if max_history is not None and (not isinstance(max_history, int) or max_history < 0):
        raise ExtensionError(f"max_history is a number of turns or null, not {max_history!r}.")
    if not featurizer:
        return max_history or None
    chosen = featurizer[0]
    name = str(chosen.get("name", ""))
    if len(featurizer) > 1 or name.rpartition(".")[2] not in (*_BOUNDED, _WHOLE):
        raise ExtensionError(
            f"A policy's featurizer is one of {', '.join((*_BOUNDED, _WHOLE))}, "
            f"not {', '.join(repr(one.get('name')) for one in featurizer)}."
        )
    if name.rpartition(".")[2] == _WHOLE:
        return None
    return history_length(chosen.get("max_history", max_history), None)


def note_unused(policy: str, options: Mapping[str, Any], known: Collection[str]) -> None:
    """Say once which options change nothing, and warn of those that do not exist."""
    unused = sorted(set(options) & set(known))
    if unused:
        log.info("%s: without effect here: %s.", policy, ", ".join(unused))
    for name in sorted(set(options) - set(known)):
        near = difflib.get_close_matches(name, known, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        log.warning("%s has no option '%s'.%s It is ignored.", policy, name, hint)
