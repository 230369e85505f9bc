"""The process that reads files nobody vouches for: little memory, no network, no program started, nothing written.

It says {"ready"} first. One request a line on standard input, {"path", "skip"}; answers a line each: {"begin", "path"} before a document is read
and before each of its pages that takes seconds, then {"document"} or {"error"}, and {"done"} at the end. Paths and text only: nothing is unpickled on either side.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import asdict
from typing import BinaryIO

from index.formats.document import LARGEST, Document, ReadError
from index.formats.opening import Opening

_REFUSED = ("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.system", "os.startfile", "os.remove",
            "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.chmod", "shutil.", "urllib.",
            "http.", "ftplib.", "smtplib.", "webbrowser.")  # fmt: skip
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_TIRED = 0.5  # of the memory: what libraries have leaked by then is given back by a new process


def main(memory: int, seconds: int) -> None:
    """Answer requests until there are none. ``memory`` in bytes, ``seconds`` for one document."""
    answers = _answers()
    _limit(memory)
    sys.dont_write_bytecode = True
    sys.addaudithook(_refuse)
    _send(answers, {"ready": True})
    for line in sys.stdin.buffer:
        request = json.loads(line)
        _answer(request["path"], request["skip"], seconds, answers)
        tired = _memory_used() > _TIRED * memory
        _send(answers, {"done": True, "tired": tired})
        if tired:
            return


def _answers() -> BinaryIO:
    """The way to the parent; what a library prints goes nowhere."""
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    return answers


def _limit(memory: int) -> None:
    """Bound the memory where the system can, and leave Ctrl-C to the parent, which closes this process in order."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _memory_used() -> int:
    """Bytes that are resident now. Not the peak: on Linux a process begins with that of the one that started it."""
    try:
        with open("/proc/self/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, AttributeError, ValueError):
        pass  # no Linux
    if sys.platform == "win32":
        return 0
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    """Stops what no reader of files has to do, whatever made it try. It is a second wall: no library here tries."""
    if event == "open" and len(arguments) > 2 and isinstance(arguments[2], int) and arguments[2] & _WRITING:
        raise PermissionError(f"a file that is read must not write: {arguments[0]}")
    if event.startswith(_REFUSED):
        raise PermissionError(f"a file that is read must not do this: {event}")


def _answer(path: str, skip: int, seconds: int, answers: BinaryIO) -> None:
    def begin(turn: int, name: str) -> None:
        if sys.platform != "win32":
            signal.alarm(seconds + 5)  # should the parent be gone, nobody else would end this
        _send(answers, {"begin": turn, "path": name})

    begin(skip, path)
    try:
        with open(path, "rb") as file:
            data = file.read(LARGEST + 1)
        for found in Opening(skip, begin).documents(data, path):
            _send(answers, {"document": asdict(found)} if isinstance(found, Document) else {"error": str(found)})
    except (ReadError, MemoryError) as error:
        _send(answers, {"error": str(error) or f"{path} needs more memory than a file may: leave it out, or split it"})
    except OSError as error:
        told = error.strerror or error
        _send(answers, {"error": f"{path} cannot be read ({told}): check that it is a file and that you may read it"})


def _send(answers: BinaryIO, answer: dict[str, object]) -> None:
    answers.write(json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
    answers.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
