"""Tables that pandas reads and writes, with the options that it had."""

import io

import pytest

from tests.theano_compat.old_names.pandas_as_before import pd

# Of what a later version of pandas will not take.
pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")


def table(text, **options):
    return pd.read_csv(io.StringIO(text), **options)


def test_options_that_are_gone(tmp_path):
    path = tmp_path / "table.txt"
    path.write_text("a\n1\n2\n")
    assert pd.read_csv(path, squeeze=True).tolist() == [1, 2]
    path.write_text("a  b\n1 2\n")
    assert pd.read_csv(path, delim_whitespace=True, error_bad_lines=False).shape == (1, 2)
    assert table("1,2", header=None, prefix="x").columns.tolist() == ["x0", "x1"]
    assert table("a\n1\nend", skip_footer=1, engine="python")["a"].tolist() == [1]
    assert pd.DataFrame({"a": [1]}).to_csv(line_terminator="|", index=False) == "a|1|"
    assert pd.io.json.json_normalize({"a": {"b": 1}}).columns.tolist() == ["a.b"]


def test_a_date_of_several_columns():
    text = "day,time,value\n2011-01-01,10:30,1\n"
    moment = pd.Timestamp("2011-01-01 10:30")
    data = table(text, parse_dates=[["day", "time"]])
    assert data.columns.tolist() == ["day_time", "value"]
    assert data["day_time"][0] == moment
    named = table(text, parse_dates={"when": [0, 1]}, index_col="when")
    assert named.index.tolist() == [moment]
    assert named.columns.tolist() == ["value"]


def test_a_function_parses_dates():
    def parse(text):
        return pd.Timestamp(int(text[2:]), 1, 1)

    data = table("day,value\ny 2011,1\n", parse_dates=["day"], date_parser=parse)
    assert data["day"].tolist() == [pd.Timestamp("2011-01-01")]
    data = table("day,value\ny 2011,1\n", parse_dates=True, index_col=0, date_parser=parse)
    assert data.index.tolist() == [pd.Timestamp("2011-01-01")]


def test_dates_are_counted_in_nanoseconds():
    data = table("day,value\n2011-01-01,1\n", parse_dates=["day"])
    assert data["day"].dtype == "datetime64[ns]"
    assert table("a\n2011-01-01\n", parse_dates=True, index_col=0).index.dtype == "datetime64[ns]"
    assert table("a\n1\n")["a"].tolist() == [1]


def test_dates_are_read_in_parts():
    parts = [*table("a,b\n2015-01-02,1\n2015-01-03,2\n", parse_dates=["a"], chunksize=1)]
    assert [str(part.dtypes["a"]) for part in parts] == ["datetime64[ns]"] * 2
    assert table("a\n2015-01-02\n", parse_dates=["a"], iterator=True).get_chunk(1).shape == (1, 1)
