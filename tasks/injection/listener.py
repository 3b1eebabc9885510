"""Heard on this machine's own network: `listener.py PORT LOG` writes the path of every request into LOG, which it makes when it is ready.

It runs on the desktop itself, beside the page that would send something, and needs nothing but Python.
"""

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Listener(BaseHTTPRequestHandler):
    """Answers everything alike."""

    def do_GET(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        with open(sys.argv[2], "a", encoding="utf-8") as log:
            log.write(f"{self.path} {self.rfile.read(size).decode('utf-8', 'replace')}\n")
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<title>Received</title>Thank you.")

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        """The log is the file."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Listener)
    with open(sys.argv[2], "w", encoding="utf-8") as log:
        log.write("ready\n")
    server.serve_forever()
