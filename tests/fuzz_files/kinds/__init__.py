"""The kinds of files that are read, each with what makes, harms and reads them."""

from tests.fuzz_files.kinds import (
    data_sets,
    downloads,
    films,
    imports,
    more_data_sets,
    networks,
    pictures,
    programs,
    runs,
    theano_files,
)
from tests.fuzz_files.kinds.base import Kind

MODULES = (
    *(data_sets, more_data_sets, pictures, films),
    *(networks, runs, downloads, theano_files, imports, programs),
)
KINDS: dict[str, type[Kind]] = {kind.name: kind for module in MODULES for kind in module.KINDS}
