"""Serving the office: waitress in this process, and on the embedded database one worker as a child process."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from types import FrameType

import click

from admin_app.config import Settings
from admin_app.kernel.errors import Unmet

THREADS = 8
STOP_SECONDS = 10


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there, port 0 for any; raises Unmet for a port that is taken."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        reason = error.strerror or "it is taken"
        raise Unmet(f"Cannot listen on {host}:{port} ({reason}); choose another --port") from None


def listen_anywhere(host: str, wanted: int) -> socket.socket:
    """A socket on the wanted port, or on any free one when somebody else listens there."""
    try:
        return listen(host, wanted)
    except Unmet:
        return listen(host, 0)


def address_of(host: str, listener: socket.socket) -> str:
    """What to type into a browser to get there."""
    port: int = listener.getsockname()[1]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve_office(settings: Settings, listener: socket.socket) -> None:
    """Answer requests until the process is told to stop."""
    from waitress.server import create_server

    from admin_app.app import create_app

    server = create_server(create_app(settings), sockets=[listener], threads=THREADS, ident=None)
    # Both, also where a shell that starts things in the background has switched Ctrl+C off for its children.
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, _leave)
    with _worker(settings):
        try:
            server.run()  # waitress takes Ctrl+C and _leave as the end of its work
            click.echo("Stopped.")
        finally:
            server.close()


def _leave(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


@contextlib.contextmanager
def _worker(settings: Settings) -> Iterator[None]:
    """One `sawhorse work` beside the server; on PostgreSQL workers are started on their own, as many as needed."""
    if not settings.is_sqlite:
        yield
        return
    told = {
        "SAWHORSE_HOME": str(settings.home),
        "SAWHORSE_DATABASE_URL": settings.database_url,
        "SAWHORSE_SECRET_KEY": settings.secret_key,
        "SAWHORSE_PUBLIC_URL": settings.public_url or "",
    }
    # The pipe closes when this process ends, however it ends; the worker then ends too.
    child = subprocess.Popen(
        [sys.executable, "-m", "admin_app.cli", "work", "--until-stdin-closes"],
        stdin=subprocess.PIPE,
        env={**os.environ, **told},
        start_new_session=True,  # Ctrl+C is for the server, which then closes the pipe
    )
    try:
        yield
    finally:
        assert child.stdin is not None
        child.stdin.close()
        try:
            child.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
