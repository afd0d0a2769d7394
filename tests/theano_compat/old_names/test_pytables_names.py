"""PyTables' names in mixed case, as in the guide to its version 3 that lists old and new ones."""

import sys
import types

import pytest

from lenet.theano_compat.old_names import pytables_names

NAMES = {
    "open_file": "openFile",
    "is_hdf5_file": "isHDF5File",
    "is_pytables_file": "isPyTablesFile",
    "create_vlarray": "createVLArray",
    "create_earray": "createEArray",
    "create_carray": "createCArray",
    "create_array": "createArray",
    "get_node_attr": "getNodeAttr",
    "read_where": "readWhere",
    "_f_get_child": "_f_getChild",
    "_f_walknodes": "_f_walknodes",
    "close": "close",
}


@pytest.mark.parametrize("name", NAMES)
def test_names(name):
    assert pytables_names.old_name(name) == NAMES[name]


def test_classes_and_modules_get_them(monkeypatch):
    class File:
        def get_node(self, where):
            return f"node {where}"

    File.__module__ = "tables.file"
    tables = types.ModuleType("tables")
    tables.File = File
    tables.open_file = lambda: File()
    monkeypatch.setitem(sys.modules, "tables", tables)
    pytables_names.behave_as_before()
    assert tables.openFile().getNode("/a") == "node /a"


def test_pytables_itself(tmp_path):
    tables = pytest.importorskip("tables")
    pytables_names.behave_as_before()
    with tables.openFile(tmp_path / "a.h5", "w") as file:
        file.createEArray("/", "grown", tables.Int32Atom(), (0,)).append([1, 2])
        assert tables.isHDF5File(tmp_path / "a.h5")
        assert file.getNode("/grown").read().tolist() == [1, 2]
