"""A provider of text messages on this machine: answers as it is told and remembers what it was sent."""

import base64
import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs


class FakeProvider:
    """`answers` are given one after the other: (status, JSON), "hang", or "cut"; then each message is taken."""

    def __init__(self, account: str = "AC1", token: str = "t/oken") -> None:
        self.account, self.token = account, token
        self.answers: list[Any] = []
        self.texts: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.keys: list[str] = []
        self.hold = threading.Event()
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                fake._serve(self)

            def log_message(self, *_: object) -> None:
                """Tests need no log."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://{self.account}:{self.token.replace('/', '%2F')}@127.0.0.1:{self.server.server_port}"

    def stop(self) -> None:
        self.hold.set()
        self.server.shutdown()
        self.server.server_close()

    def _serve(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers["Content-Length"])).decode()
        self.paths.append(request.path)
        self.keys.append(request.headers["Idempotency-Key"])
        wanted = base64.b64encode(f"{self.account}:{self.token}".encode()).decode()
        answer = self.answers.pop(0) if self.answers else None
        if request.headers["Authorization"] != f"Basic {wanted}":
            answer = (401, {"code": 20003, "message": "Authenticate"})
        if answer == "hang":
            self.hold.wait(5)
            return
        if answer == "cut":
            request.connection.shutdown(socket.SHUT_RDWR)
            return
        if answer is None or answer == "take, then cut":
            self.texts.append({name: values[0] for name, values in parse_qs(body).items()})
        if answer == "take, then cut":
            request.connection.shutdown(socket.SHUT_RDWR)
            return
        status, told = answer or (201, {"sid": f"SM{len(self.texts)}", "status": "queued"})
        raw = told if isinstance(told, bytes) else json.dumps(told).encode()
        request.send_response(status)
        if status in (301, 302, 307):
            request.send_header("Location", "http://127.0.0.1:9/")
        request.send_header("Content-Length", str(len(raw)))
        request.end_headers()
        request.wfile.write(raw)
        time.sleep(0)
