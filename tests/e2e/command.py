"""The command line as a person uses it: a process of its own, at a terminal or in a pipe."""

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

SHARED = Path(__file__).parents[3] / "shared" / "rasa-projects"
PROMPT = b"Your input ->"

IN_TERMINAL = (
    "import os, sys; os.open(os.ttyname(0), os.O_RDWR); os.execv(sys.argv[1], sys.argv[1:])"
)
"""Who opens a terminal as the first of a new session is the one whom its Ctrl-C interrupts."""


def bespeak(
    folder: Path, *words: str, typed: str = "", env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder, and return its exit code and what it printed.

    A single text is a whole command line.
    """
    line = words[0].split() if len(words) == 1 else words
    return subprocess.run(
        [sys.executable, "-m", "bespeak", *line],
        cwd=folder,
        input=typed,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, **(env or {})},
    )


def at_terminal(folder: Path, words: Sequence[str], lines: Sequence[str]) -> tuple[int, str]:
    """Run a command at a terminal and type a line at each prompt.

    "^C" is the key; "… text" types nothing, but waits until the text has been shown.
    """
    terminal, theirs = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-c", IN_TERMINAL, sys.executable, "-m", "bespeak", *words],
        cwd=folder,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm"},
        start_new_session=True,
    )
    os.close(theirs)
    seen, left, answered = b"", list(lines), 0
    until = time.monotonic() + 120
    while time.monotonic() < until:
        readable, _, _ = select.select([terminal], [], [], 0.2)
        if readable:
            try:
                came = os.read(terminal, 65536)
            except OSError:  # the other end is closed
                break
            if not came:
                break
            seen += came
        elif left and left[0].startswith("… "):
            if left[0][2:].encode() in seen:
                left.pop(0)
        elif left and seen.count(PROMPT) > answered:
            line = left.pop(0)
            os.write(terminal, b"\x03" if line == "^C" else f"{line}\n".encode())
            answered += 1
    code = child.wait(timeout=20)
    os.close(terminal)
    return code, seen.decode()
