"""What can go wrong with an Ed-Fi API. No message repeats a response's body, an address' query or a secret."""

from ingestion.errors import IngestionError


class EdfiApiError(IngestionError):
    """The API cannot be reached, refuses the client, or answers with something other than what was asked."""
