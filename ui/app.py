"""What the app starts that `make app` builds: the page, in the reader's browser; with words behind it, the command line.

The app has no Python beside it: where the project starts ``sys.executable -m MODULE``, that is this program again.
"""

from __future__ import annotations

import multiprocessing
import runpy
import socket
import sys

CHILDREN = ("index.formats.child", "models.llm.trial", "rag.upkeep.worker")
"""The modules that the project runs in processes of their own."""
PORTS = range(7860, 7880)


def main() -> None:
    """Become a child process, the page, or the command line, by the words given."""
    multiprocessing.freeze_support()
    if "-m" in sys.argv[1:3]:
        become_child(sys.argv[sys.argv.index("-m") + 1 :])
        return
    from ui.cli import main

    if len(sys.argv) == 1:
        sys.argv += ["ui", "--open", "--port", str(free_port())]
    main()


def become_child(words: list[str]) -> None:
    """Run one of :data:`CHILDREN` with the words behind its name."""
    if words[0] not in CHILDREN:
        raise SystemExit(f"no part of Yinju runs by itself under this name: {words[0]}")
    sys.argv = words
    runpy.run_module(words[0], run_name="__main__", alter_sys=True)


def free_port() -> int:
    """The first of :data:`PORTS` on which nothing listens, so that a second start is a second page; else the first."""
    for port in PORTS:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
    return PORTS[0]


if __name__ == "__main__":
    main()
