"""A program of another company: asks our API until it is answered, with the same key at each try.

Run as a process of its own, with nothing of ours inside: `python program_that_asks.py` reads what it shall send from
its standard input as JSON and prints the status and body of the answer.
"""

import http.client
import json
import sys
import time
import urllib.error
import urllib.request

PATIENCE = 240
"""Seconds after which it gives up."""
COME_AGAIN = {429, 502, 503, 504}


def ask(address: str, wanted: dict[str, str]) -> tuple[int, str]:
    """One try at one server."""
    request = urllib.request.Request(
        address + wanted["path"],
        data=wanted["body"].encode(),
        headers={
            "Authorization": f"Bearer {wanted['token']}",
            "Content-Type": "application/json",
            "Idempotency-Key": wanted["key"],
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.read().decode()


def main() -> None:
    """Try one server after the other until one of them answers."""
    wanted = json.load(sys.stdin)
    until = time.monotonic() + PATIENCE
    tries = 0
    while time.monotonic() < until:
        address = wanted["addresses"][(tries + wanted["first"]) % len(wanted["addresses"])]
        tries += 1
        try:
            status, body = ask(address, wanted)
        except (OSError, http.client.HTTPException):  # nobody there, or gone in the middle of a word
            time.sleep(0.1)
            continue
        if status in COME_AGAIN:
            time.sleep(0.1)
            continue
        print(json.dumps({"status": status, "body": json.loads(body), "tries": tries}))  # noqa: T201
        return
    sys.exit("nobody answered")


if __name__ == "__main__":
    main()
