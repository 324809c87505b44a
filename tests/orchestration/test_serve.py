"""`stocktake serve` starts several processes and one Ctrl-C stops them all."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

CHILD = """
import subprocess, sys, time
sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
open(sys.argv[1], "w").write(str(sleeper.pid))
time.sleep(60)
"""

DRIVER = f"""
import sys
from orchestration.serve import serve_together
child = [sys.executable, "-c", {CHILD!r}]
sys.exit(serve_together({{"one": [*child, sys.argv[1]], "two": [*child, sys.argv[2]]}}, {{}}, print))
"""


def wait_for(path: Path) -> int:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if path.exists() and path.read_text():
            return int(path.read_text())
        time.sleep(0.05)
    raise AssertionError(f"{path.name} did not appear")


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_one_interrupt_stops_every_process_and_its_children(tmp_path: Path) -> None:
    files = [tmp_path / "one", tmp_path / "two"]
    driver = subprocess.Popen([sys.executable, "-c", DRIVER, *map(str, files)])
    grandchildren = [wait_for(file) for file in files]
    assert all(is_alive(pid) for pid in grandchildren)

    os.kill(driver.pid, signal.SIGINT)

    assert driver.wait(30) == 0
    assert not any(is_alive(pid) for pid in grandchildren)


def test_when_one_process_ends_the_others_are_stopped(tmp_path: Path) -> None:
    script = """
import sys
from orchestration.serve import serve_together
quick = [sys.executable, "-c", "import sys; sys.exit(7)"]
slow = [sys.executable, "-c", "import time; time.sleep(60)"]
sys.exit(serve_together({"quick": quick, "slow": slow}, {}, lambda name, code: print(name, code)))
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30)
    assert ended.returncode == 7
    assert ended.stdout.strip() == "quick 7"
