"""Where ingestion finds the district's configuration and where it lands what it reads."""

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


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
