"""Reads a list of mappings from a delivered YAML file into the same Arrow text columns as a CSV file.

Meant for what people write by hand, such as a strategic plan. Values stay as written: parsing belongs to staging.
"""

from itertools import pairwise

import pyarrow as pa
import yaml

from ingestion.csv_reader import CsvContent
from ingestion.errors import SourceFormatError

YAML_SUFFIXES = (".yml", ".yaml")

_NULL = "tag:yaml.org,2002:null"


def read_yaml(content: bytes, name: str, section: str, headers: tuple[str, ...]) -> CsvContent:
    """Read the list under one key of a YAML file.

    Args:
        content: the file's bytes.
        name: the file's name, for messages.
        section: the top-level key whose list is read; a file without it has no rows.
        headers: columns that the result has in any case; a key that a mapping lacks is an empty value.

    Returns:
        One row per mapping, n rows; `rows` are the lines on which the mappings begin.

    Raises:
        SourceFormatError: the file is not YAML, or the section is not a list of mappings of plain values.
    """
    node = _section(_document(content, name), name, section)
    items = [] if node is None else _items(node, name, section)
    numbers = [_line(item) for item in items]
    if any(later <= earlier for earlier, later in pairwise(numbers)):
        # A row is known by its line.
        raise SourceFormatError(f"{name}: begin each entry of `{section}` on a line of its own, without aliases.")
    columns: dict[str, list[str | None]] = {header: [None] * len(items) for header in headers}
    for position, item in enumerate(items):
        for key, value in _plain_values(item, name, section).items():
            columns.setdefault(key, [None] * len(items))[position] = value
    table = pa.table({header: pa.array(values, pa.string()) for header, values in columns.items()})
    return CsvContent(tuple(columns), table, pa.array(numbers, pa.int64()), (), "utf8")


def _document(content: bytes, name: str) -> yaml.Node | None:
    try:
        return yaml.compose(content.decode("utf-8-sig"), Loader=yaml.SafeLoader)
    except UnicodeDecodeError as error:
        raise SourceFormatError(f"{name} is not UTF-8 text. Save it as UTF-8 and send it again.") from error
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise SourceFormatError(f"{name}{line}: not valid YAML ({error.problem}). Correct the line.") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise SourceFormatError(f"{name} is not valid YAML. Check its indentation and special characters.") from error


def _section(document: yaml.Node | None, name: str, section: str) -> yaml.Node | None:
    if document is None:
        raise SourceFormatError(f"{name} is empty. Check the file and send it again.")
    if not isinstance(document, yaml.MappingNode):
        raise SourceFormatError(f"{name} must have lists under keys such as `{section}:`; it has none.")
    found = [value for key, value in document.value if key.value == section]
    if len(found) > 1:
        raise SourceFormatError(f"{name}, line {_line(found[1])}: `{section}` stands twice. Join the two lists.")
    return found[0] if found and found[0].tag != _NULL else None


def _items(node: yaml.Node, name: str, section: str) -> list[yaml.Node]:
    if not isinstance(node, yaml.SequenceNode):
        raise SourceFormatError(f"{name}, line {_line(node)}: `{section}` must be a list; begin each entry with `- `.")
    return list(node.value)


def _plain_values(item: yaml.Node, name: str, section: str) -> dict[str, str | None]:
    if not isinstance(item, yaml.MappingNode):
        raise SourceFormatError(f"{name}, line {_line(item)}: an entry of `{section}` must be `key: value` lines.")
    values: dict[str, str | None] = {}
    for key, value in item.value:
        if not isinstance(key, yaml.ScalarNode) or not isinstance(value, yaml.ScalarNode):
            raise SourceFormatError(
                f"{name}, line {_line(key)}: `{section}` takes plain values only; write a list as entries of its own."
            )
        if key.value in values:
            raise SourceFormatError(f"{name}, line {_line(key)}: `{key.value}` stands twice in one entry.")
        is_null = value.tag == _NULL or value.value == ""
        values[key.value] = None if is_null else value.value
    return values


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
