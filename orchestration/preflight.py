"""Checks before work starts: each failure is one sentence that says what is wrong and what to do."""

import os
import shutil
import socket
import sys
from pathlib import Path

MINIMUM_PYTHON = (3, 11)
MINIMUM_FREE_BYTES = 1 << 30


class PreflightError(Exception):
    """Something outside the platform is in the way; the message is the sentence to show."""


def check_python(version: tuple[int, int]) -> None:
    """Raise PreflightError when the interpreter is too old."""
    if version < MINIMUM_PYTHON:
        raise PreflightError(
            f"Stocktake needs Python 3.11 or newer and this is {version[0]}.{version[1]}; "
            "install a newer one and run `make clean setup PYTHON=/path/to/it`."
        )


def check_writable(folder: Path) -> None:
    """Create the folder and write in it, or raise PreflightError naming the folder."""
    probe = folder / ".write-test"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise PreflightError(
            f"Stocktake cannot write to {folder} ({error.strerror}); "
            "free the disk or set STOCKTAKE_DATA_DIR to a folder where you may write."
        ) from error


def check_space(folder: Path) -> None:
    """Raise PreflightError when less than a gigabyte is free where the data goes."""
    free = shutil.disk_usage(folder).free
    if free < MINIMUM_FREE_BYTES:
        raise PreflightError(
            f"Only {free >> 20} MB are free in {folder} and the platform needs 1024; "
            "free some space or set STOCKTAKE_DATA_DIR to another disk."
        )


def check_port(host: str, port: int, setting: str) -> None:
    """Raise PreflightError when the port cannot be listened on.

    Args:
        setting: environment variable that changes the port, named as the remedy.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if os.name == "posix":
            # As servers do: a port in TIME_WAIT is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PreflightError(
                f"Port {port} on {host} is taken ({error.strerror}); stop what uses it or set {setting} to a free port."
            ) from error


def check_machine(data_dir: Path) -> None:
    """All checks that every command needs."""
    check_python(sys.version_info[:2])
    check_writable(data_dir)
    check_space(data_dir)
