"""Processes of their own for tests, forked from one that has loaded the libraries: a start imports nothing.

What is forked begins as a fresh interpreter would, but for its imports: no engine, no app, no test is in it.
"""

from __future__ import annotations

import multiprocessing
import os
import runpy
import sys
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.loaded"])


def start(function: Callable[..., Any], *given: Any) -> BaseProcess:
    """Start a process that calls a module's function; it ends with this one at the latest."""
    process = _FORKS.Process(target=function, args=given, daemon=True)
    process.start()
    return process


def start_module(module: str, arguments: Sequence[str], env: Mapping[str, str], log: Path) -> BaseProcess:
    """Start what ``python -m module arguments`` would be; what it says is added to `log`."""
    return start(_become, module, arguments, env, log)


def _become(module: str, arguments: Sequence[str], env: Mapping[str, str], log: Path) -> None:
    os.environ.update(env)
    with log.open("ab") as out:
        os.dup2(out.fileno(), 1)
        os.dup2(out.fileno(), 2)
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
