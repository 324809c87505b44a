"""Publishing: immutable snapshots, one step of the pointer, and nothing lost when a run dies."""

import hashlib
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

import quality.snapshots as snapshots_module
from quality.errors import SnapshotError
from quality.published_files import Pointer, read_pointer, read_status, write_published
from quality.snapshots import DistrictInfo, PublishResult, prune_snapshots, publish_snapshot, record_attempt
from quality.validation import OpenIssues, Reason, Validation

NOW = datetime(2026, 6, 6, 4, tzinfo=UTC)
DISTRICT = DistrictInfo(id="d", name="D", timezone="UTC")
REASON = Reason(rule_id="AT-11", title="t", source_table="s", rows_failed=9, reason="r", fix="f")


def validation(metric: str, *held_by: Reason) -> Validation:
    return Validation(metric=metric, state="raw" if held_by else "validated", held_by=held_by, open_issues=OpenIssues())


class Publisher:
    """A warehouse with one mart whose figure is set before each publication."""

    def __init__(self, folder: Path) -> None:
        self.serving = folder / "serving"
        self.manifest = folder / "semantic_manifest.json"
        self.manifest.write_text("{}")
        self.connection = duckdb.connect(str(folder / "district.duckdb"))
        self.connection.execute("create schema marts")
        self.figure(1)

    def figure(self, value: int, kind: str = "bigint") -> None:
        self.connection.execute(
            f"create or replace table marts.mart_student_year_by_scope as "
            "select 2026 as school_year, 'district' as scope, 'district' as school, '05' as grade_level, "
            f"{value}::{kind} as figure"
        )

    def publish(self, *validations: Validation, minutes: int = 0, kept: int = 10) -> PublishResult:
        return publish_snapshot(
            self.connection,
            serving_dir=self.serving,
            validations={c.metric: c for c in validations or (validation("a"), validation("b"))},
            semantic_manifest=self.manifest,
            run_id=f"run{minutes}",
            now=NOW + timedelta(minutes=minutes),
            district=DISTRICT,
            freshness=[],
            balances=[],
            snapshots_kept=kept,
        )

    def pointer(self) -> Pointer:
        pointer = read_pointer(self.serving)
        assert pointer is not None
        return pointer

    def served(self, metric: str) -> int:
        snapshot = self.pointer().metrics[metric].snapshot_id
        assert snapshot is not None
        path = self.serving / "snapshots" / snapshot / "district.duckdb"
        with duckdb.connect(str(path), read_only=True) as connection:
            row = connection.execute("select figure from marts.mart_student_year_by_scope").fetchone()
        assert row is not None
        return int(row[0])


@pytest.fixture
def publisher(tmp_path: Path) -> Publisher:
    return Publisher(tmp_path)


