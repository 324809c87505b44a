"""Runs the Dagster UI and the metrics API side by side until one Ctrl-C stops both."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from types import FrameType

STOP_SECONDS = 15.0
POLL_SECONDS = 0.3


def serve_together(
    commands: Mapping[str, list[str]],
    environment: Mapping[str, str],
    on_exit: Callable[[str, int], None],
) -> int:
    """Start every command, wait, and stop all when one ends or a stop is asked for.

    Args:
        commands: name -> argument list.
        environment: added to each process's environment.
        on_exit: called with name and exit code when a process ends by itself.

    Returns:
        0 after a requested stop, else the exit code of the process that ended first.
    """
    stopping = False

    def stop(_signal: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    previous = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    # Own sessions, so that Ctrl-C reaches this process alone and each tree is stopped once, in order.
    processes = {
        name: subprocess.Popen(command, env={**os.environ, **environment}, start_new_session=True)  # noqa: S603
        for name, command in commands.items()
    }
    try:
        while not stopping:
            for name, process in processes.items():
                code = process.poll()
                if code is not None:
                    on_exit(name, code)
                    return code or 1
            time.sleep(POLL_SECONDS)
        return 0
    finally:
        for process in processes.values():
            _signal_tree(process, signal.SIGINT)
        deadline = time.monotonic() + STOP_SECONDS
        for process in processes.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, deadline - time.monotonic()))
            _signal_tree(process, signal.SIGKILL)
        for number, handler in previous.items():
            signal.signal(number, handler)


def _signal_tree(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):
        return


def dagster_command(port: int) -> list[str]:
    """The Dagster webserver and daemon with our code location."""
    return [
        sys.executable, "-m", "dagster", "dev", "--module-name", "orchestration.definitions",
        "--host", "127.0.0.1", "--port", str(port), "--log-level", "warning",
    ]  # fmt: skip


def api_command() -> list[str]:
    """The metrics API, which reads its own settings."""
    return [sys.executable, "-m", "api"]
