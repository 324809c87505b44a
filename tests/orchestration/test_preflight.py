"""What stands in the way is said in one sentence with its remedy."""

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.preflight import PreflightError, check_port, check_python, check_writable

ROOT = Path(__file__).resolve().parents[2]


def test_an_old_python_is_refused() -> None:
    with pytest.raises(PreflightError, match=r"needs Python 3\.11 or newer and this is 3\.9"):
        check_python((3, 9))
    check_python((3, 11))


def test_a_taken_port_names_the_port_and_the_setting() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PreflightError, match=f"Port {port} .* is taken.*STOCKTAKE_API_PORT"):
            check_port("127.0.0.1", port, "STOCKTAKE_API_PORT")
    check_port("127.0.0.1", port, "STOCKTAKE_API_PORT")


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    in_the_way = tmp_path / "data"
    in_the_way.write_text("a file where the folder should be")
    with pytest.raises(PreflightError, match=r"cannot write to .*data.*STOCKTAKE_DATA_DIR"):
        check_writable(in_the_way)


def make_setup(folder: Path, python: str) -> subprocess.CompletedProcess[str]:
    """`make setup` as a user runs it, also when the tests themselves were started by make."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(
        ["make", f"PYTHON={python}", "setup"], cwd=folder, capture_output=True, text=True, env=environment
    )


def test_make_refuses_a_folder_where_it_cannot_write_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / ".venv").write_text("a file where the folder should be, as nothing else stops a superuser")
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        (tmp_path / name).write_text((ROOT / name).read_text())

    made = make_setup(tmp_path, sys.executable)

    assert made.returncode != 0
    said = [line for line in made.stdout.splitlines() if line.strip()]
    assert len(said) == 1
    assert said[0].startswith(f"Stocktake cannot write to {tmp_path}")


def test_make_refuses_an_old_python_in_one_sentence(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text('#!/bin/sh\ncase "$1" in -V) echo "Python 3.8.10";; *) exit 1;; esac\n')
    old.chmod(old.stat().st_mode | stat.S_IEXEC)
    (tmp_path / "Makefile").write_text((ROOT / "Makefile").read_text())
    for name in ("requirements.lock", "pyproject.toml"):
        (tmp_path / name).write_text("")

    made = make_setup(tmp_path, str(old))

    assert made.returncode != 0
    said = [line for line in made.stdout.splitlines() if line.strip()]
    assert len(said) == 1
    assert said[0].startswith("Stocktake needs Python 3.11 or newer")
    assert "Python 3.8.10" in said[0]
