"""What of an error people are told: errors made for them, and what the system refuses. Anything else is a bug, for the log."""

from __future__ import annotations

import errno
import logging

from yinju import YinjuError

CURES = {
    errno.ENOSPC: "free some space and try again: what was committed is kept",
    errno.EFBIG: "free some space and try again: what was committed is kept",
    errno.ENOENT: "check the path, and that --home names a folder that can be made",
    errno.EROFS: "choose a folder you may write to with --home FOLDER",
    errno.EACCES: "choose a folder you may use, for Yinju's own state with --home FOLDER",
    errno.EPERM: "choose a folder you may use, for Yinju's own state with --home FOLDER",
    errno.ENOTDIR: "a file stands where a folder is needed: choose another folder with --home FOLDER",
    errno.EEXIST: "a file stands where a folder is needed: choose another folder with --home FOLDER",
}

REFUSED = (errno.ENOSPC, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM)
"""What the system refuses to any program: no file that was named wrongly, which a page's reader cannot have done."""

BUG = "Something went wrong inside Yinju. What it was stands in the log of the program that runs."


def of_system(error: OSError) -> str:
    """An error of the system in words: what it refused, of which file, and what helps."""
    happened = error.strerror or str(error)
    named = f"{happened}: {error.filename}" if error.filename else happened
    cure = CURES.get(error.errno or 0)
    return f"{named}; {cure}" if cure else named


def note(error: Exception) -> None:
    """Put an error into the log of the program, where nobody who asked is to be told more than that there was one."""
    logging.getLogger("yinju").warning("%s: %s", type(error).__name__, error)


def told(error: Exception, bug: str = BUG) -> str:
    """The message of an error for page, API and tools. Of a bug only ``bug`` is said; its traceback goes to the log."""
    if isinstance(error, YinjuError):
        return str(error)
    if isinstance(error, OSError) and error.errno in REFUSED:
        return of_system(error)
    logging.getLogger("yinju").error("%s", type(error).__name__, exc_info=error)
    return bug
