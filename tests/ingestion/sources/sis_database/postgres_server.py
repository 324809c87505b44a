"""A private PostgreSQL server for tests: a real one, on a free loopback port, gone when the tests are."""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg


def missing() -> str | None:
    """Why no server can be started here, or None."""
    if _program("initdb") is None or _program("postgres") is None:
        return "PostgreSQL is not installed (initdb and postgres)"
    if os.getuid() == 0 and _account() is None:
        return "PostgreSQL refuses to run as root, and there is no other account to run it as"
    return None


class PostgresServer:
    """Started on entry, stopped on exit; `port` and `password` lead to its superuser `tester`."""

    def __init__(self) -> None:
        self.password = secrets.token_hex(8)
        self.port = _free_port()

    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="stocktake-postgres-", dir="/tmp"))
        password_file = self._folder / "password"
        password_file.write_text(self.password)
        account = _account() if os.getuid() == 0 else None
        self._identity: dict[str, Any] = {}
        if account is not None:
            # The server refuses to run as root.
            self._identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
            for path in (self._folder, password_file):
                os.chown(path, account.pw_uid, account.pw_gid)
        data = self._folder / "data"
        self._call("initdb", "-D", data, "-U", "tester", "-A", "scram-sha-256", f"--pwfile={password_file}",
                   "-E", "UTF8", "--no-sync")  # fmt: skip
        options = {"listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": "", "fsync": "off"}
        self._server = subprocess.Popen(
            [_program("postgres"), "-D", data, *(f"--{name}={value}" for name, value in options.items())],
            cwd=self._folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **self._identity,
        )  # fmt: skip
        self._wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # The fast shutdown: it does not wait for clients.
        self._server.send_signal(signal.SIGINT)
        self._server.wait(30)
        shutil.rmtree(self._folder, ignore_errors=True)

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user="tester", password=self.password, dbname=database, autocommit=True
        )

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://tester:{self.password}@127.0.0.1:{self.port}/{database}"

    def _call(self, program: str, *arguments: object) -> None:
        subprocess.run(
            [str(_program(program)), *map(str, arguments)],
            cwd=self._folder, check=True, capture_output=True, **self._identity,
        )  # fmt: skip

    def _wait(self) -> None:
        for _ in range(300):
            try:
                self.connect().close()
                return
            except psycopg.OperationalError:
                assert self._server.poll() is None, "the server ended while it started"
                time.sleep(0.1)
        raise AssertionError("the server did not start within 30 seconds")


def _program(name: str) -> str | None:
    found = shutil.which(name)
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(installed[-1]) if installed else found


def _account() -> pwd.struct_passwd | None:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
