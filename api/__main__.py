"""`python -m api`: serve the published snapshots."""

import socket
import sys

import uvicorn

from api.app import create_app
from api.settings import ApiSettings


def main() -> int:
    """Serve until interrupted; 1, with one plain sentence, when the address cannot be listened on."""
    settings = ApiSettings()
    trouble = _cannot_listen(settings.api_host, settings.api_port)
    if trouble is not None:
        sys.stderr.write(
            f"The API cannot listen on {settings.api_host}:{settings.api_port} ({trouble}); "
            "set STOCKTAKE_API_PORT to a free port.\n"
        )
        return 1
    uvicorn.run(create_app(settings), host=settings.api_host, port=settings.api_port)
    return 0


def _cannot_listen(host: str, port: int) -> str | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As uvicorn does, so that connections which linger after a restart are no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.strerror or type(error).__name__
    return None


if __name__ == "__main__":
    sys.exit(main())
