"""What an Ed-Fi API says about itself: its addresses, its data standard, its change versions."""

import json
from dataclasses import dataclass
from typing import Any

from ingestion.api_connection import safe_url
from ingestion.errors import ApiError
from ingestion.json_api import JsonApi

STANDARDS = (5, 6)
"""Major versions of the data standard that the mapping knows."""


@dataclass(frozen=True)
class Api:
    """The discovery document, as far as it is used.

    Attributes:
        standard: major version of the Ed-Fi data standard.
        change_queries_url: None where the server has switched change queries off.
        resources: names of the resources that it lists among its dependencies, in lower case; None when it lists none.
    """

    standard: int
    token_url: str
    data_url: str
    change_queries_url: str | None
    resources: frozenset[str] | None = None

    def has(self, resource: str) -> bool:
        """Tell whether the server serves a resource; true when it does not say which it serves."""
        return self.resources is None or resource.lower() in self.resources

    def resource_url(self, resource: str) -> str:
        """Address of a resource, or of `<resource>/deletes`."""
        return f"{self.data_url.rstrip('/')}/ed-fi/{resource}"


@dataclass(frozen=True)
class ChangeVersions:
    """The change versions that the server still knows; both inclusive."""

    oldest: int
    newest: int


def discover(client: JsonApi, base_url: str) -> Api:
    """Read the discovery document.

    Raises:
        ApiError: it lacks what is needed, or the server's data standard is not supported.
    """
    document = _object(client, base_url, "the discovery document")
    models = {str(model.get("name", "")).lower(): str(model.get("version", "")) for model in document["datamodels"]}
    version = models.get("ed-fi", "")
    major = version.split(".")[0]
    if not major.isdigit() or int(major) not in STANDARDS:
        raise ApiError(
            f"edfi: the server has data standard {version or 'unknown'}; "
            f"{' and '.join(map(str, STANDARDS))} are supported. "
            "Check base_url, or let the server be upgraded."
        )
    urls = {str(key).lower(): str(value) for key, value in document["urls"].items()}
    try:
        change_queries = urls.get("changequeries")
        return Api(
            standard=int(major),
            token_url=_checked(urls["oauth"]),
            data_url=_checked(urls["datamanagementapi"]),
            change_queries_url=_checked(change_queries) if change_queries else None,
            resources=_served(client, _checked(urls["dependencies"])) if urls.get("dependencies") else None,
        )
    except KeyError as error:
        raise ApiError(f"edfi: the discovery document names no address for {error.args[0]}. Check base_url.") from None


def available_change_versions(client: JsonApi, api: Api) -> ChangeVersions | None:
    """Ask which changes the server knows; None where it has no change queries.

    Raises:
        ApiError: the answer holds no change versions.
    """
    if api.change_queries_url is None:
        return None
    url = f"{api.change_queries_url.rstrip('/')}/availableChangeVersions"
    document = _object(client, url, "availableChangeVersions", needs=())
    try:
        return ChangeVersions(int(document["oldestchangeversion"]), int(document["newestchangeversion"]))
    except (KeyError, TypeError, ValueError):
        raise ApiError("edfi: availableChangeVersions holds no change versions. Check the server.") from None


def _served(client: JsonApi, url: str) -> frozenset[str] | None:
    answer = client.get(url, {}, what="the list of dependencies", expect="ARRAY")
    listed = json.loads(answer.response.content.decode("utf-8-sig"))
    paths = [str(entry.get("resource", "")).lower() for entry in listed if isinstance(entry, dict)]
    names = frozenset(path.removeprefix("/ed-fi/") for path in paths if path.startswith("/ed-fi/"))
    return names or None


def _object(client: JsonApi, url: str, what: str, needs: tuple[str, ...] = ("datamodels", "urls")) -> dict[str, Any]:
    answer = client.get(url, {}, what=what, expect="OBJECT")
    # Older servers write some keys in other case.
    document = {
        str(key).lower(): value for key, value in json.loads(answer.response.content.decode("utf-8-sig")).items()
    }
    missing = [key for key in needs if not document.get(key)]
    if missing:
        raise ApiError(f"edfi: {what} lacks {', '.join(missing)}. Is base_url the root of an Ed-Fi API?")
    return document


def _checked(url: str) -> str:
    try:
        return safe_url(url)
    except ValueError as error:
        raise ApiError(f"edfi: the discovery document names an address that cannot be used: {error}.") from None
