"""Errors of ingestion. Each message names what is wrong, where, and the remedy, and never a student."""


class IngestionError(Exception):
    """Base of every error that a delivery or its configuration can cause."""


class DistrictFileError(IngestionError):
    """The district file is missing, unreadable or names something that does not exist."""


class SourceFormatError(IngestionError):
    """A delivered file cannot be read as what the layout says it is."""


class SecretError(IngestionError):
    """A secret that a source needs is missing, empty or unreadable."""


class SourceUnreachableError(IngestionError):
    """A file drop or store cannot be reached, refuses the login, or broke off while a file was read."""


class ApiError(IngestionError):
    """An API cannot be reached, refuses the client, or answers with something other than what was asked."""
