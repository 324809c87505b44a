"""What can go wrong between us and a district's database."""

from ingestion.errors import IngestionError


class DatabaseReadError(IngestionError):
    """The database did not answer, refused to, or holds a table that cannot be read as asked."""
