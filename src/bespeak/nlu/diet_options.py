"""The options of DIETClassifier and ResponseSelector in Rasa that shape its network.

There is no such network here: they are accepted, so that a project's config.yml is read as it is,
and named in the log.
"""

import difflib
from collections.abc import Mapping
from typing import Any

from bespeak.errors import ExtensionError
from bespeak.nlu.options import without_effect

NETWORK = frozenset(
    {
        "batch_size",
        "batch_strategy",
        "checkpoint_model",
        "concat_dimension",
        "connection_density",
        "constrain_similarities",
        "dense_dimension",
        "drop_rate",
        "drop_rate_attention",
        "drop_small_last_batch",
        "embedding_dimension",
        "epochs",
        "evaluate_every_number_of_epochs",
        "evaluate_on_number_of_examples",
        "hidden_layers_sizes",
        "learning_rate",
        "loss_type",
        "max_relative_position",
        "maximum_negative_similarity",
        "maximum_positive_similarity",
        "negative_margin_scale",
        "number_of_attention_heads",
        "number_of_negative_examples",
        "number_of_transformer_layers",
        "random_seed",
        "regularization_constant",
        "run_eagerly",
        "scale_loss",
        "share_hidden_layers",
        "similarity_type",
        "tensorboard_log_directory",
        "tensorboard_log_level",
        "transformer_size",
        "unidirectional_encoder",
        "use_dense_input_dropout",
        "use_gpu",
        "use_key_relative_attention",
        "use_masked_language_model",
        "use_maximum_negative_similarity",
        "use_sparse_input_dropout",
        "use_value_relative_attention",
    }
)


def check(component: str, options: Mapping[str, Any], known: set[str]) -> None:
    """Raise ExtensionError for an option that neither we (`known`) nor Rasa have."""
    for name in options:
        if name not in NETWORK:
            near = difflib.get_close_matches(name, sorted(NETWORK | known), n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise ExtensionError(f"{component} has no option {name!r}.{hint}")


def check_confidence(component: str, model_confidence: str) -> None:
    """Raise ExtensionError for a kind of confidence other than the one there is."""
    if model_confidence != "softmax":
        raise ExtensionError(
            f"{component}: model_confidence must be 'softmax'; found {model_confidence!r}."
        )


def say(component: str, options: Mapping[str, Any]) -> None:
    """Name in the log the options that change nothing."""
    without_effect(
        component,
        "they shape a network that there is none of here.",
        **dict.fromkeys(sorted(options), True),
    )
