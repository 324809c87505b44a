"""Where ingestion finds the district's configuration and where it lands what it reads."""

import os
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from ingestion.errors import SecretError


class IngestionSettings(BaseSettings):
    """Environment of the ingestion package; every variable is `STOCKTAKE_<FIELD>`."""

    model_config = SettingsConfigDict(env_prefix="STOCKTAKE_", env_file=".env", extra="ignore")

    data_dir: Path = Path("data")
    """Folder for everything the platform writes."""

    warehouse_file: Path | None = None
    """DuckDB file that the pipeline alone writes; its stem is the catalog name. Default: in `data_dir`."""

    district_file: Path | None = None
    """The one file that names the district and its sources. Default: the generated sample district's."""

    deliveries_dir: Path | None = None
    """Base of the relative `root` folders in the district file. Default: the district file's own folder."""

    @property
    def sample_dir(self) -> Path:
        """Folder of the generated sample district."""
        return self.data_dir / "sample_district"

    @property
    def resolved_warehouse_file(self) -> Path:
        """The warehouse file, with its default applied."""
        return self.warehouse_file or self.data_dir / "warehouse" / "district.duckdb"

    @property
    def resolved_district_file(self) -> Path:
        """The district file, with its default applied."""
        return self.district_file or self.sample_dir / "district.yml"

    @property
    def uses_sample_district(self) -> bool:
        """True when no district is configured, so that the sample is generated and used."""
        return self.district_file is None


class Secret(BaseModel):
    """Where a secret stands: an environment variable or a file. The district file never holds the secret itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    env: str | None = None
    file: Path | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.env is None) == (self.file is None):
            raise ValueError("name either the environment variable (env) or the file (file) that holds the secret")
        return self


def read_secret(secret: Secret, purpose: str) -> str:
    """The secret itself, without surrounding white space.

    Args:
        purpose: what it is for, in words, for the message; e.g. "the client secret of edfi".

    Raises:
        SecretError: the variable or file is missing or empty; the message names it and never its content.
    """
    if secret.env is not None:
        value = os.environ.get(secret.env, "")
        if not value.strip():
            raise SecretError(f"{purpose} is not set. Set the environment variable {secret.env} and run again.")
        return value.strip()
    path = Path(secret.file or "")
    try:
        value = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SecretError(
            f"{purpose} cannot be read from {path} ({error.strerror}). Put the secret there, readable by this user."
        ) from error
    if not value.strip():
        raise SecretError(f"{purpose} is empty in {path}. Put the secret there and run again.")
    return value.strip()
