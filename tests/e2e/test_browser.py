"""The pages in a real browser: our chat, the API's documentation, and the public rasa-webchat."""

import http.server
import json
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.serving import PATIENCE, Server

HERE = Path(__file__).parent / "browser"

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (apt install chromium)"),
    pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed"),
    pytest.mark.skipif(
        not (HERE / "node_modules" / "playwright-core").exists(),
        reason="npm install --no-package-lock has not been run in tests/e2e/browser",
    ),
]

CREDENTIALS = "rest:\nsocketio:\n  session_persistence: true\n"


@pytest.fixture
def server(project: Callable[..., Path]) -> Iterator[Server]:
    with Server(project(credentials=CREDENTIALS)) as server:
        yield server


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[str]:
    """Another site, with a page that has rasa-webchat on it; gives the page's address."""
    package = HERE / "node_modules" / "rasa-webchat"
    if not package.exists():
        pytest.skip("npm install --no-package-lock has not been run in tests/e2e/browser")
    site = tmp_path / "site"
    (site / "lib").mkdir(parents=True)
    shutil.copy(HERE / "webchat.html", site / "index.html")
    shutil.copy(package / "lib" / "index.js", site / "lib" / "index.js")
    handler = partial(_Quiet, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as httpd:
        thread = threading.Thread(target=httpd.serve_forever, daemon=True)
        thread.start()
        yield f"http://localhost:{httpd.server_address[1]}/index.html"
        httpd.shutdown()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def browse(script: str, *arguments: object) -> Any:
    """Run one of the scripts beside this file; return what it saw."""
    command = ["node", str(HERE / script), str(CHROMIUM), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=6 * PATIENCE)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_rasa_webchat_talks_to_the_server_and_finds_its_session_again(
    server: Server, shop: str, tmp_path: Path
) -> None:
    picture = tmp_path / "webchat.png"
    seen = browse("webchat.mjs", f"{shop}?server={server.url}", picture)
    assert seen["greeted"] == ["Hello!"]
    assert seen["shown"] == ["Hello!", "show", "Look:"]
    assert seen["image"] == "http://localhost/cat.png"
    assert seen["choices"] == ["First", "Second"]
    assert seen["ended"][-2:] == ["First", "Hello!"]
    assert seen["problems"] == []
    assert all("EIO=4" in query for query in seen["sockets"]), "over websockets, protocol 4"
    assert len(seen["sockets"]) == 2, "before and after the page was loaded anew"
    said = [text for text in server.texts(seen["session"]) if text.startswith("> ")]
    assert said == ["> /greet", "> show", "> choose", "> /greet"]
    assert picture.stat().st_size > 0


def test_the_chat_page_talks_resumes_and_starts_over(server: Server, tmp_path: Path) -> None:
    seen = browse("chat.mjs", server.url, tmp_path)
    assert seen["greeted"] == ["hello", "Hello!"]
    assert seen["pictures"] == 1
    assert seen["choices"] == ["First", "Second"]
    assert seen["chosen"] == ["First", "Hello!"]
    assert seen["same"], "the page loaded anew shows what was said"
    assert not seen["wide"], "nothing sticks out on a phone"
    assert seen["again"] == ["Hello!"], "a message that did not get through is sent again"
    assert seen["emptied"] == 0
    assert seen["anew"] == ["hello", "Hello!"]
    assert seen["problems"] == ["Failed to load resource: net::ERR_FAILED"]  # as we arranged


def test_the_documentation_page_asks_nobody_else(server: Server, tmp_path: Path) -> None:
    seen = browse("docs.mjs", server.url, tmp_path)
    assert "/conversations/{conversation_id}/tracker" in seen["paths"]
    assert "/model/parse" in seen["paths"]
    assert seen["hosts"] == [server.url.removeprefix("http://")]
