"""A load generator that costs little: keep-alive HTTP/1.1 by hand on asyncio streams."""

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Load:
    """How a number of requests went. Latencies are in milliseconds, sorted."""

    latencies: tuple[float, ...]
    seconds: float

    def at(self, share: float) -> float:
        """Return the latency that this share of the requests kept within."""
        return self.latencies[min(len(self.latencies) - 1, int(share * len(self.latencies)))]

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds


def post_all(
    url: str,
    bodies: Sequence[Any],
    *,
    in_flight: int = 1,
    check: Callable[[Any], bool] = lambda answer: answer is not None,
) -> Load:
    """Post each body as JSON, `in_flight` at a time; raises where an answer is not as it should."""
    return asyncio.run(_post_all(url, bodies, in_flight, check))


async def _post_all(
    url: str, bodies: Sequence[Any], in_flight: int, check: Callable[[Any], bool]
) -> Load:
    waiting = asyncio.Queue[bytes]()
    parts = urlsplit(url)
    for body in bodies:
        content = json.dumps(body).encode()
        head = (
            f"POST {parts.path}{'?' + parts.query if parts.query else ''} HTTP/1.1\r\n"
            f"Host: {parts.netloc}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(content)}\r\n\r\n"
        )
        waiting.put_nowait(head.encode() + content)
    latencies: list[float] = []

    async def client() -> None:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        while not waiting.empty():
            request = waiting.get_nowait()
            began = time.perf_counter()
            writer.write(request)
            status, content = await _answer(reader)
            latencies.append((time.perf_counter() - began) * 1000)
            if status != 200 or not check(json.loads(content)):
                raise RuntimeError(f"{url} answered {status}: {content[:300]!r}")
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(in_flight)))
    return Load(tuple(sorted(latencies)), time.perf_counter() - began)


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    status = int(head[0].split()[1])
    headers = dict(line.lower().split(": ", 1) for line in head[1:] if ": " in line)
    if "content-length" in headers:
        return status, await reader.readexactly(int(headers["content-length"]))
    content = b""
    while size := int((await reader.readline()).split(b";")[0], 16):  # chunked
        content += await reader.readexactly(size)
        await reader.readexactly(2)
    await reader.readexactly(2)
    return status, content
