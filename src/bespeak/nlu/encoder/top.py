"""The encoder's upper layers as one project trained them: in TOP's place, on the same BASE."""

from pathlib import Path

import onnxruntime

from bespeak.errors import ModelError
from bespeak.nlu.encoder.encoder import session_options

FILE = "top.onnx"


class Top:
    """A graph that `graph.top` made of fine-tuned weights; `session` is for `Encoder.finish`."""

    def __init__(self, content: bytes) -> None:
        """Raises ModelError where the bytes are no graph."""
        self._content = content
        try:
            self.session = onnxruntime.InferenceSession(content, session_options())
        except Exception as error:  # ONNX Runtime raises kinds of its own
            raise ModelError(
                f"The layers that were trained on the encoder cannot be read: {error}. "
                "Train the model again."
            ) from error

    def save(self, folder: Path) -> None:
        (folder / FILE).write_bytes(self._content)

    @classmethod
    def load(cls, folder: Path) -> "Top | None":
        """Read what `save` wrote; None where nothing was."""
        file = folder / FILE
        return cls(file.read_bytes()) if file.is_file() else None
