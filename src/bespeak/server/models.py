"""The HTTP API over models: parse, predict, train, load, unload, test."""

import logging
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from bespeak.channels.requests import LONGEST_TEXT, as_object, body
from bespeak.engine import Engine
from bespeak.engine.engine import timed
from bespeak.errors import ModelError, RequestError
from bespeak.server import event_bodies, schemas
from bespeak.server.answers import Json
from bespeak.server.api import Operation, Parameter
from bespeak.server.auth import Gate
from bespeak.server.conversations import predicted
from bespeak.server.emulation import EMULATIONS
from bespeak.server.host import Host
from bespeak.server.jobs import CALLBACK_URL, Jobs, folder, report
from bespeak.server.queries import INCLUDE_EVENTS, flag, number, verbosity
from bespeak.server.schemas import json, ref
from bespeak.tracker import Tracker

logger = logging.getLogger(__name__)

LARGEST_PROJECT: Final = 50_000_000

DEFAULT_ID: Final = "default"


class Models:
    """The operations on models, behind the gate."""

    def __init__(self, engine: Engine, host: Host, jobs: Jobs, gate: Gate) -> None:
        self.engine = engine
        self.host = host
        self.jobs = jobs
        self.gate = gate

    @property
    def operations(self) -> Sequence[Operation]:
        """Return all operations, for routes and documentation."""
        anything = json({"type": "object"})
        yes_or_no = {"type": "boolean", "default": False}
        return [
            Operation(
                "POST",
                "/model/parse",
                self.parse,
                "What a text means.",
                "model",
                [
                    Parameter(
                        "emulation_mode",
                        "Answer in the shape of another vendor's service.",
                        {"type": "string", "enum": ["WIT", "LUIS", "DIALOGFLOW"]},
                    )
                ],
                schemas.PARSE,
                json({"anyOf": [ref("ParseData"), {"type": "object"}]}),
            ),
            Operation(
                "POST",
                "/model/predict",
                self.predict,
                "What would come after a list of events.",
                "model",
                [INCLUDE_EVENTS],
                schemas.EVENTS,
                json(ref("Prediction")),
            ),
            Operation(
                "PUT",
                "/model",
                self.load_model,
                "Serve another model; turns under way end with the one they began with.",
                "model",
                body=schemas.MODEL,
                status=204,
            ),
            Operation(
                "DELETE", "/model", self.unload_model, "Serve no model.", "model", status=204
            ),
            Operation(
                "POST",
                "/model/train",
                self.train,
                "Train the project in the body (config, domain and data in one YAML).",
                "model",
                [
                    Parameter(
                        "save_to_default_model_directory",
                        "Keep the archive where the server's models are.",
                        {"type": "boolean", "default": True},
                    ),
                    Parameter("force_training", "Train even what has not changed.", yes_or_no),
                    Parameter(
                        "augmentation",
                        "How many stories are glued together to longer ones.",
                        {"type": "integer", "default": 50, "minimum": 0},
                    ),
                    Parameter("num_threads", "Accepted, without effect.", {"type": "integer"}),
                    CALLBACK_URL,
                ],
                schemas.PROJECT,
                {"application/gzip": {"type": "string", "format": "binary"}},
            ),
            Operation(
                "POST",
                "/model/test/stories",
                self.test_stories,
                "Run test stories against the served model.",
                "model",
                [Parameter("e2e", "Understand what users say, too.", yes_or_no)],
                schemas.PROJECT,
                anything,
            ),
            Operation(
                "POST",
                "/model/test/intents",
                self.test_intents,
                "Evaluate understanding: a model on the data in the body, or by cross-validation.",
                "model",
                [
                    Parameter("model", "An archive, instead of the model that is served."),
                    Parameter(
                        "cross_validation_folds",
                        "Train and test in turns; the body must hold a pipeline, too.",
                        {"type": "integer", "minimum": 2, "maximum": 20},
                    ),
                    CALLBACK_URL,
                ],
                schemas.NLU_DATA,
                anything,
            ),
        ]

    async def parse(self, request: Request) -> Response:
        self.gate.admit(request)
        _ = self.host.ready
        missing = (
            "No text message defined in request_body. Add text message to request body in "
            "order to obtain the intent and extracted entities."
        )
        content = await body(request)
        if not content:
            raise RequestError(400, "BadRequest", missing)
        mode = request.query_params.get("emulation_mode")
        if mode is not None and mode.lower() not in EMULATIONS:
            raise RequestError(
                400,
                "BadRequest",
                "Invalid parameter value for 'emulation_mode'. Should be one of 'WIT', 'LUIS', "
                "'DIALOGFLOW'.",
                {"parameter": "emulation_mode", "in": "query"},
            )
        text = as_object(content).get("text")
        if not isinstance(text, str):
            raise RequestError(400, "BadRequest", missing, {"parameter": "text", "in": "body"})
        if len(text) > LONGEST_TEXT:
            raise RequestError(
                413,
                "PayloadTooLarge",
                f"'text' may have {LONGEST_TEXT:,} characters at most.",
                {"parameter": "text", "in": "body"},
            )
        parsed = await self.engine.parse(text)
        return Json(EMULATIONS[mode.lower()](parsed) if mode else parsed)

    async def predict(self, request: Request) -> Response:
        self.gate.admit(request)
        _ = self.host.ready
        events = await event_bodies.read(request)
        shown_events = verbosity(request)
        assistant = self.engine.ready
        tracker = Tracker.start(DEFAULT_ID, assistant.domain).record(
            timed(events, self.engine.clock())
        )
        prediction = assistant.decide(tracker)
        return Json(predicted(self.engine, prediction, tracker, shown_events))

    async def load_model(self, request: Request) -> Response:
        self.gate.admit(request)
        content = await body(request)
        if not content:
            raise RequestError(400, "BadRequest", "No path to model file defined in request_body.")
        read = as_object(content)
        if read.get("remote_storage"):
            raise RequestError(
                400,
                "BadRequest",
                "Remote storage is not built in: mount it as a folder, or serve models over HTTP "
                "(`model_server: {url}`).",
                {"parameter": "remote_storage", "in": "body"},
            )
        server, file = read.get("model_server"), read.get("model_file")
        if server:
            await self._pull(server)
        else:
            await self._open(file)
        return Response(status_code=204)

    async def _pull(self, server: Any) -> None:
        """Take the model from a model server."""
        url = server.get("url") if isinstance(server, Mapping) else None
        if not isinstance(url, str) or urlsplit(url).scheme not in ("http", "https"):
            raise RequestError(
                400,
                "BadRequest",
                "Supplied 'model_server' is not valid. Error: it needs an http(s) 'url'.",
                {"parameter": "model_server", "in": "body"},
            )
        try:
            await self.host.pull_once(url)
        except ModelError as error:
            raise RequestError(
                400, "BadRequest", str(error), {"parameter": "model_server", "in": "body"}
            ) from None

    async def _open(self, file: Any) -> None:
        """Take an archive, or the newest of the server's folder where none is named."""
        path = Path(file) if isinstance(file, str) and file else None
        try:
            if file and path is None:
                raise ModelError("'model_file' must be a path.")
            await self.host.open(path)
        except (ModelError, OSError, ValueError) as error:
            logger.error("Another model was asked for, but: %s", error)
            raise RequestError(
                400,
                "BadRequest",
                f"Agent with name '{file}' could not be loaded.",
                {"parameter": "model", "in": "query"},
            ) from None

    async def unload_model(self, request: Request) -> Response:
        self.gate.admit(request)
        await self.host.unload()
        return Response(status_code=204)

    async def train(self, request: Request) -> Response:
        self.gate.admit(request)
        written = await _written(
            request,
            "You must provide training data in the request body in order to train your model.",
        )
        keep = flag(request, "save_to_default_model_directory", True)
        glued = number(request, "augmentation")
        wanted = ["--augmentation", str(50 if glued is None else max(0, int(glued)))]
        if flag(request, "force_training"):
            wanted.append("--force")

        async def work() -> Response:
            place = Path(tempfile.mkdtemp(prefix="bespeak-train-"))
            try:
                (place / "data.yml").write_bytes(written)
                made = place / "models"
                files = ["--config", "data.yml", "--domain", "data.yml", "--data", "data.yml"]
                command = ["train", *files, "--out", str(made), *wanted]
                await self.jobs.run(command, place, "TrainingError")
                archive = next(iter(made.glob("*.tar.gz")), None)
                if archive is None:
                    raise RequestError(
                        400, "TrainingError", "Ran training, but it finished without a model."
                    )
                if keep:
                    self.host.models.mkdir(parents=True, exist_ok=True)
                    archive = Path(shutil.move(archive, self.host.models / archive.name))
            except BaseException:
                _forget(place)
                raise
            return FileResponse(
                archive,
                filename=archive.name,
                media_type="application/gzip",
                headers={"filename": archive.name},
                background=BackgroundTask(_forget, place),
            )

        return await self.jobs.now_or_later(work, request.query_params.get("callback_url"))

    async def test_stories(self, request: Request) -> Response:
        self.gate.admit(request)
        model = self.host.ready.path.resolve()
        written = await _written(
            request,
            "You must provide some stories in the request body in order to evaluate your model.",
        )
        command = ["test", "core", "-m", str(model), "-s", "test_data.yml", *_QUIETLY]
        if flag(request, "e2e"):
            command.append("--e2e")
        async with folder(written, "test_data.yml") as place:
            await self.jobs.run(command, place, "TestingError")
            return Json(report(place / "results" / "story_evaluation.json"))

    async def test_intents(self, request: Request) -> Response:
        self.gate.admit(request)
        written = await _written(
            request,
            "You must provide some nlu data in the request body in order to evaluate your model.",
        )
        folds = number(request, "cross_validation_folds")
        is_json = written.lstrip()[:1] in (b"{", b"[")
        name = "data.json" if is_json else "data.yml"
        command = ["test", "nlu", "-u", name, *_QUIETLY]
        if folds is not None:
            if is_json or not 2 <= folds <= 20:
                raise RequestError(
                    400,
                    "TestingError",
                    "Cross-validation is only supported for YAML data."
                    if is_json
                    else "'cross_validation_folds' must be from 2 to 20.",
                    {"parameter": "cross_validation_folds", "in": "query"},
                )
            command += ["--cross-validation", "-f", str(int(folds)), "-c", name, "-d", name]
        else:
            named = request.query_params.get("model")
            path = Path(named) if named else self.host.ready.path
            command += ["-m", str(path.resolve())]

        async def work() -> Response:
            async with folder(written, name) as place:
                await self.jobs.run(command, place, "TestingError")
                return Json(report(place / "results" / "nlu_evaluation.json"))

        return await self.jobs.now_or_later(work, request.query_params.get("callback_url"))


_QUIETLY: Final = ("--out", "results", "--no-plot", "--quiet")


async def _written(request: Request, missing: str) -> bytes:
    written = await body(request, LARGEST_PROJECT)
    if not written.strip():
        raise RequestError(400, "BadRequest", missing)
    return written


def _forget(place: Path) -> None:
    shutil.rmtree(place, ignore_errors=True)
