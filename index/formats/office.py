"""Old Office files through LibreOffice where it is installed: each made new by a program of its own, bounded and without a network."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from index.formats.document import ReadError

KINDS = {
    **dict.fromkeys((".doc", ".dot", ".wps", ".wpt"), "docx"),
    **dict.fromkeys((".xls", ".xlt", ".et", ".ett"), "xlsx"),
    **dict.fromkeys((".ppt", ".pot", ".pps", ".dps", ".dpt"), "pptx"),
}
"""What each old kind is made into, by ending."""
INSTALL = "install LibreOffice (libreoffice.org)"
_SECONDS = 120.0
_PLACES = (
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
    r"C:\Program Files\LibreOffice\program\soffice.exe",
    "/usr/lib/libreoffice/program/soffice",
)
_SETTINGS = Path(__file__).with_name("office.xcu")
"""No macro runs, and nothing that a document links to is fetched."""
_NOWHERE = "127.0.0.1:9"


def program() -> str:
    """Where LibreOffice is, "" where it is not."""
    found = shutil.which("soffice") or shutil.which("libreoffice")
    return found or next((place for place in _PLACES if os.access(place, os.X_OK)), "")


@contextlib.contextmanager
def renewed(path: Path, *, seconds: float = _SECONDS) -> Iterator[Path]:
    """The file in a format of today, as long as the context is open. Raises ReadError where LibreOffice is missing or cannot."""
    kind = KINDS[path.suffix.lower()]
    office = program()
    if not office:
        raise ReadError(f"{path} is of an old Office format: {INSTALL}, or save it as .{kind}")
    with tempfile.TemporaryDirectory(prefix="yinju-office-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "profile/user").mkdir(parents=True)
        shutil.copyfile(_SETTINGS, folder / "profile/user/registrymodifications.xcu")
        source = (
            folder / f"source{path.suffix.lower()}"
        )  # its name may begin with a dash, or hold what a shell would read
        shutil.copyfile(path, source)
        _run([office, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--norestore", "--nolockcheck",
              "--nodefault", "--convert-to", kind, "--outdir", str(folder), str(source)], path, seconds)  # fmt: skip
        made = folder / f"source.{kind}"
        if not made.is_file():
            raise ReadError(f"{path} is nothing that LibreOffice can open: open it yourself and save it as .{kind}")
        yield made


def _run(command: list[str], path: Path, seconds: float) -> None:
    """Run the program and all that it starts, for so many seconds at most."""
    environment = {**os.environ, **dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), _NOWHERE)}
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment,
        start_new_session=sys.platform != "win32",
    )  # fmt: skip
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired as error:
        raise ReadError(
            f"{path} takes LibreOffice more than {seconds:.0f} seconds: leave it out, or save it anew"
        ) from error
    finally:
        if process.poll() is None:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """soffice starts another program: both belong to one group."""
    if sys.platform == "win32":
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], check=False, capture_output=True)
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, 9)
    process.wait()
