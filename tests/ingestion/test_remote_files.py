"""File drops on other machines: a real SFTP server and a real S3 API on loopback."""

import gzip
import socket
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import duckdb
import pytest
import yaml
from moto.server import ThreadedMotoServer

from ingestion.district import District, read_district
from ingestion.errors import IngestionError, SecretError, SourceUnreachableError
from ingestion.landing import land
from tests.ingestion.sftp_server import PASSWORD, USER, SftpServer

HEADER = "attendance_id,student_id,school_id,attendance_date,attendance_code,day_fraction,period\n"
ONE_ROW = HEADER + "1,s1,a,2025-01-06,UNX,1,\n"


def district(folder: Path, root: str, connection: dict[str, Any], pattern: str = "*.csv*") -> District:
    path = folder / "district.yml"
    delivery = {"files": [pattern], "constants": {"record_basis": "exceptions"}}
    source = {"root": root, "connection": connection, "deliveries": {"attendance": [delivery]}}
    path.write_text(yaml.safe_dump({"district": {"id": "d", "name": "D"}, "sources": {"sis_files": source}}))
    return read_district(path)


def landed(folder: Path, configured: District) -> list[tuple[object, ...]]:
    land("sis_files", configured, folder / "w" / "district.duckdb", folder / "dlt")
    return rows(folder)


def rows(folder: Path) -> list[tuple[object, ...]]:
    with duckdb.connect(str(folder / "w" / "district.duckdb"), read_only=True) as connection:
        return connection.execute("select attendance_id, _row_id from raw.sis_files__attendance order by 2").fetchall()


def refusal(folder: Path, configured: District) -> str:
    with pytest.raises(Exception) as raised:
        land("sis_files", configured, folder / "w" / "district.duckdb", folder / "dlt")
    error: BaseException | None = raised.value
    while error is not None and not isinstance(error, IngestionError):
        error = error.__cause__ or error.__context__
    assert isinstance(error, SourceUnreachableError | SecretError)
    assert PASSWORD not in str(error)
    return str(error)


class Drop:
    """An SFTP server, the folder it serves, and the login for it."""

    def __init__(self, server: SftpServer, folder: Path) -> None:
        self.server = server
        self.files = server.root / "drop"
        self.root = f"sftp://127.0.0.1:{server.port}/drop"
        (folder / "password").write_text(PASSWORD + "\n")
        self.login: dict[str, Any] = {
            "username": USER,
            "password": {"file": str(folder / "password")},
            "known_hosts": str(server.known_hosts(folder)),
            "timeout_seconds": 10,
        }


@pytest.fixture
def drop(tmp_path: Path) -> Iterator[Drop]:
    served = tmp_path / "served"
    (served / "drop" / "2025").mkdir(parents=True)
    with SftpServer(served) as server:
        yield Drop(server, tmp_path)


def test_files_of_an_sftp_drop_land_like_those_of_a_folder(tmp_path: Path, drop: Drop) -> None:
    (drop.files / "2025" / "a.csv").write_text(ONE_ROW)
    (drop.files / "b.csv.gz").write_bytes(gzip.compress(ONE_ROW.replace("1,s1", "2,s2").encode()))
    expected = [("1", "2025/a.csv#2"), ("2", "b.csv.gz#2")]
    assert landed(tmp_path, district(tmp_path, drop.root, drop.login)) == expected

    by_fingerprint = {**drop.login, "known_hosts": str(tmp_path / "none"), "host_fingerprint": drop.server.fingerprint}
    assert landed(tmp_path, district(tmp_path, drop.root, by_fingerprint)) == expected


def test_an_archive_on_the_server_is_read_in_place(tmp_path: Path, drop: Drop) -> None:
    with zipfile.ZipFile(drop.files / "out.zip", "w") as archive:
        archive.writestr("sis/a.csv", ONE_ROW)
    assert landed(tmp_path, district(tmp_path, f"{drop.root}/out.zip", drop.login)) == [("1", "sis/a.csv#2")]
    below = district(tmp_path, drop.root, drop.login, "out.zip/sis/*.csv")
    assert ("1", "out.zip/sis/a.csv#2") in landed(tmp_path, below)


def test_an_unknown_server_key_is_refused_before_any_login(tmp_path: Path, drop: Drop) -> None:
    (drop.files / "a.csv").write_text(ONE_ROW)
    unknown = {**drop.login, "known_hosts": str(tmp_path / "none")}
    assert "key is not the one that this machine knows" in refusal(tmp_path, district(tmp_path, drop.root, unknown))
    other = {**unknown, "host_fingerprint": "SHA256:" + "A" * 43}
    assert "key is not the one that this machine knows" in refusal(tmp_path, district(tmp_path, drop.root, other))
    with SftpServer(tmp_path) as impostor:
        changed = Path(drop.login["known_hosts"])
        changed.write_text(
            impostor.known_hosts(tmp_path).read_text().replace(str(impostor.port), str(drop.server.port))
        )
    assert "another key than known_hosts has" in refusal(tmp_path, district(tmp_path, drop.root, drop.login))
    assert drop.server.logins == 0


