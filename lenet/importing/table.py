"""Table of what a saved model holds."""

from collections.abc import Iterator

from lenet.importing.contents import Contents, SavedArray
from lenet.text import counted, shape_text, table

MOST_ROWS = 200
Row = tuple[str, ...]


def summary(contents: Contents) -> str:
    """Return one line about a saved model."""
    numbers = sum(array.value.size for array in contents.arrays)
    return f"{contents.path}: {contents.form}, {counted(len(contents.arrays), 'array')} of {counted(numbers, 'number')}"


def contents_table(contents: Contents) -> str:
    """Return layers and arrays of a saved model as a table."""
    has_layers = contents.layers is not None
    header = ("layer", "class") if has_layers else ()
    rows = list(layer_rows(contents) if has_layers else map(array_row, contents.arrays))
    text = table([(*header, "array", "shape", "type"), *rows[:MOST_ROWS]])
    more = len(rows) - MOST_ROWS
    return f"{text}\nand {counted(more, 'row')} more" if more > 0 else text


def layer_rows(contents: Contents) -> Iterator[Row]:
    """Yield a row for each array of each layer, and one for a layer without arrays."""
    for layer in contents.layers or ():
        if not layer.arrays:
            yield (layer.name, layer.kind, "", "", "")
        for k, array in enumerate(layer.arrays):
            yield (*(("", "") if k else (layer.name, layer.kind)), *array_row(array))


def array_row(array: SavedArray) -> Row:
    """Return name, shape and type of an array."""
    return array.name, shape_text(array.value.shape) or "-", str(array.value.dtype)
