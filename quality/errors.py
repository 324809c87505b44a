"""Errors of the quality package.

QualityError
├── RuleError       a rule file is wrong, or a rule's SQL cannot run
├── ContractError   a contract file is wrong
├── WaiverError     the list of waivers is wrong
├── PeopleError     the list of people is wrong
├── SnapshotError   a snapshot cannot be built, or a published file cannot be read
├── CertificationError  a step of certification may not be taken
│   └── LedgerError     the ledger or a frozen version is not as it was written
└── DisclosureError     figures cannot be protected
    ├── ReleaseError    the tables of a release are not what they must be
    └── AuditError      a release does not withstand the attack, so it may not go out
"""

from pydantic import ValidationError


class QualityError(Exception):
    """Base of everything this package raises on purpose; the message says what to do."""


class RuleError(QualityError):
    """A rule cannot be loaded or evaluated."""


class ContractError(QualityError):
    """A contract cannot be read."""


class WaiverError(QualityError):
    """A waiver cannot be accepted."""


class PeopleError(QualityError):
    """The list of people who are told about findings cannot be accepted."""


class SnapshotError(QualityError):
    """A snapshot cannot be published or read."""


class CertificationError(QualityError):
    """A step of certification may not be taken; the message is one sentence with the remedy."""


class LedgerError(CertificationError):
    """The certification ledger, or a frozen version, is not as it was written."""


class DisclosureError(QualityError):
    """Figures cannot be protected against disclosure."""


class ReleaseError(DisclosureError):
    """The tables of a release do not fit together."""


class AuditError(DisclosureError):
    """A release does not withstand the attack, so it may not go out."""


def first_problem(error: ValidationError) -> str:
    """The first thing that is wrong with what a person wrote, as part of a sentence: where, and what."""
    problem = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in problem["loc"])
    what = problem["msg"].removeprefix("Value error, ")
    return f"{where}: {what}" if where else what