def test_an_expired_or_missing_password_says_where_to_renew_it(
    tmp_path: Path, drop: Drop, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "password").write_text("expired")
    message = refusal(tmp_path, district(tmp_path, drop.root, drop.login))
    assert drop.root in message and "login was refused" in message and "renew it" in message
    monkeypatch.delenv("SIS_DROP_PASSWORD", raising=False)
    unset = {**drop.login, "password": {"env": "SIS_DROP_PASSWORD"}}
    assert "SIS_DROP_PASSWORD" in refusal(tmp_path, district(tmp_path, drop.root, unset))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_connection_cut_in_mid_file_lands_nothing_and_keeps_what_was_there(tmp_path: Path, drop: Drop) -> None:
    (drop.files / "a.csv").write_text(ONE_ROW)
    configured = district(tmp_path, drop.root, drop.login)
    before = landed(tmp_path, configured)
    many = "".join(f"{n},s{n},a,2025-01-06,UNX,1,\n" for n in range(200_000))
    (drop.files / "a.csv").write_text(HEADER + many)
    drop.server.cut_after = 1 << 20
    assert "reading a.csv failed" in refusal(tmp_path, configured)
    assert rows(tmp_path) == before
    drop.server.cut_after = None
    assert len(landed(tmp_path, configured)) == 200_000


def test_a_server_that_does_not_answer_is_given_up_in_time(tmp_path: Path, drop: Drop) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        root = f"sftp://127.0.0.1:{silent.getsockname()[1]}/drop"
        connection = {**drop.login, "timeout_seconds": 0.5}
        done = threading.Event()
        messages: list[str] = []

        def read() -> None:
            messages.append(refusal(tmp_path, district(tmp_path, root, connection)))
            done.set()

        threading.Thread(target=read, daemon=True).start()
        assert done.wait(60)
    assert root in messages[0]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path, drop: Drop) -> None:
    message = refusal(tmp_path, district(tmp_path, drop.root.replace("drop", "none"), drop.login))
    assert "sftp://" in message and "Check `root`" in message


@pytest.fixture
def store() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def bucket(endpoint: str) -> Any:
    client = boto3.client(
        "s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="k", aws_secret_access_key="s"
    )
    client.create_bucket(Bucket="district")
    return client


def s3_login(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setenv("DROP_KEY_ID", "k")
    monkeypatch.setenv("DROP_SECRET", "s")
    return {
        "endpoint_url": endpoint,
        "region": "us-east-1",
        "access_key_id": {"env": "DROP_KEY_ID"},
        "secret_access_key": {"env": "DROP_SECRET"},
        "timeout_seconds": 5,
    }


def test_objects_below_a_prefix_land_like_files_of_a_folder(
    tmp_path: Path, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = bucket(store)
    client.put_object(Bucket="district", Key="in/sis/2025/a.csv", Body=ONE_ROW.encode())
    client.put_object(Bucket="district", Key="in/other/b.csv", Body=b"<html>")
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        archive.writestr("c.csv", ONE_ROW.replace("1,s1", "3,s3"))
    client.put_object(Bucket="district", Key="in/sis/c.zip", Body=(tmp_path / "c.zip").read_bytes())
    login = s3_login(store, monkeypatch)
    assert landed(tmp_path, district(tmp_path, "s3://district/in/sis", login)) == [("1", "2025/a.csv#2")]
    inside = district(tmp_path, "s3://district/in/sis", login, "*.zip/*.csv")
    assert ("3", "c.zip/c.csv#2") in landed(tmp_path, inside)


def test_a_wrong_bucket_or_key_says_what_to_do(tmp_path: Path, store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket(store)
    login = s3_login(store, monkeypatch)
    message = refusal(tmp_path, district(tmp_path, "s3://elsewhere/in", login))
    assert "s3://elsewhere/in" in message and "Check `root`" in message
    gone = {**login, "endpoint_url": "http://127.0.0.1:9"}
    assert "Check the address" in refusal(tmp_path, district(tmp_path, "s3://district/in", gone))
    monkeypatch.delenv("DROP_SECRET")
    assert "DROP_SECRET" in refusal(tmp_path, district(tmp_path, "s3://district/in", login))
