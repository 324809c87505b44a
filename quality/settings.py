"""Where published snapshots go and how many are kept."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class QualitySettings(BaseSettings):
    """Environment of the quality package; every variable is `STOCKTAKE_<FIELD>`."""

    model_config = SettingsConfigDict(env_prefix="STOCKTAKE_", env_file=".env", extra="ignore")

    data_dir: Path = Path("data")
    """Folder for everything the platform writes."""

    serving_dir: Path | None = None
    """Folder of the published snapshots and of the pointer to the current one. Default: in `data_dir`."""

    snapshots_kept: int = Field(default=10, ge=1)
    """Newest snapshots that pruning leaves; those the pointer names stay in any case."""

    @property
    def resolved_serving_dir(self) -> Path:
        """The serving folder, with its default applied."""
        return self.serving_dir or self.data_dir / "serving"
