"""Wait until an address answers 200: ``wait_ready.py URL SECONDS``; exit status 1 when it does not."""

import sys
import time
import urllib.error
import urllib.request


def answers(url: str) -> bool:
    """Whether the address answers 200 now."""
    try:
        with urllib.request.urlopen(url, timeout=2) as reply:  # noqa: S310  (loopback only)
            return bool(reply.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


if __name__ == "__main__":
    deadline = time.monotonic() + float(sys.argv[2])
    while not answers(sys.argv[1]):
        if time.monotonic() > deadline:
            sys.exit(1)
        time.sleep(0.1)
