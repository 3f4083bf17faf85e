"""A text's vectors: of each word piece after the lower and the last layers, and of the whole.

What `Encoder` reads is a folder of `encoder.json`, `tokenizer.json`, `base.onnx` and `top.onnx`
(about 24 MB for MiniLM): built once from installed weights and cached, and carried inside a
model's archive, so that serving needs no weights from anywhere.
"""

import json
import os
import platform
import shutil
import tempfile
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from bespeak.errors import ModelError
from bespeak.extend import load as load_by_name
from bespeak.message import Array
from bespeak.nlu.encoder import weights
from bespeak.nlu.encoder.memory import recalled
from bespeak.nlu.encoder.shape import Shape
from bespeak.nlu.encoder.symbols import spelled

FORMAT = 1  # of the folder and of the graphs in it: a change makes a new cache
FILES = ("encoder.json", "tokenizer.json", "base.onnx", "top.onnx")
UPPER = 2  # layers in TOP
CHARACTERS = 8192  # of a text that the word-piece tokenizer is shown at most


@dataclass(frozen=True, slots=True, eq=False)
class Begun:
    """A text of L word pieces, both ends ([CLS], [SEP]) included, in an encoder of width H.

    `offsets` are (start, end) in characters of the text, (0, 0) at both ends. `base` are the
    hidden states (L, H) after BASE. `truncated` says that the text's rest was not read. A text
    without any word piece that the encoder knows has L = 0.
    """

    ids: NDArray[np.int64]
    offsets: tuple[tuple[int, int], ...]
    base: Array
    truncated: bool

    def pieces(self, spans: Sequence[tuple[int, int]]) -> NDArray[np.int64]:
        """Return for each span of characters (in order) the row of its first word piece, or -1.

        -1 where the span holds none: it was cut off, or consists of characters that the
        tokenizer drops.
        """
        rows = [row for row, (start, end) in enumerate(self.offsets) if end > start]
        starts = [self.offsets[row][0] for row in rows]
        found = []
        for start, end in spans:
            at = bisect_left(starts, start)
            if at == len(starts) or starts[at] >= end:
                at -= 1  # perhaps the span lies within a longer piece
                inside = at >= 0 and self.offsets[rows[at]][1] > start
                found.append(rows[at] if inside else -1)
            else:
                found.append(rows[at])
        return np.array(found, dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Encoded(Begun):
    """A text read to the end: `top` are the hidden states (L, H) after TOP.

    `sentence` is the pooled `top`, of length 1: the dot product of two is their cosine. Without
    any word piece that is known it is zeros, similar to nothing.
    """

    top: Array
    sentence: Array


class Encoder:
    """Encode texts one by one on one thread: the same text has the same vectors, always.

    Longer texts than `shape.pieces` word pieces (256 for MiniLM, some 1,000 characters) are cut
    there; `Encoded.truncated` says so.
    """

    def __init__(self, folder: Path, source: Path | None = None) -> None:
        """Read the folder that `prepare` or `save` made. Raises ModelError where it is damaged.

        `source` is the folder of the weights, where the encoder does not come from an archive.
        """
        self.folder, self.source = folder, source
        try:
            described = (folder / "encoder.json").read_bytes()
            self.identity = _identity(described, folder)
            settings = json.loads(described)
            if settings.pop("format") != FORMAT:
                raise ModelError(
                    f"The encoder in {str(folder)!r} was written by another version of Bespeak. "
                    "Train the model again."
                )
            self.name = str(settings.pop("name"))
            self.sha256 = str(settings.pop("sha256"))
            self.split = int(settings.pop("split"))
            self.shape = Shape(**settings)
            self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            unknown = getattr(self.tokenizer.model, "unk_token", None)
            self.unknown = self.tokenizer.token_to_id(unknown) if unknown else None
            options = session_options()
            self.lower = onnxruntime.InferenceSession(folder / "base.onnx", options)
            self.upper = onnxruntime.InferenceSession(folder / "top.onnx", options)
        except ModelError:
            raise
        except Exception as error:  # tokenizers and ONNX Runtime raise their own kinds
            raise ModelError(f"The encoder in {str(folder)!r} cannot be read: {error}") from error
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(self.shape.pieces)

    @classmethod
    def installed(cls, release: weights.Release = weights.MINILM) -> Self:
        """Open the encoder whose weights are in the user's cache; build its graphs once.

        Raises ModelError, naming the command that installs it, where there is none.
        """
        return cls.of(weights.installed(release))

    @classmethod
    def of(cls, source: Path) -> Self:
        """Open the encoder of a folder of weights; build its graphs once.

        Raises ModelError where the weights are damaged, or of a kind that is not known here.
        """
        return cls(prepare(source), source)

    def parted(self, upper: int) -> Self:
        """Return the same encoder with that many layers in TOP, or as many as leave one to BASE.

        Raises ModelError where it comes from an archive, which has the graphs alone.
        """
        split = max(self.shape.layers - upper, 1)
        if split == self.split:
            return self
        if self.source is None:
            raise ModelError("An encoder from a model's archive cannot be parted otherwise.")
        return type(self)(prepare(self.source, split=split), self.source)

    @property
    def width(self) -> int:
        """The number of dimensions of all vectors."""
        return self.shape.hidden

    def encode(self, texts: Sequence[str]) -> list[Encoded]:
        return [self.finish(self.begin(text)) for text in texts]

    def begin(self, text: str) -> Begun:
        """Read a text with BASE alone: several TOPs may go on from there."""
        shown = text[:CHARACTERS]
        pieces = self.tokenizer.encode(shown)
        places = pieces.offsets
        if self.unknown in pieces.ids and (read := spelled(shown)).text != shown:
            pieces = self.tokenizer.encode(read.text[:CHARACTERS])
            places = [read.original(start, end) for start, end in pieces.offsets]
        truncated = len(text) > CHARACTERS or bool(pieces.overflowing)
        offsets = tuple(_visible(text, start, end) for start, end in places)
        if not any(
            end > start and number != self.unknown  # all that it does not know is one to it
            for (start, end), number in zip(offsets, pieces.ids, strict=True)
        ):
            nothing = np.zeros((0, self.width), np.float32)
            return Begun(np.zeros(0, np.int64), (), nothing, truncated)
        ids = np.array(pieces.ids, dtype=np.int64)
        key = (self.identity, "base", ids.tobytes())
        [base] = recalled(key, lambda: self.lower.run(None, {"ids": ids[None]})[0])
        return Begun(ids, offsets, base, truncated)

    def finish(self, begun: Begun, upper: Any = None) -> Encoded:
        """Go on with TOP, or with another one's session (`Top.session`) in its place."""
        if not len(begun.ids):
            zeros = np.zeros(self.width, np.float32)
            return Encoded(begun.ids, (), begun.base, begun.truncated, begun.base, zeros)
        given = {"hidden_in": begun.base[None]}
        if upper is None:
            key = (self.identity, "top", begun.ids.tobytes())
            [top] = recalled(key, lambda: self.upper.run(None, given)[0])
        else:
            [[top]] = upper.run(None, given)
        pooled = top[0] if self.shape.pooling == "cls" else top.mean(axis=0)
        sentence = pooled / np.linalg.norm(pooled)
        return Encoded(begun.ids, begun.offsets, begun.base, begun.truncated, top, sentence)

    def save(self, folder: Path) -> None:
        """Copy the encoder into an existing folder; the one it was read from must still exist."""
        for name in FILES:
            try:
                shutil.copyfile(self.folder / name, folder / name)
            except FileNotFoundError:
                raise ModelError(
                    f"The encoder cannot be saved: {str(self.folder / name)!r} is gone."
                ) from None

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        return cls(folder)


def _visible(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a piece's place without the blanks before it, which some tokenizers count in."""
    while start < end and text[start].isspace():
        start += 1
    return start, end


def prepare(folder: Path, *, split: int | None = None) -> Path:
    """Return the cached folder of graphs for an installed encoder, building it where needed.

    `split` layers go into BASE, the others into TOP: all but two, unless said. Takes half a
    second the first time.
    """
    shape = Shape.read(folder)
    split = shape.layers - UPPER if split is None else split
    if not 0 < split < shape.layers:
        raise ModelError(
            f"An encoder of {shape.layers} layers cannot be parted after layer {split}."
        )
    settings = {
        "format": FORMAT,
        "name": folder.name,
        "sha256": weights.sha256(folder),
        "split": split,
        **asdict(shape),
    }
    described = json.dumps(settings, indent=2).encode()
    root = weights.cache() / "graphs"
    ready = root / f"{folder.name}-{_identity(described, folder)}"
    if not ready.is_dir():
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=root, prefix=".building-") as place:
            made = Path(place) / "graphs"
            made.mkdir()
            load_by_name("bespeak.nlu.encoder.graph.build")(folder, shape, split, made)
            shutil.copyfile(folder / "tokenizer.json", made / "tokenizer.json")
            (made / "encoder.json").write_bytes(described)
            try:
                made.rename(ready)
            except OSError:
                if not ready.is_dir():  # or another process was faster, with the same result
                    raise
    return ready


def _identity(described: bytes, folder: Path) -> str:
    """Return what tells an encoder from others: the hash of its description, which names its
    weights' hash, and of its tokenizer."""
    tokenizer = (folder / "tokenizer.json").read_bytes()
    return sha256(described + tokenizer).hexdigest()[:16]


@cache
def session_options() -> Any:
    """Return how graphs are run: on one thread, and alike on every machine."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    if _saturates():
        options.add_session_config_entry("session.x64quantprecision", "1")
    return options


def _saturates() -> bool:
    """Say whether this processor's int8 products overflow their 16 bits.

    Those without VNNI do; ONNX Runtime then has a slower way that is exact, so that a model
    trained on one machine understands the same on another.
    """
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return False
    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:
        return os.name == "nt"
    return "vnni" not in flags
