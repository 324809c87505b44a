"""Reads the next block of a file while the last one is being written."""

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")

_END = object()


def read_ahead(items: Generator[Item, None, None]) -> Generator[Item, None, None]:
    """The same items in the same order, each made in a thread beside the caller while it works on the one before.

    An error of `items` is raised where the item would have come. Closing closes `items`.
    """
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="read-ahead") as thread:
        try:
            coming = thread.submit(next, items, _END)
            while (item := coming.result()) is not _END:
                coming = thread.submit(next, items, _END)
                yield item  # type: ignore[misc]
        finally:
            thread.submit(items.close).result()
