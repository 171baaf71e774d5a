"""Print the first free TCP port at or after the one asked for: ``free_port.py HOST PORT``."""

import socket
import sys


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def main(host: str, wanted: int) -> None:
    """Print the port, or leave with a sentence when a hundred ports in a row are taken."""
    for port in range(wanted, min(wanted + 100, 65536)):
        if is_free(host, port):
            sys.stdout.write(f"{port}\n")
            return
    sys.exit(f"no free port from {wanted} on; set GRIDWARD_PORT")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
