"""Where the pipeline keeps its work and on which ports it serves."""

import os
from datetime import date
from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from ingestion.settings import IngestionSettings
from quality.settings import QualitySettings

REPOSITORY = Path(__file__).resolve().parent.parent
DBT_PROJECT_DIR = REPOSITORY / "dbt_project"


class OrchestrationSettings(BaseSettings):
    """Environment of the orchestration package; every variable is `STOCKTAKE_<FIELD>`."""

    model_config = SettingsConfigDict(env_prefix="STOCKTAKE_", env_file=".env", extra="ignore")

    data_dir: Path = Path("data")
    """Folder for everything the platform writes."""

    webserver_port: int = 3000
    """Port of the Dagster UI."""

    first_school_year: int = 2020
    """Earliest school year (its spring) that yearly deliveries are partitioned by."""

    nightly_at: str = "0 4 * * *"
    """Cron expression of the nightly run, in the district's time zone."""

    scorecards_at: str = "0 6 * * 1"
    """Cron expression of the weekly scorecards, in the district's time zone."""

    smtp_url: SecretStr | None = None
    """Mail server of the alerts: smtp://user:password@host:587 (STARTTLS) or smtps://user:password@host:465."""

    mail_from: str = "stocktake@localhost"
    """Sender of the alerts."""

    dagster_url: str | None = None
    """Address at which people reach the Dagster UI, for the links in alerts. Default: this machine's."""

    @property
    def resolved_dagster_url(self) -> str:
        """The address of the Dagster UI, with its default applied."""
        return (self.dagster_url or f"http://127.0.0.1:{self.webserver_port}").rstrip("/")

    @property
    def dagster_home(self) -> Path:
        """Dagster's run history and logs."""
        return (self.data_dir / "dagster").resolve()

    @property
    def pipelines_dir(self) -> Path:
        """dlt's working folder."""
        return (self.data_dir / "dlt").resolve()

    @property
    def dbt_target_dir(self) -> Path:
        """What dbt writes while it runs."""
        return (self.data_dir / "dbt").resolve()

    def school_years(self, today: date) -> list[str]:
        """Partition keys: spring years from the first one to the one that `today` falls in."""
        current = today.year + (1 if today.month >= 7 else 0)
        return [str(year) for year in range(self.first_school_year, current + 1)]


def warehouse_file() -> Path:
    """The warehouse as an absolute path, also exported for dbt's profile, which reads it as a variable."""
    path = IngestionSettings().resolved_warehouse_file.resolve()
    os.environ["STOCKTAKE_WAREHOUSE_FILE"] = str(path)
    return path


def serving_dir() -> Path:
    """The folder of published snapshots as an absolute path."""
    return QualitySettings().resolved_serving_dir.resolve()


def waivers_file(ingestion: IngestionSettings) -> Path:
    """The list of waivers, which lies beside the district file and may not exist."""
    return ingestion.resolved_district_file.with_name("waivers.yml")


def people_file(ingestion: IngestionSettings) -> Path:
    """The list of people who are told about findings, which lies beside the district file and may not exist."""
    return ingestion.resolved_district_file.with_name("people.yml")
