"""A mail server with bad manners: it drops, refuses, hangs and cuts, and remembers what it took."""

from __future__ import annotations

import random
import socketserver
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy

MANNERS = {
    "take": 60,
    "drop at once": 8,
    "say 421 and go": 6,
    "ask for patience": 8,
    "hang at the greeting": 2,
    "cut in the middle of the letter": 6,
    "take, then cut": 6,
    "take, then hang": 4,
}
"""How it treats a connection, with the weight of each."""


@dataclass
class RoughServer:
    """Listens on a port of this machine; each connection meets the next of its manners."""

    manners: Callable[[], str] | None = None
    seed: int = 17
    taken: list[tuple[str, str]] = field(default_factory=list)
    """Message-ID and recipient of each letter that it accepted, also where it never said so."""
    bodies: dict[str, set[str]] = field(default_factory=dict)
    met: Counter[str] = field(default_factory=Counter)
    unknown: set[str] = field(default_factory=set)
    """Recipients that it refuses for good."""

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._lock = threading.Lock()
        self.stopping = threading.Event()
        rough = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                with suppress(OSError):  # the other side has gone
                    rough._serve(self)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True
            request_queue_size = 64

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = int(self.server.server_address[1])
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Hang no longer, listen no longer."""
        self.stopping.set()
        self.server.shutdown()
        self.server.server_close()

    def _next(self) -> str:
        with self._lock:
            if self.manners is not None:
                chosen = self.manners()
            else:
                chosen = self._random.choices(list(MANNERS), list(MANNERS.values()))[0]
            self.met[chosen] += 1
            return chosen

    def _serve(self, peer: socketserver.StreamRequestHandler) -> None:
        manner = self._next()
        if manner == "drop at once":
            return
        if manner == "hang at the greeting":
            self.stopping.wait(3)
            return
        if manner == "say 421 and go":
            peer.wfile.write(b"421 too busy\r\n")
            return
        peer.wfile.write(b"220 rough.test\r\n")
        recipient = ""
        while line := peer.rfile.readline():
            word = line[:4].upper()
            if word == b"RCPT":
                recipient = line.decode().partition("<")[2].partition(">")[0]
                if recipient in self.unknown:
                    peer.wfile.write(b"550 5.1.1 No such person here\r\n")
                else:
                    patience = manner == "ask for patience"
                    peer.wfile.write(b"451 Later\r\n" if patience else b"250 OK\r\n")
            elif word == b"DATA":
                peer.wfile.write(b"354 Go on\r\n")
                if self._read_letter(peer, manner, recipient):
                    return
            elif word == b"QUIT":
                peer.wfile.write(b"221 Bye\r\n")
                return
            else:
                peer.wfile.write(b"250 OK\r\n")

    def _read_letter(self, peer: socketserver.StreamRequestHandler, manner: str, recipient: str) -> bool:
        """Take the letter, or not; gives back whether the connection is over."""
        if manner == "cut in the middle of the letter":
            peer.rfile.readline()
            return True
        lines = []
        while (line := peer.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        mail = message_from_bytes(b"".join(lines), policy=policy.default)
        with self._lock:
            self.taken.append((str(mail["Message-ID"]), recipient))
            self.bodies.setdefault(str(mail["Message-ID"]), set()).add(str(mail["Subject"]))
        if manner == "take, then cut":
            return True
        if manner == "take, then hang":
            self.stopping.wait(3)
            return True
        peer.wfile.write(b"250 Taken\r\n")
        return False