def test_a_snapshot_is_complete_and_describes_itself(publisher: Publisher) -> None:
    result = publisher.publish()
    assert result.outcome == "published"
    folder = publisher.serving / "snapshots" / str(result.snapshot_id)
    facts = json.loads((folder / "snapshot.json").read_text())
    assert facts["school_years"] == [2026]
    assert facts["tables"] == {"mart_student_year_by_scope": 1}
    parquet = folder / "parquet" / "mart_student_year_by_scope.parquet"
    assert duckdb.sql(f"select figure from '{parquet}'").fetchall() == [(1,)]
    for name, digest in facts["files"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


def test_a_held_metric_stays_where_it_last_passed_and_the_others_move_on(publisher: Publisher) -> None:
    first = publisher.publish().snapshot_id
    publisher.figure(2)
    result = publisher.publish(validation("a"), validation("b", REASON), minutes=1)

    assert result.outcome == "published_with_holds"
    assert (publisher.served("a"), publisher.served("b")) == (2, 1)
    held = publisher.pointer().metrics["b"]
    assert held.snapshot_id == first
    assert held.held is not None
    assert held.held.reasons == (REASON,)

    publisher.figure(3)
    publisher.publish(validation("a"), validation("b", REASON), minutes=2)
    still = publisher.pointer().metrics["b"].held
    assert still is not None
    assert still.since == NOW + timedelta(minutes=1)

    publisher.publish(minutes=3)
    assert (publisher.served("a"), publisher.served("b")) == (3, 3)
    assert publisher.pointer().metrics["b"].held is None


def test_nothing_is_published_when_everything_is_held(publisher: Publisher) -> None:
    publisher.publish()
    before = publisher.pointer()
    result = publisher.publish(validation("a", REASON), validation("b", REASON), minutes=1)
    assert result.snapshot_id is None
    after = publisher.pointer()
    assert after.snapshot_id == before.snapshot_id
    assert [served.snapshot_id for served in after.metrics.values()] == [before.snapshot_id] * 2
    assert all(served.held is not None for served in after.metrics.values())
    assert publisher.served("a") == 1
    status = read_status(publisher.serving)
    assert status is not None
    assert status.outcome == "held"
    assert status.reasons[0].metrics == ("a", "b")


def test_a_metric_that_never_passed_has_no_snapshot(publisher: Publisher) -> None:
    publisher.publish(validation("a"), validation("b", REASON))
    assert publisher.pointer().metrics["b"].snapshot_id is None
    assert publisher.pointer().metrics["b"].state == "raw"


def test_pruning_keeps_the_newest_and_every_snapshot_in_use(publisher: Publisher) -> None:
    first = publisher.publish().snapshot_id
    for minute in range(1, 5):
        publisher.publish(validation("a"), validation("b", REASON), minutes=minute, kept=2)
    left = sorted(folder.name for folder in (publisher.serving / "snapshots").iterdir())
    assert len(left) == 3
    assert first in left
    publisher.publish(minutes=9, kept=1)
    assert prune_snapshots(publisher.serving, 1) == ()
    assert [folder.name for folder in (publisher.serving / "snapshots").iterdir()] == [publisher.pointer().snapshot_id]


def test_counts_that_bi_tools_would_round_are_refused(publisher: Publisher) -> None:
    publisher.publish()
    before = publisher.pointer()
    publisher.figure(2, kind="hugeint")
    with pytest.raises(SnapshotError, match=r"mart_student_year_by_scope\.figure"):
        publisher.publish(minutes=1)
    assert publisher.pointer() == before


STEPS: tuple[str, ...] = (
    "_copy_marts", "_copy_manifest", "_school_years", "_write_facts", "_move_into_place", "_next_pointer",
    "_swap_pointer",
)  # fmt: skip


@pytest.mark.parametrize("step", STEPS)
def test_a_failure_at_any_step_leaves_the_served_snapshot(
    publisher: Publisher, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher.publish()
    before = publisher.pointer()
    publisher.figure(2)

    def fail(*_: object, **__: object) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(snapshots_module, step, fail)
        with pytest.raises(OSError, match="disk full"):
            publisher.publish(minutes=1)
    assert publisher.pointer() == before
    assert publisher.served("a") == 1

    publisher.publish(minutes=2)
    assert publisher.served("a") == 2
    assert not list((publisher.serving / "snapshots").glob(".building-*"))


KILLED = """
import sys, time
from pathlib import Path
import quality.snapshots as module
from tests.quality.test_snapshots import Publisher
folder, step = Path(sys.argv[1]), sys.argv[2]
publisher = Publisher(folder)
def stop(*_, **__):
    (folder / "reached").write_text("")
    time.sleep(60)
setattr(module, step, stop)
publisher.figure(2)
publisher.publish(minutes=1)
"""


@pytest.mark.parametrize("step", ["_copy_marts", "_move_into_place", "_swap_pointer"])
def test_a_process_killed_while_it_publishes_harms_nothing(tmp_path: Path, step: str) -> None:
    publisher = Publisher(tmp_path)
    publisher.publish()
    publisher.connection.close()
    before = read_pointer(publisher.serving)
    (tmp_path / "district.duckdb").unlink()

    root = Path(__file__).resolve().parents[2]
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path), step], cwd=root)
    wait_until(lambda: (tmp_path / "reached").exists())
    process.send_signal(signal.SIGKILL)
    process.wait()

    assert read_pointer(publisher.serving) == before
    (tmp_path / "district.duckdb").unlink()
    after = Publisher(tmp_path)
    after.figure(3)
    after.publish(minutes=2)
    assert after.served("a") == 3


def test_readers_never_see_a_part_of_the_pointer(publisher: Publisher) -> None:
    publisher.publish()
    path = publisher.serving / "current.json"
    pointers = [publisher.pointer().model_copy(update={"snapshot_id": letter * 20_000}) for letter in "ab"]
    write_published(path, pointers[0])
    stop = threading.Event()
    seen: set[str] = set()

    def read() -> None:
        while not stop.is_set():
            seen.add(json.loads(path.read_bytes())["snapshot_id"])

    reader = threading.Thread(target=read)
    reader.start()
    for turn in range(200):
        write_published(path, pointers[turn % 2])
    stop.set()
    reader.join()
    assert seen <= {"a" * 20_000, "b" * 20_000}
    assert reader.is_alive() is False


def test_an_attempt_is_recorded_beside_the_pointer(publisher: Publisher) -> None:
    publisher.publish()
    before = publisher.pointer()
    record_attempt(publisher.serving, run_id="r2", now=NOW, outcome="failed")
    status = read_status(publisher.serving)
    assert status is not None
    assert (status.outcome, status.run_id, status.snapshot_id) == ("failed", "r2", None)
    assert publisher.pointer() == before


def test_a_damaged_pointer_is_named_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "current.json").write_text("{}")
    with pytest.raises(SnapshotError, match=r"current\.json.*stocktake run"):
        read_pointer(tmp_path)


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
