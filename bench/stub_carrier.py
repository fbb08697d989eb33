"""A carrier that takes every text over at once: `python -m bench.stub_carrier PORT`."""

from __future__ import annotations

import asyncio
import itertools
import json
import signal
import sys

_serial = itertools.count(1)


class _Line(asyncio.Protocol):
    """One kept-alive connection. It reads what a POST needs, and no more."""

    def __init__(self) -> None:
        self._heard = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._heard += data
        while True:
            head, found, body = self._heard.partition(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
            if not found or len(body) < length:
                return
            self._heard = body[length:]
            self._transport.write(_answer(body[:length]))  # type: ignore[attr-defined]


def _answer(body: bytes) -> bytes:
    to = json.loads(body)["to"]
    taken = [{"to": one, "status": "SUCCESS"} for one in to]
    result = {"referenceId": f"stub-{next(_serial)}", "resultResponses": taken}
    answer = json.dumps({"statusCode": "200", "success": True, "result": result}).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(answer)}\r\n\r\n"
    return head.encode() + answer


async def _serve(port: int) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    async with await loop.create_server(_Line, "127.0.0.1", port):
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
