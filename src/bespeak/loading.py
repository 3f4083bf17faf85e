"""From an archive on disk to an assistant that can talk."""

import base64
import json
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from bespeak import extend, model
from bespeak.actions.book import ActionBook
from bespeak.actions.executor import connect
from bespeak.actions.nlg import generator_from
from bespeak.assistant import Assistant, build_pipeline, build_policies, home
from bespeak.data.config import ActionEndpoint, Endpoint, Endpoints
from bespeak.data.domain_json import domain_from
from bespeak.errors import ProjectError
from bespeak.nlu_server import nlu_server_from
from bespeak.policies.texts import ReadsTexts

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Loaded:
    """A model that is ready, and where it came from."""

    assistant: Assistant
    metadata: model.Metadata
    path: Path
    seconds: float


def load(path: Path, endpoints: Endpoints, *, seed: int | None = None) -> Loaded:
    """Read the archive that `path` means (itself, or the newest of a folder).

    Raises `ModelError` where it cannot be trusted or read.
    """
    began = time.perf_counter()
    archive = model.latest(path)
    trusted = trusted_keys(endpoints.models.trusted_keys if endpoints.models else ())
    with model.opened(archive, trusted=trusted) as (folder, metadata):
        assistant = assembled(folder, metadata, endpoints, name=archive.name, seed=seed)
    seconds = time.perf_counter() - began
    logger.info("Loaded %s in %.2f s.", archive.name, seconds)
    return Loaded(assistant, metadata, archive, seconds)


def assembled(
    folder: Path,
    metadata: model.Metadata,
    endpoints: Endpoints,
    *,
    name: str = "",
    seed: int | None = None,
) -> Assistant:
    """Build the assistant whose parts lie in `folder`."""
    domain = domain_from(json.loads((folder / "domain.json").read_text()))
    pipeline = None
    if metadata.training_type in ("nlu", "both"):
        pipeline = build_pipeline(metadata.pipeline, domain)
        pipeline.load(folder / "nlu")
    policies = []
    if metadata.training_type in ("core", "both"):
        policies = build_policies(metadata.policies)
        for i, policy in enumerate(policies):
            policy.load(folder / "policies" / home(i, policy))
        readers = [p for p in policies if isinstance(p, ReadsTexts) and p.reads_texts]
        if readers:  # by name: what runs encoders takes long to import, and few stories need it
            features = extend.load("bespeak.nlu.meaning.of_texts")(folder / "nlu")
            for reader in readers:
                reader.text_features = features
    rng = Random(seed)
    book = ActionBook(
        domain,
        executor=connect(**action_options(endpoints.action)),
        generator=generator_from(nlg_options(endpoints.nlg), rng=rng),
        rng=rng,
    )
    stamp = {"model_id": metadata.model_id, "assistant_id": metadata.assistant_id}
    server = nlu_server_from(nlu_options(endpoints.nlu))
    return Assistant(domain, pipeline, policies, book, stamp, name, server)


def action_options(endpoint: ActionEndpoint | None) -> Mapping[str, Any]:
    """Return what `actions.executor.connect` wants to know."""
    if endpoint is None:
        return {}
    told: dict[str, Any] = {"events": endpoint.events, "timeout": endpoint.timeout}
    if endpoint.module:
        return {**told, "module": endpoint.module}
    if not endpoint.url:
        return {}
    selective = endpoint.enable_selective_domain
    return {**told, **_access(endpoint), "enable_selective_domain": selective}


def nlg_options(endpoint: Endpoint | None) -> Mapping[str, Any]:
    """Return what `actions.nlg.generator_from` wants to know."""
    if endpoint is None:
        return {}
    kind = {"type": endpoint.type} if endpoint.type else {}
    return {**kind, **(_access(endpoint) if endpoint.url else {}), **endpoint.options}


def nlu_options(endpoint: Endpoint | None) -> Mapping[str, Any]:
    """Return what `nlu_server.nlu_server_from` wants to know."""
    return {} if endpoint is None else {**_access(endpoint), **endpoint.options}


def _access(endpoint: Endpoint) -> dict[str, Any]:
    """Return where a server is and how to be let in: only what is set."""
    login = endpoint.basic_auth
    told = {
        "url": endpoint.url,
        "token": endpoint.token,
        "token_name": endpoint.token_name if endpoint.token else None,
        "basic_auth": {"username": login[0], "password": login[1]} if login else None,
        "headers": dict(endpoint.headers),
        "params": dict(endpoint.params),
        "cafile": endpoint.cafile,
    }
    return {name: value for name, value in told.items() if value}


def trusted_keys(written: Sequence[str]) -> list[Ed25519PublicKey]:
    """Read the public keys of endpoints.yml: 32 bytes each, in base64."""
    keys = []
    for text in written:
        try:
            keys.append(Ed25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True)))
        except (ValueError, UnsupportedAlgorithm):
            raise ProjectError(
                f"endpoints.yml: models: trusted_keys: {text!r} is no Ed25519 public key "
                "(32 bytes in base64)."
            ) from None
    return keys
