"""Runs the refresh job once in this process, and tells a listener which step is at work."""

import shutil
import threading
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import dagster as dg
from dagster import DagsterEventType

from orchestration.settings import OrchestrationSettings

DAGSTER_YAML = Path(__file__).parent / "dagster.yaml"
POLL_SECONDS = 0.25


@dataclass(frozen=True)
class Progress:
    """One event of a run: a step started, ended or failed.

    Attributes:
        name: step name.
    """

    kind: Literal["start", "done", "failed"]
    name: str


@dataclass(frozen=True)
class RunOutcome:
    """How a run ended.

    Attributes:
        failures: step name -> first line of what went wrong, free of student data.
        checks: (passed, warned, failed) numbers of asset checks evaluated.
    """

    run_id: str
    success: bool
    failures: dict[str, str]
    checks: tuple[int, int, int]
    log_file: Path


def prepare_dagster_home(settings: OrchestrationSettings) -> Path:
    """Create Dagster's home with our instance settings, and return it."""
    home = settings.dagster_home
    home.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(DAGSTER_YAML, home / "dagster.yaml")
    return home


def run_refresh(settings: OrchestrationSettings, listener: Callable[[Progress], None]) -> RunOutcome:
    """Run the whole job once.

    Args:
        listener: called from another thread for each progress event.
    """
    home = prepare_dagster_home(settings)
    # Imported here because loading the definitions takes seconds, which `stocktake --help` should not.
    from orchestration.definitions import defs
    from orchestration.defs.jobs import JOB_NAME, all_school_years

    log_file = home / "last_run.log"
    with dg.DagsterInstance.from_config(str(home)) as instance, log_file.open("w") as log:
        job = defs.resolve_job_def(JOB_NAME)
        run_id = str(uuid.uuid4())
        with redirect_stdout(log), _watching(instance, run_id, listener):
            result = job.execute_in_process(
                instance=instance,
                run_id=run_id,
                tags=all_school_years(),
                raise_on_error=False,
                run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            )
        return RunOutcome(run_id, result.success, _failures(instance, run_id), _checks(instance, run_id), log_file)


class _watching(AbstractContextManager[None]):  # noqa: N801  (reads as a verb at the `with`)
    """Follows a run's events in a thread while the run goes on."""

    def __init__(self, instance: dg.DagsterInstance, run_id: str, listener: Callable[[Progress], None]) -> None:
        self._instance, self._run_id, self._listener = instance, run_id, listener
        self._cursor: str | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _follow(self) -> None:
        while not self._stop.wait(POLL_SECONDS):
            self._report_new_events()
        self._report_new_events()

    def _report_new_events(self) -> None:
        connection = self._instance.get_records_for_run(self._run_id, cursor=self._cursor)
        self._cursor = connection.cursor
        for record in connection.records:
            event = record.event_log_entry.dagster_event
            progress = _progress(event) if event else None
            if progress:
                self._listener(progress)


def _progress(event: dg.DagsterEvent) -> Progress | None:
    match event.event_type:
        case DagsterEventType.STEP_START:
            return Progress("start", event.step_key or "")
        case DagsterEventType.STEP_SUCCESS:
            return Progress("done", event.step_key or "")
        case DagsterEventType.STEP_FAILURE:
            return Progress("failed", event.step_key or "")
        case _:
            return None


def _failures(instance: dg.DagsterInstance, run_id: str) -> dict[str, str]:
    failures: dict[str, str] = {}
    for entry in instance.all_logs(run_id, of_type=DagsterEventType.STEP_FAILURE):
        event = entry.get_dagster_event()
        data = event.step_failure_data
        error = data.error
        while error is not None and error.cause is not None:
            error = error.cause
        message = (data.user_failure_data and data.user_failure_data.description) or (error and error.message)
        failures[event.step_key or ""] = (message or "").strip().split("\n")[0]
    return failures


def _checks(instance: dg.DagsterInstance, run_id: str) -> tuple[int, int, int]:
    passed = warned = failed = 0
    for entry in instance.all_logs(run_id, of_type=DagsterEventType.ASSET_CHECK_EVALUATION):
        evaluation = entry.get_dagster_event().asset_check_evaluation_data
        if evaluation.passed:
            passed += 1
        elif evaluation.severity == dg.AssetCheckSeverity.WARN:
            warned += 1
        else:
            failed += 1
    return passed, warned, failed
