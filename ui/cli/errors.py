"""The one place where what a person can cure becomes a message and exit code 1; a bug keeps its traceback."""

from __future__ import annotations

import os
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from ui.cli.output import fail
from ui.errors import of_system
from yinju import YinjuError


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
        except YinjuError as error:
            fail(str(error))
        except OSError as error:  # most often a path that was given
            fail(of_system(error))
