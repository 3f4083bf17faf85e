"""Logs: lines a person reads at a terminal, JSON for a machine; never what users say.

The engine logs what happened and how long it took. Texts, entity values, slot values and
conversation ids stay out of it: a line has the id of its request, with which a client can name it.
"""

import contextvars
import json
import logging
import logging.handlers
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bespeak.extend import load

REQUEST_ID: Final[contextvars.ContextVar[str]] = contextvars.ContextVar("request_id", default="")
"""The id of the request that is being answered."""

LEVELS_FROM: Final = {
    "": "LOG_LEVEL",
    "uvicorn": "LOG_LEVEL_LIBRARIES",
    "socketio": "LOG_LEVEL_LIBRARIES",
    "engineio": "LOG_LEVEL_LIBRARIES",
    "httpx": "LOG_LEVEL_LIBRARIES",
    "rasa_sdk.executor": "LOG_LEVEL_LIBRARIES",  # names each action that it registers
    "matplotlib": "LOG_LEVEL_MATPLOTLIB",
    "pika": "LOG_LEVEL_RABBITMQ",
    "kafka": "LOG_LEVEL_KAFKA",
}

STANDARD: Final = frozenset(vars(logging.makeLogRecord({})))


class WithRequestId(logging.Filter):
    """Put the request's id on every line that is logged while it is answered."""

    def filter(self, record: logging.LogRecord) -> bool:
        if name := REQUEST_ID.get():
            record.request = name
        return True


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and what `extra` adds."""

    def format(self, record: logging.LogRecord) -> str:
        told = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **{key: value for key, value in vars(record).items() if key not in STANDARD},
        }
        if record.exc_info:
            told["exception"] = self.formatException(record.exc_info)
        return json.dumps(told, default=str, ensure_ascii=False)


def configure(
    level: str | None = None,
    *,
    as_json: bool | None = None,
    file: Path | None = None,
    syslog: tuple[str, int] | None = None,
) -> None:
    """Set logging up. Without `as_json`, a terminal gets lines and anything else JSON.

    `level` (a name) wins over the environment (`LOG_LEVEL`, …).
    """
    pretty = sys.stderr.isatty() if as_json is None else not as_json
    handlers: list[logging.Handler] = []
    if pretty:
        terminal = load("rich.console.Console")(stderr=True)
        handlers.append(load("rich.logging.RichHandler")(console=terminal, show_path=False))
        handlers[0].setFormatter(logging.Formatter("%(message)s", datefmt="[%X]"))
    else:
        handlers.append(logging.StreamHandler(sys.stderr))
        handlers[0].setFormatter(JsonFormatter())
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        handlers.append(logging.FileHandler(file, encoding="utf-8"))
    if syslog is not None:
        handlers.append(logging.handlers.SysLogHandler(syslog))
    for handler in handlers[1:]:
        handler.setFormatter(JsonFormatter())
    for handler in handlers:
        handler.addFilter(WithRequestId())
    logging.basicConfig(handlers=handlers, level=logging.INFO, force=True)
    for name, variable in LEVELS_FROM.items():
        default = "INFO" if name == "" else "WARNING"
        wanted = level if level and name == "" else os.environ.get(variable, default)
        logging.getLogger(name).setLevel(wanted.upper())
