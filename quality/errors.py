"""Errors of the quality package.

QualityError
├── RuleError       a rule file is wrong, or a rule's SQL cannot run
├── ContractError   a contract file is wrong
├── WaiverError     the list of waivers is wrong
├── SnapshotError   a snapshot cannot be built, or a published file cannot be read
└── CertificationError  a step of certification may not be taken
    └── LedgerError     the ledger or a frozen version is not as it was written
"""


class QualityError(Exception):
    """Base of everything this package raises on purpose; the message says what to do."""


class RuleError(QualityError):
    """A rule cannot be loaded or evaluated."""


class ContractError(QualityError):
    """A contract cannot be read."""


class WaiverError(QualityError):
    """A waiver cannot be accepted."""


class SnapshotError(QualityError):
    """A snapshot cannot be published or read."""


class CertificationError(QualityError):
    """A step of certification may not be taken; the message is one sentence with the remedy."""


class LedgerError(CertificationError):
    """The certification ledger, or a frozen version, is not as it was written."""
