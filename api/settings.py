"""Where the API finds the published snapshots, where it listens, and the limits of one answer."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class ApiSettings(BaseSettings):
    """Environment of the API package; every variable is `STOCKTAKE_<FIELD>`."""

    model_config = SettingsConfigDict(env_prefix="STOCKTAKE_", env_file=".env", extra="ignore", frozen=True)

    data_dir: Path = Path("data")
    """Folder for everything the platform writes."""

    serving_dir: Path | None = None
    """Folder of the published snapshots and of the pointer to the current one. Default: in `data_dir`."""

    api_host: str = "127.0.0.1"
    """Address to listen on."""

    api_port: int = Field(default=8000, ge=1, le=65535)
    """Port to listen on."""

    api_allowed_origins: Annotated[tuple[str, ...], NoDecode] = ()
    """Web origins whose pages may call the API from a browser, comma separated. Default: none."""

    minimum_n: int = Field(default=10, ge=1)
    """Figures on fewer students are suppressed. A metric may ask for more students, never for fewer."""

    api_max_rows: int = Field(default=50_000, ge=1)
    """Most rows in one answer."""

    api_query_threads: int = Field(default=2, ge=1)
    """DuckDB threads of each open snapshot."""

    api_query_memory: str = "1GB"
    """DuckDB memory limit of each open snapshot."""

    @property
    def resolved_serving_dir(self) -> Path:
        """The serving folder, with its default applied."""
        return self.serving_dir or self.data_dir / "serving"

    @field_validator("api_allowed_origins", mode="before")
    @classmethod
    def _split_origins(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(origin.strip() for origin in value.split(",") if origin.strip())
        return value
