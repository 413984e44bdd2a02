"""Servers on this computer that take reminders, as a mail server and a chat service do."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from aiosmtpd.smtp import SMTP


class Mailbox:
    """What a mail server was given; `refuse` is what it says to the next recipients."""

    def __init__(self) -> None:
        self.mails = []
        self.refuse: list[str] = []
        self.silent_after: int | None = None
        """After so many mails in all it does not answer any more, and says so by `fell_silent`."""
        self.fell_silent = threading.Event()

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if len(self.mails) == self.silent_after:
            self.fell_silent.set()
            await asyncio.Event().wait()
        if self.refuse:
            return self.refuse.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 taken"


@pytest.fixture
def mailbox():
    box, ready = Mailbox(), threading.Event()
    loop = asyncio.new_event_loop()

    def serve() -> None:
        asyncio.set_event_loop(loop)
        made = loop.create_server(lambda: SMTP(box, loop=loop), "127.0.0.1", 0)
        server = loop.run_until_complete(made)
        box.port = server.sockets[0].getsockname()[1]
        ready.set()
        loop.run_forever()
        server.close()
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.close()

    thread = threading.Thread(target=serve)
    thread.start()
    assert ready.wait(10)
    yield box
    loop.call_soon_threadsafe(loop.stop)
    thread.join()


class Hook:
    """What a web server was posted; `answers` are given in turn: (status, headers, body)."""

    def __init__(self) -> None:
        self.posts = []
        self.answers = []
        self.usual = (200, {}, b'{"errcode":0,"errmsg":"ok"}')


@pytest.fixture
def hook():
    kept = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.posts.append((self.path, dict(self.headers), json.loads(body)))
            status, headers, said = kept.answers.pop(0) if kept.answers else kept.usual
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield kept
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def set_up(tmp_path):
    """Writes reminders.toml, for this user alone."""

    def write(text: str, mode: int = 0o600) -> None:
        folder = tmp_path / "config"
        folder.mkdir(exist_ok=True)
        path = folder / "reminders.toml"
        path.write_text(text)
        os.chmod(path, mode)

    return write


@pytest.fixture
def team(dealflow):
    """li has two late and one due today, wang one that is six days late; wang's manager is zhao."""
    return dealflow.once(make_team)


def make_team(dealflow):
    dealflow.at("2026-06-20T09:00:00+08:00")
    dealflow.ok("reps", "edit", "li", "--email", "li@example.com", "--team", "north")
    dealflow.ok("reps", "add", "wang", "--email", "wang@example.com", "--team", "north")
    dealflow.ok("reps", "add", "zhao", "--email", "zhao@example.com")
    dealflow.ok("settings", "set", "manager.north", "zhao")
    dealflow.ok("add", "水泵", "-a", "华联", "-v", "480000", "--grade", "A")
    dealflow.ok("plan", "1", "2026-06-28", "send quote", "--goal", "a decision")
    dealflow.ok("plan", "1", "2026-06-30", "call")
    dealflow.ok("plan", "1", "2026-07-01", "demo")
    dealflow.ok("plan", "1", "2026-07-02", "later")
    dealflow.ok("add", "Valves", "--owner", "wang")
    dealflow.ok("plan", "2", "2026-06-25", "visit", "--for", "wang")
    dealflow.at("2026-07-01T10:00:00+08:00")
