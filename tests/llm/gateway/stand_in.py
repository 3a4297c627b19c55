"""A gateway's environment whose `litellm` starts at once: for tests of starting and stopping, not of LiteLLM.

`litellm` there is a small server that knows its key and lists the embedded analyst, or that fails as it is told.
"""

from __future__ import annotations

import sys
from pathlib import Path

SERVER = """
import json, os, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_GET(self):
        good = self.headers.get("authorization") == "Bearer " + os.environ["LITELLM_MASTER_KEY"]
        body = {"data": [{"id": "embedded-analyst"}]} if good else {"error": {"type": "no_db_connection"}}
        raw = json.dumps(body).encode()
        self.send_response(200 if good else 400)
        self.send_header("content-length", str(len(raw)))
        self.send_header("x-analyst-gateway-fingerprint", os.environ["ANALYST_GATEWAY_FINGERPRINT"])
        self.end_headers()
        self.wfile.write(raw)

arguments = dict(zip(sys.argv[1::2], sys.argv[2::2]))
with open("starts", "a") as file:
    file.write("started\\n")
with open("environment.json", "w") as file:
    json.dump(dict(os.environ), file)
time.sleep(0.3)
ThreadingHTTPServer((arguments["--host"], int(arguments["--port"])), Handler).serve_forever()
"""


def make_environment(folder: Path, program: str = SERVER) -> Path:
    """An environment in `folder` whose `litellm` is `program`."""
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to(sys.executable)
    (folder / "bin" / "litellm").write_text(program)
    return folder
