"""The one place where what a person can cure becomes a message and exit code 1; a bug keeps its traceback."""

from __future__ import annotations

import errno
import os
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from ui.cli.output import fail

CURES = {
    errno.ENOSPC: "free some space and run the command again: what was committed is kept",
    errno.EFBIG: "free some space and run the command again: what was committed is kept",
    errno.ENOENT: "check the path, and that --home names a folder that can be made",
    errno.EROFS: "choose a folder you may write to with --home FOLDER",
    errno.EACCES: "choose a folder you may use, for Yinju's own state with --home FOLDER",
    errno.EPERM: "choose a folder you may use, for Yinju's own state with --home FOLDER",
    errno.ENOTDIR: "a file stands where a folder is needed: choose another folder with --home FOLDER",
    errno.EEXIST: "a file stands where a folder is needed: choose another folder with --home FOLDER",
}


class Commands(TyperGroup):
    """The commands, and what they raise caught."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            fail("stopped")
        except BrokenPipeError:
            # The reader of our output has gone (`yinju ... | head`). What Python still flushes at exit goes nowhere.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(1) from None
        except OSError as error:
            fail(_system_message(error))
        except (ValueError, LookupError) as error:
            if not isinstance(error, _expected()):
                raise
            fail(str(error))


def _expected() -> tuple[type[Exception], ...]:
    """The errors that tell the person what happened and what cures it."""
    from index.library import LibraryError
    from index.readers import ReadError
    from models import ModelError
    from rag.conversations import ConversationsError
    from rag.evaluation.question_sets import QuestionSetError
    from rag.settings import SettingsError
    from ui.auth import AuthError

    return (LibraryError, ReadError, ModelError, ConversationsError, SettingsError, QuestionSetError, AuthError)


def _system_message(error: OSError) -> str:
    """What the system refused, of which file, and what to do."""
    happened = error.strerror or str(error)
    named = f"{happened}: {error.filename}" if error.filename else happened
    cure = CURES.get(error.errno or 0)
    return f"{named}; {cure}" if cure else named
