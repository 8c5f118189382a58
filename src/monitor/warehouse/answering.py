"""Processes that answer on standard output."""

import os
import sys
from typing import TextIO


def answers_only() -> TextIO:
    """Standard output for this process's own answers, and nothing else: whatever is printed from now on goes nowhere.

    DuckDB shows the progress of a statement that takes seconds on standard output, terminal or not.
    """
    pipe = os.dup(sys.stdout.fileno())
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return os.fdopen(pipe, "w", encoding="utf-8")
