"""`bespeak run`: the server. `bespeak run actions`: the project's actions as a server."""

import argparse
import logging
import os
import ssl
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from bespeak.cli.options import (
    add_endpoints,
    add_logging,
    add_model,
    existing,
    port,
    set_up_logging,
)
from bespeak.data.config import Endpoints, read_credentials, read_endpoints
from bespeak.data.config import Settings as StoreSettings
from bespeak.errors import ProjectError
from bespeak.extend import load
from bespeak.server import workers
from bespeak.server.app import Settings, create_app
from bespeak.server.auth import Gate
from bespeak.server.serving import serve
from bespeak.stores.build import DEFAULT

logger = logging.getLogger(__name__)

ACTIONS_PORT: Final = 5055

PORT: Final = 5005

IN_MEMORY: Final = ("memory", "bespeak.stores.memory.InMemoryTrackerStore")


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", nargs="?", choices=["actions"], help="run the action server")
    add_model(parser)
    parser.add_argument("model_as_positional", nargs="?", help=argparse.SUPPRESS)
    parser.add_argument("-i", "--interface", default="0.0.0.0", help="address to listen on")
    parser.add_argument("-p", "--port", type=port, help="port (5005; actions: 5055)")
    parser.add_argument("-t", "--auth-token", help="token that the API asks for")
    parser.add_argument("--cors", nargs="*", default=[], help="origins that browsers may call from")
    parser.add_argument("--enable-api", action="store_true", help="serve the HTTP API, too")
    parser.add_argument("--response-timeout", type=int, default=3600, help=argparse.SUPPRESS)
    parser.add_argument("--request-timeout", type=int, default=300, help=argparse.SUPPRESS)
    parser.add_argument("--remote-storage", help=argparse.SUPPRESS)
    for name in ("certificate", "keyfile", "ca-file", "password"):
        parser.add_argument(f"--ssl-{name}")
    parser.add_argument("--credentials", help="credentials.yml (default: the one here, if any)")
    parser.add_argument("--connector", help="serve this channel only")
    parser.add_argument("--jwt-secret", help="secret, or public key, that API tokens are signed by")
    parser.add_argument("--jwt-method", default="HS256")
    parser.add_argument("--jwt-private-key", help=argparse.SUPPRESS)
    parser.add_argument("--workers", type=int, default=1, help="processes, sharing the database")
    parser.add_argument("--log-file", help="write the log here, too (JSON)")
    parser.add_argument("--use-syslog", action="store_true")
    parser.add_argument("--syslog-address", default="localhost")
    parser.add_argument("--syslog-port", type=port, default=514)
    parser.add_argument("--syslog-protocol", default="UDP", help=argparse.SUPPRESS)
    parser.add_argument("--actions", help="package of the actions, for `run actions`")
    parser.add_argument("--auto-reload", action="store_true", help="for `run actions`")
    add_endpoints(parser)
    add_logging(parser)


def run(arguments: argparse.Namespace) -> int:
    if arguments.what == "actions":
        return _run_actions(arguments)
    _set_up_logging(arguments)
    if arguments.remote_storage:
        raise ProjectError(
            "--remote-storage is not built in: mount the storage as a folder, or serve models "
            "over HTTP (endpoints.yml: `models: {url}`)."
        )
    port = arguments.port or PORT
    shared = workers.inherited()
    if shared is None:
        with workers.bound(arguments.interface, port) as listening:
            if arguments.workers > 1:
                _check_workers(settings(arguments))
                return workers.run(_without_workers(sys.argv[1:]), arguments.workers, listening)
    else:
        workers.end_with_the_first()
    return serve(create_app(settings(arguments)), _server_options(arguments, port), fd=shared)


def settings(arguments: argparse.Namespace) -> Settings:
    """Return what the server is to be, from the command's options and the files they name."""
    model = arguments.model_as_positional or arguments.model
    return Settings(
        model=Path(model),
        endpoints=_durable(read_endpoints(existing(arguments.endpoints, "endpoints.yml"))),
        credentials=read_credentials(existing(arguments.credentials, "credentials.yml")),
        connectors=[arguments.connector] if arguments.connector else [],
        enable_api=arguments.enable_api,
        cors=arguments.cors if arguments.cors is not None else ["*"],
        gate=Gate(arguments.auth_token, _secret(arguments.jwt_secret), arguments.jwt_method),
        model_required=Path(model).suffix == ".gz",
    )


def _durable(endpoints: Endpoints) -> Endpoints:
    """Keep conversations in a file here where endpoints.yml does not say where."""
    if endpoints.tracker_store is not None:
        return endpoints
    logger.info(
        "endpoints.yml names no tracker_store: conversations are kept in %s.", DEFAULT["db"]
    )
    kind, options = DEFAULT["type"], {k: v for k, v in DEFAULT.items() if k != "type"}
    return replace(endpoints, tracker_store=StoreSettings(kind, options))


def _secret(given: str | None) -> str | None:
    """Return the secret itself, or the content of the key file that was named."""
    if given and given.endswith((".pem", ".pub")) and Path(given).exists():
        return Path(given).read_text()
    return given


def _server_options(arguments: argparse.Namespace, port: int) -> dict[str, Any]:
    return {
        "host": arguments.interface,
        "port": port,
        "ssl_certfile": arguments.ssl_certificate,
        "ssl_keyfile": arguments.ssl_keyfile,
        "ssl_keyfile_password": arguments.ssl_password,
        "ssl_ca_certs": arguments.ssl_ca_file,
        "ssl_cert_reqs": ssl.CERT_NONE,
        "backlog": int(os.environ.get("SANIC_BACKLOG", "100")),
    }


def _check_workers(told: Settings) -> None:
    """Refuse what only one process could remember."""
    store = told.endpoints.tracker_store
    if store is not None and store.type in IN_MEMORY:
        raise ProjectError(
            "Several workers need a database that they share: name one in endpoints.yml "
            "(`tracker_store`)."
        )
    if "socketio" in told.credentials.channels:
        raise ProjectError(
            "A socketio client stays with the process it first spoke to, so several workers "
            "cannot share a port: leave `socketio` out of credentials.yml, or start servers of "
            "one worker each behind a balancer that keeps a client with its server."
        )


def _without_workers(words: Sequence[str]) -> list[str]:
    kept: list[str] = []
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word == "--workers":
            skip = True
        elif not word.startswith("--workers="):
            kept.append(word)
    return kept


def _run_actions(arguments: argparse.Namespace) -> int:
    """Run the project's actions on rasa-sdk's own server."""
    serve = load("rasa_sdk.__main__.main_from_args")
    parse = load("rasa_sdk.endpoint.create_argument_parser")
    words = ["--port", str(arguments.port or ACTIONS_PORT)]
    if arguments.actions:
        words += ["--actions", arguments.actions]
    if arguments.cors:
        words += ["--cors", *arguments.cors]
    if arguments.auto_reload:
        words += ["--auto-reload"]
    if arguments.endpoints:
        words += ["--endpoints", arguments.endpoints]
    serve(parse().parse_args(words))
    return 0


def _set_up_logging(arguments: argparse.Namespace) -> None:
    syslog = (arguments.syslog_address, arguments.syslog_port) if arguments.use_syslog else None
    file = Path(arguments.log_file) if arguments.log_file else None
    set_up_logging(arguments, file=file, syslog=syslog)
