"""Runs that are recorded and compared, node by node."""

import io

import pytest


@pytest.fixture
def record(theano):
    from theano.tests import record

    return record


def run(theano, mode, value, name="twice"):
    x = theano.tensor.dvector()
    theano.function([x], (x + 1).sum(), mode=mode, name=name)([1.0, value])


def test_a_run_is_compared_with_one_before(theano, record):
    file = io.StringIO()
    run(theano, record.RecordMode(file_object=file), 2.0)
    lines = file.getvalue().splitlines()
    assert lines[0].startswith("Function twice has ")
    assert [line.partition(":")[0] for line in lines[1:5]] == [
        *("Function name", "Node 0", "Inputs", "Outputs"),
    ]
    run(theano, record.RecordMode(file_object=io.StringIO(file.getvalue()), replay=True), 2.0)
    before = record.Record(io.StringIO(file.getvalue()), replay=True)
    with pytest.raises(record.MismatchError, match="twice: computed now: 'Inputs: "):
        run(theano, record.RecordMode(before), 3.0)


def test_what_cannot_be_recorded(theano, record, tmp_path):
    kept = record.Record(file_path=str(tmp_path / "lines"))
    kept.handle_line("a\n")
    kept.f.close()
    again = record.Record(file_path=str(tmp_path / "lines"), replay=True)
    again.handle_line("a\n")
    with pytest.raises(record.MismatchError, match="before: ''"):
        again.handle_line("a\n")
    again.f.close()
    with pytest.raises(AssertionError, match="not one line"):
        again.handle_line("a\nb\n")
    with pytest.raises(ValueError, match="need a name"):
        run(theano, record.RecordMode(file_object=io.StringIO()), 2.0, name=None)


def test_types_of_sparse_numbers(theano):
    from theano.sparse.type import SparseType

    assert {"float32", "int8", "complex128"} <= SparseType.dtype_set
    assert "bool" not in SparseType.dtype_set
