"""A real SFTP server on loopback that serves one folder, read only."""

import os
import socket
import threading
from pathlib import Path
from typing import Self

import paramiko

USER = "district"
PASSWORD = "correct horse"


class SftpServer:
    """Accepts connections on a free port until it is closed.

    Attributes:
        cut_after: bytes of a file after which the connection is cut; None to serve whole files.
        logins: how many were tried.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.host_key = paramiko.RSAKey.generate(2048)
        self.cut_after: int | None = None
        self.logins = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._transports: list[paramiko.Transport] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        for transport in self._transports:
            transport.close()

    @property
    def fingerprint(self) -> str:
        """As `ssh-keygen -lf` shows it."""
        return self.host_key.fingerprint

    def known_hosts(self, folder: Path) -> Path:
        """A known_hosts file with this server's key."""
        path = folder / "known_hosts"
        path.write_text(f"[127.0.0.1]:{self.port} {self.host_key.get_name()} {self.host_key.get_base64()}\n")
        return path

    def cut(self) -> None:
        """Drop every connection."""
        for transport in self._transports:
            transport.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            transport = paramiko.Transport(connection)
            transport.add_server_key(self.host_key)
            transport.set_subsystem_handler("sftp", paramiko.SFTPServer, _Files)
            self._transports.append(transport)
            transport.start_server(server=_Login(self))


class _Login(paramiko.ServerInterface):
    def __init__(self, server: SftpServer) -> None:
        self.sftp = server

    def get_allowed_auths(self, username: str) -> str:
        return "password"

    def check_auth_password(self, username: str, password: str) -> int:
        self.sftp.logins += 1
        return paramiko.AUTH_SUCCESSFUL if (username, password) == (USER, PASSWORD) else paramiko.AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.OPEN_SUCCEEDED


class _Handle(paramiko.SFTPHandle):
    def __init__(self, path: Path, server: SftpServer) -> None:
        super().__init__(os.O_RDONLY)
        self.readfile = path.open("rb")
        self._server = server

    def read(self, offset: int, length: int) -> bytes | int:
        if self._server.cut_after is not None and offset >= self._server.cut_after:
            self._server.cut()
            return paramiko.SFTP_FAILURE
        return super().read(offset, length)

    def stat(self) -> paramiko.SFTPAttributes | int:
        return paramiko.SFTPAttributes.from_stat(os.fstat(self.readfile.fileno()))


class _Files(paramiko.SFTPServerInterface):
    def __init__(self, login: _Login, *arguments: object) -> None:
        super().__init__(login)
        self._server = login.sftp

    def _path(self, path: str) -> Path:
        return self._server.root / self.canonicalize(path).lstrip("/")

    def list_folder(self, path: str) -> list[paramiko.SFTPAttributes] | int:
        try:
            return [paramiko.SFTPAttributes.from_stat(entry.stat(), entry.name) for entry in self._path(path).iterdir()]
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)

    def stat(self, path: str) -> paramiko.SFTPAttributes | int:
        try:
            return paramiko.SFTPAttributes.from_stat(self._path(path).stat())
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)

    lstat = stat

    def open(self, path: str, flags: int, attr: paramiko.SFTPAttributes) -> paramiko.SFTPHandle | int:
        try:
            return _Handle(self._path(path), self._server)
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)
