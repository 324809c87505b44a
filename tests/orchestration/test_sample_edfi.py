"""`stocktake sample --serve-edfi`: the API answers with the credentials that the district file names."""

import os
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
import yaml
from typer.testing import CliRunner

from orchestration.cli import app


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(address: str, seconds: float = 90) -> httpx.Response:
    end = time.monotonic() + seconds
    while True:
        try:
            return httpx.get(address)
        except httpx.TransportError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


def test_serves_the_sample_district_until_one_interrupt(tmp_path: Path) -> None:
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "orchestration.cli",
        "sample",
        "--students",
        "100",
        "--schools",
        "3",
        "--years",
        "1",
    ]
    command += ["--serve-edfi", "--edfi-port", str(port), "--edfi-standard", "6", "--edfi-fault", "server-error"]
    environment = {**os.environ, "STOCKTAKE_DATA_DIR": str(tmp_path / "data")}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        base = f"http://127.0.0.1:{port}"
        urls = wait_for(base).json()["urls"]
        folder = tmp_path / "data" / "sample_district"
        district = yaml.safe_load((folder / "district_edfi.yml").read_text())
        connection = district["sources"]["edfi"]["connection"]
        assert connection["base_url"] == base
        assert not {"oneroster", "sis_files"} & set(district["sources"])
        vendors = district["sources"].get("assessment_files", {"layouts": []})
        assert {choice["layout"] for choice in vendors["layouts"]} <= {"college_board_ap", "wida_access"}
        assert set(district["sources"]["hr_files"]["deliveries"]) == {"positions"}
        key, secret = (Path(connection[name]["file"]) for name in ("client_id", "client_secret"))
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600
        assert secret.read_text().strip() not in (folder / "district_edfi.yml").read_text()
        grant = {"grant_type": "client_credentials"}
        answer = httpx.post(urls["oauth"], data=grant, auth=(key.read_text().strip(), secret.read_text().strip()))
        token = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        students = [httpx.get(f"{urls['dataManagementApi']}ed-fi/students", headers=token) for _ in range(2)]
        assert [page.status_code for page in students] == [500, 200]
        assert len(students[1].json()) == 25
    finally:
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert base in output
    assert "Traceback" not in output


@pytest.mark.parametrize("fault", ["earthquake", "html:often"])
def test_an_unknown_fault_is_refused_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setenv("STOCKTAKE_DATA_DIR", str(tmp_path / "data"))
    result = CliRunner().invoke(app, ["sample", "--serve-edfi", "--edfi-port", str(free_port()), "--edfi-fault", fault])
    assert result.exit_code == 2
    assert not (tmp_path / "data" / "sample_district").exists()
