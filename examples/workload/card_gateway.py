"""The card provider: another company's service, so it has neither our telemetry nor our logs.

Its latency is drawn from a lognormal distribution whose median stands in state/outside.json, with a rare long tail.
"""

import json
import random
import socket
import time
from http.server import BaseHTTPRequestHandler

from workload.service import ShopServer, stop_on_sigterm
from workload.site import here
from workload.watched_file import WatchedFile

SPREAD = 0.45
"""Standard deviation of the logarithm of the latency."""
TAIL_SHARE, TAIL_S = 0.004, 2.6
DECLINED_SHARE = 0.03


class Gateway(BaseHTTPRequestHandler):
    """Serves one connection: POST /v1/authorizations."""

    outside: WatchedFile
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def setup(self) -> None:
        """Send small answers at once."""
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def do_POST(self) -> None:
        """Authorize or decline, in the provider's own time."""
        self.rfile.read(int(self.headers.get("content-length", 0)))
        time.sleep(latency_s(float(str(self.outside.content()["gateway_median_ms"]))))
        if random.random() < DECLINED_SHARE:
            self._send(402, {"error": "card declined: insufficient funds"})
        else:
            self._send(200, {"authorization": f"A{random.getrandbits(40):010X}"})

    def _send(self, status: int, answer: dict[str, str]) -> None:
        payload = json.dumps(answer).encode()
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)
            self.wfile.flush()
        except OSError:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """What the provider logs, its customers do not see."""


def latency_s(median_ms: float) -> float:
    """Draw the time that one authorization takes."""
    if random.random() < TAIL_SHARE:
        return TAIL_S
    return median_ms / 1000 * random.lognormvariate(0, SPREAD)


def main() -> None:
    """Serve until told to stop."""
    stop_on_sigterm()
    site = here()
    bound = type("Bound", (Gateway,), {"outside": WatchedFile(site.state / "outside.json")})
    ShopServer(("127.0.0.1", site.port("card-gateway")), bound).serve_forever()


if __name__ == "__main__":
    main()
