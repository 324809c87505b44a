"""Walks the pages of a resource.

Offset paging goes from the last page to the first. In a window of change versions a row that is written meanwhile
leaves the window, and those behind it move up: going forward one of them would be skipped, going backward one is
at worst read twice. Cursor paging, where the server offers it, is not disturbed by either.
"""

from collections.abc import Callable, Iterator
from typing import Any

from dlt.sources.helpers.requests import Request, Response
from dlt.sources.helpers.rest_client.paginators import BasePaginator

from ingestion.errors import ApiError
from ingestion.json_api import JsonAnswer, JsonApi

_NEXT_PAGE = "Next-Page-Token"


class ReverseOffsetPaginator(BasePaginator):
    """Offset paging from the last page to the first.

    Args:
        total: rows in the window, by the server's Total-Count.
        page_size: rows per page.
    """

    def __init__(self, total: int, page_size: int) -> None:
        super().__init__()
        self._page_size = page_size
        self._offset = (total - 1) // page_size * page_size if total else 0

    def init_request(self, request: Request) -> None:
        """Ask for the last page."""
        self.update_request(request)

    def update_state(self, response: Response, data: list[Any] | None = None) -> None:
        """Go one page towards the first."""
        self._has_next_page = self._offset > 0
        self._offset = max(0, self._offset - self._page_size)

    def update_request(self, request: Request) -> None:
        """Set the page's offset."""
        request.params = {**request.params, "offset": self._offset, "limit": self._page_size}


class CursorPaginator(BasePaginator):
    """Cursor paging: each page names the token of the next one, the last page none."""

    def __init__(self, page_size: int) -> None:
        super().__init__()
        self._page_size = page_size
        self._token: str | None = None

    def update_state(self, response: Response, data: list[Any] | None = None) -> None:
        """Take the token of the next page.

        Raises:
            ApiError: it is the page's own, so that the walk would never end.
        """
        token = response.headers.get(_NEXT_PAGE)
        if token and token == self._token:
            raise ApiError("edfi: the server's page token leads to the same page again. See the server's own log.")
        self._token = token
        self._has_next_page = bool(token)

    def update_request(self, request: Request) -> None:
        """Set the token; limit, offset and totalCount must not stand beside it, filters must."""
        kept = {name: value for name, value in request.params.items() if name not in ("limit", "offset", "totalCount")}
        request.params = {**kept, "pageToken": self._token, "pageSize": self._page_size}


class PageWalk:
    """Reads a resource page by page.

    Args:
        name: the resource, for messages.
        newest_version: asks the server for its newest change version.
    """

    def __init__(
        self, client: JsonApi, url: str, name: str, page_size: int, newest_version: Callable[[], int | None]
    ) -> None:
        self._client = client
        self._url = url
        self._name = name
        self._page_size = page_size
        self._newest_version = newest_version

    def total(self, **window: int) -> int:
        """How many rows the server has in a window, or altogether."""
        answer = self._client.get(
            self._url,
            {**window, "limit": 0, "totalCount": "true"},
            what=f"the number of {self._name}",
            expect="ARRAY",
        )
        return self._total_of(answer)

    def changed(self, **window: int) -> Iterator[JsonAnswer]:
        """Pages of a window of change versions whose upper end lies in the past."""
        first = self._first(window)
        yield from self._by_cursor(first, window) or self._by_offset(first, window)

    def everything(self, newest: int | None) -> Iterator[JsonAnswer]:
        """Pages with every row that exists from the beginning to the end of the walk.

        Without a cursor the rows up to `newest` are walked first. What was written since has left that window, so
        it is walked too, until the rest fits one page.

        Args:
            newest: change version of the beginning; None where the server has no change queries.
        """
        first = self._first({})
        by_cursor = self._by_cursor(first, {})
        if by_cursor is not None:
            yield from by_cursor
            return
        if newest is None or self._is_whole(first):
            yield from self._by_offset(first, {})
            return
        yield from self.changed(maxChangeVersion=newest)
        while True:
            since = {"minChangeVersion": newest + 1}
            rest = self._first(since)
            reached = newest if self._is_whole(rest) else self._newest_version()
            if reached is None or reached <= newest:
                yield from self._by_offset(rest, since)
                return
            yield from self.changed(**since, maxChangeVersion=reached)
            newest = reached

    def _first(self, window: dict[str, int]) -> JsonAnswer:
        params = {**window, "limit": self._page_size, "totalCount": "true"}
        return self._client.get(self._url, params, what=f"{self._name}, first page", expect="ARRAY")

    def _by_cursor(self, first: JsonAnswer, window: dict[str, int]) -> Iterator[JsonAnswer] | None:
        """The pages from the first on, if it offers a cursor."""
        if not first.response.headers.get(_NEXT_PAGE):
            return None
        return self._walk(first, CursorPaginator(self._page_size), window)

    def _by_offset(self, first: JsonAnswer, window: dict[str, int]) -> Iterator[JsonAnswer]:
        if self._is_whole(first):
            if first.rows:
                yield first
            return
        # A server may send fewer rows than it is asked for.
        page_size = first.rows or self._page_size
        yield from self._walk(None, ReverseOffsetPaginator(self._total_of(first), page_size), window)

    def _walk(self, first: JsonAnswer | None, paginator: BasePaginator, window: dict[str, int]) -> Iterator[JsonAnswer]:
        request = Request("GET", self._url, params=dict(window))
        page = 1
        answer = first
        if answer is None:
            paginator.init_request(request)
        else:
            page = 2
            yield answer
            paginator.update_state(answer.response)
            paginator.update_request(request)
        while paginator.has_next_page:
            what = f"{self._name}, page {page} of the walk"
            answer = self._client.get(self._url, dict(request.params), what=what, expect="ARRAY")
            if answer.rows:
                yield answer
            elif isinstance(paginator, CursorPaginator):
                return
            paginator.update_state(answer.response)
            paginator.update_request(request)
            page += 1

    def _is_whole(self, first: JsonAnswer) -> bool:
        return self._total_of(first) <= first.rows

    def _total_of(self, answer: JsonAnswer) -> int:
        total = answer.count_in("Total-Count")
        if total is None:
            raise ApiError(
                f"edfi: {self._name}: the server sends no Total-Count, so nobody could tell whether all rows came. "
                "A proxy may strip the header; let it through."
            )
        return total
