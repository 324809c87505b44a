"""Walking pages while the rows change under the walk."""

from itertools import count

import pytest

from ingestion.errors import ApiError
from ingestion.sources.edfi.connection import edfi_api
from ingestion.sources.edfi.discovery import available_change_versions, discover
from ingestion.sources.edfi.paging import PageWalk
from tests.ingestion.sources.edfi.small_server import Fault, SmallServer
from tests.ingestion.sources.edfi.test_faults import STUDENTS, connection


def fill(server: SmallServer, rows: int) -> None:
    for number in range(rows):
        server.put("students", (str(number),), {"studentUniqueId": str(number)})


def walk_of(server: SmallServer, page_size: int) -> PageWalk:
    client = edfi_api(connection(server))
    api = discover(client, server.base_url)
    client.sign_in(api.token_url)

    def newest() -> int:
        available = available_change_versions(client, api)
        assert available
        return available.newest

    return PageWalk(client, api.resource_url("students"), "students", page_size, newest)


def numbers(pages: object) -> list[int]:
    return [int(row["studentUniqueId"]) for page in pages for row in page.response.json()]  # type: ignore[attr-defined]


def offsets(server: SmallServer) -> list[str | None]:
    return [request.params.get("offset") for request in server.asked if request.path == STUDENTS]


@pytest.mark.parametrize("rows", [0, 1, 3, 4, 6, 7])
@pytest.mark.parametrize("with_cursor", [False, True])
def test_every_row_comes_once(server: SmallServer, rows: int, with_cursor: bool) -> None:
    server.with_cursor = with_cursor
    fill(server, rows)
    assert sorted(numbers(walk_of(server, 3).everything(server.version))) == list(range(rows))
    assert sorted(numbers(walk_of(server, 3).changed(minChangeVersion=2, maxChangeVersion=5))) == list(range(rows))[1:5]


def test_offset_paging_goes_from_the_last_page_to_the_first(server: SmallServer) -> None:
    fill(server, 7)
    numbers(walk_of(server, 3).changed(minChangeVersion=0, maxChangeVersion=7))
    assert offsets(server) == [None, "6", "3", "0"]


def test_a_cursor_is_followed_where_it_is_offered_and_the_window_allows_it(server: SmallServer) -> None:
    server.with_cursor = True
    fill(server, 7)
    numbers(walk_of(server, 3).everything(7))
    paged = [r.params for r in server.asked if r.path == STUDENTS]
    assert [p.get("pageToken") for p in paged] == [None, "3", "6", "9"]
    assert all(p.get("pageSize") == "3" for p in paged[1:])
    server.asked.clear()
    numbers(walk_of(server, 3).changed(minChangeVersion=0, maxChangeVersion=7))
    assert offsets(server) == [None, "6", "3", "0"]


@pytest.mark.parametrize("change", ["update", "delete"])
def test_rows_that_change_during_the_walk_take_no_other_with_them(server: SmallServer, change: str) -> None:
    """A row that leaves the window moves those behind it; forward paging would skip one of them."""
    fill(server, 9)
    turns = count()

    def disturb(_: str, params: dict[str, str]) -> None:
        turn = next(turns)
        if "offset" in params and turn % 2:
            row = server.rows["students"][0]
            if change == "update":
                server.put("students", row.key, row.body)
                server.rows["students"].sort(key=lambda r: int(r.key[0]))
            else:
                server.delete("students", row.key)

    server.before_page = disturb
    newest = server.version
    seen = numbers(walk_of(server, 2).changed(minChangeVersion=0, maxChangeVersion=newest))
    stayed = {int(row.key[0]) for row in server.rows["students"] if row.version <= newest}
    assert stayed <= set(seen)
    assert len(stayed) < 9


def test_a_full_reading_has_what_was_written_during_the_walk(server: SmallServer) -> None:
    fill(server, 9)
    turns = count()

    def disturb(_: str, __: dict[str, str]) -> None:
        turn = next(turns)
        if turn < 12:
            server.put("students", (str(turn % 9),), {"studentUniqueId": str(turn % 9)})

    server.before_page = disturb
    assert set(numbers(walk_of(server, 2).everything(server.version))) == set(range(9))


def test_a_server_that_sends_smaller_pages_than_asked_loses_nothing(server: SmallServer) -> None:
    fill(server, 9)

    def shrink(_: str, params: dict[str, str]) -> None:
        params["limit"] = str(min(int(params["limit"]), 2))

    server.before_page = shrink
    assert sorted(numbers(walk_of(server, 5).changed(minChangeVersion=0, maxChangeVersion=9))) == list(range(9))


def test_a_missing_total_is_an_error(server: SmallServer) -> None:
    server.faults.append(Fault(STUDENTS, lambda handler: handler.send_json([{"id": "1"}])))
    with pytest.raises(ApiError, match="Total-Count"):
        numbers(walk_of(server, 2).changed(minChangeVersion=0, maxChangeVersion=9))


def test_a_cursor_that_turns_in_circles_is_an_error(server: SmallServer) -> None:
    rows = [{"id": "1", "studentUniqueId": "1"}]
    headers = {"Next-Page-Token": "again", "Total-Count": "9"}
    server.faults += [Fault(STUDENTS, lambda handler: handler.send_json(rows, headers=headers)) for _ in range(3)]
    with pytest.raises(ApiError, match="same page again"):
        numbers(walk_of(server, 2).everything(9))
