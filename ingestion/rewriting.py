"""Applies what a layout says about the texts of a column: which mean "no value", and which are written otherwise.

Only texts that a layout names are touched. Whether what remains can be read is judged row by row later.
"""

import pyarrow as pa
import pyarrow.compute as pc

from ingestion.district import Delivery


def cleaned(values: pa.ChunkedArray, delivery: Delivery, column: str) -> pa.ChunkedArray:
    """The texts of one column as its delivery says they are to land.

    Args:
        values: text as delivered, n values.
        column: our name of it.

    Returns:
        n texts. A text that means "no value", or becomes empty, is null.
    """
    rewrites = delivery.rewrites.get(column, {})
    if not (rewrites or delivery.empty_values or delivery.required_values):
        return values
    values = values.cast(pa.string())
    trimmed = pc.utf8_trim_whitespace(values)
    no_value = pc.equal(trimmed, "")
    if delivery.empty_values:
        lowered = pa.array([text.lower() for text in delivery.empty_values], pa.string())
        no_value = pc.or_(no_value, pc.is_in(pc.utf8_lower(trimmed), value_set=lowered))
    landed = pc.if_else(no_value, pa.scalar(None, pa.string()), values)
    untouched = pc.is_valid(landed)
    for pattern, replacement in rewrites.items():
        found = pc.and_(untouched, pc.fill_null(pc.match_substring_regex(trimmed, pattern), False))
        replaced = pc.replace_substring_regex(trimmed, pattern=pattern, replacement=replacement)
        landed = pc.if_else(found, replaced, landed)
        untouched = pc.and_(untouched, pc.invert(found))
    if rewrites:
        landed = pc.if_else(pc.equal(landed, ""), pa.scalar(None, pa.string()), landed)
    return landed
