"""The waivers of the configured district."""

from ingestion.settings import IngestionSettings
from orchestration.settings import waivers_file
from quality.registry import load_rules
from quality.waivers import Waiver, read_waivers


def current_waivers() -> tuple[Waiver, ...]:
    """The waivers beside the district file.

    Raises:
        WaiverError: the list is wrong; the message says where.
    """
    return read_waivers(waivers_file(IngestionSettings()), load_rules())
