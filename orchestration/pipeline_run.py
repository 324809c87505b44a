"""Runs a job once in this process, and tells a listener which step is at work."""

import uuid
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import dagster as dg
import yaml
from dagster import DagsterEventType

from orchestration.settings import OrchestrationSettings

DAGSTER_YAML = Path(__file__).parent / "dagster.yaml"


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
    instance_settings = yaml.safe_load(DAGSTER_YAML.read_text(encoding="utf-8"))
    # Dagster wants to know where, and knows no path relative to its home.
    instance_settings["event_log_storage"]["config"] = {"base_dir": str(_history(home))}
    (home / "dagster.yaml").write_text(yaml.safe_dump(instance_settings), encoding="utf-8")
    return home


def run_refresh(settings: OrchestrationSettings, listener: Callable[[Progress], None]) -> RunOutcome:
    """Run the whole job once.

    Args:
        listener: called for each progress event while the run waits.
    """
    # Imported here because loading the definitions takes seconds, which `stocktake --help` should not.
    from orchestration.defs.jobs import JOB_NAME, all_school_years

    return _run_job(settings, JOB_NAME, all_school_years(), listener)


def run_replay(settings: OrchestrationSettings, listener: Callable[[Progress], None]) -> RunOutcome:
    """Judge what has landed and build what follows from it once, without landing.

    Args:
        listener: called for each progress event while the run waits.
    """
    from orchestration.defs.jobs import REPLAY_JOB_NAME

    return _run_job(settings, REPLAY_JOB_NAME, {}, listener)


def _run_job(
    settings: OrchestrationSettings, job_name: str, tags: Mapping[str, str], listener: Callable[[Progress], None]
) -> RunOutcome:
    home = prepare_dagster_home(settings)
    from orchestration.definitions import defs

    log_file = home / "last_run.log"
    with dg.DagsterInstance.from_config(str(home)) as instance, log_file.open("w") as log:
        job = defs.resolve_job_def(job_name)
        run_id = str(uuid.uuid4())
        told = _Told(listener)
        instance.add_event_listener(run_id, told.hear)
        with redirect_stdout(log):
            result = job.execute_in_process(
                instance=instance,
                run_id=run_id,
                tags=dict(tags),
                raise_on_error=False,
                run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            )
        return RunOutcome(run_id, result.success, told.failures, told.checks, log_file)


def _history(home: Path) -> Path:
    return home.resolve() / "history"


@dataclass
class _Told:
    """What a run's events tell as they come."""

    listener: Callable[[Progress], None]
    failures: dict[str, str] = field(default_factory=dict)
    passed: int = 0
    warned: int = 0
    failed: int = 0

    @property
    def checks(self) -> tuple[int, int, int]:
        return self.passed, self.warned, self.failed

    def hear(self, entry: dg.EventLogEntry) -> None:
        event = entry.dagster_event
        if event is None:
            return
        step = event.step_key or ""
        match event.event_type:
            case DagsterEventType.STEP_START:
                self.listener(Progress("start", step))
            case DagsterEventType.STEP_SUCCESS:
                self.listener(Progress("done", step))
            case DagsterEventType.STEP_FAILURE:
                self.failures[step] = _what_went_wrong(event)
                self.listener(Progress("failed", step))
            case DagsterEventType.ASSET_CHECK_EVALUATION:
                evaluation = event.asset_check_evaluation_data
                if evaluation.passed:
                    self.passed += 1
                elif evaluation.severity == dg.AssetCheckSeverity.WARN:
                    self.warned += 1
                else:
                    self.failed += 1


def _what_went_wrong(event: dg.DagsterEvent) -> str:
    data = event.step_failure_data
    error = data.error
    while error is not None and error.cause is not None:
        error = error.cause
    message = (data.user_failure_data and data.user_failure_data.description) or (error and error.message)
    return (message or "").strip().split("\n")[0]
