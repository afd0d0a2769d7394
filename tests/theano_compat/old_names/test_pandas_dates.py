"""Dates and frequencies of pandas before version 3."""

import numpy as np
import pytest

from tests.theano_compat.old_names.pandas_as_before import pd

# Of what a later version of pandas will not take.
pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")


@pytest.fixture
def days():
    return pd.Series(np.arange(60.0), index=pd.date_range("2011-01-01", periods=60))


@pytest.mark.parametrize(
    ("letter", "last"),
    [
        ("M", "2011-02-28"),
        ("2M", "2011-03-31"),
        ("Q", "2011-06-30"),
        ("Q-JAN", "2011-04-30"),
        ("A", "2012-12-31"),
        ("AS", "2012-01-01"),
        ("H", "2011-01-01 01:00"),
        ("30T", "2011-01-01 00:30"),
        ("S", "2011-01-01 00:00:01"),
        ("MS", "2011-02-01"),
        ("D", "2011-01-02"),
    ],
)
def test_frequencies(letter, last):
    assert pd.date_range("2011-01-01", periods=2, freq=letter)[1] == pd.Timestamp(last)


def test_spans_of_time(days):
    assert days.resample("M").mean().tolist() == [15.0, 44.5, 59.0]
    assert days.resample("M", how="sum").tolist() == [465.0, 1246.0, 59.0]
    assert days.iloc[::20].resample("10D", fill_method="ffill").tolist() == [0, 0, 20, 20, 40]
    assert days.groupby(pd.TimeGrouper("M")).max().tolist() == [30.0, 58.0, 59.0]
    assert days.shift(1, "H").index[0].hour == 1
    assert days.index.floor("H").equals(days.index)


def test_dates_are_counted_in_nanoseconds():
    second = 10**9
    first = 1293840000 * second
    for dates in (
        pd.to_datetime(["2011-01-01"]),
        pd.to_datetime(pd.Series(["2011-01-01"]), infer_datetime_format=True),
        pd.date_range("2011-01-01", periods=1),
        pd.DatetimeIndex(start="2011-01-01", periods=1, freq="D"),
    ):
        assert dates.values.astype(np.int64)[0] == first
    assert pd.to_datetime("2011-01-01").value == first


def test_dates_of_several_forms():
    dates = pd.to_datetime(["2011-01-01", "01/02/2011"])
    assert dates.tolist() == [pd.Timestamp("2011-01-01"), pd.Timestamp("2011-01-02")]
    with pytest.raises(ValueError, match="nothing"):
        pd.to_datetime(["2011-01-01", "nothing"])


def test_spans_of_time_are_numbers_of_days():
    dates = pd.Series(["2011-01-03", "2011-01-04 12:00", None]).astype("datetime64")
    spans = dates - pd.Timestamp("2011-01-01")
    np.testing.assert_array_equal(spans.astype("timedelta64[D]"), [2, 3, np.nan])
    np.testing.assert_array_equal(spans.astype("timedelta64[h]"), [48, 84, np.nan])


def test_names_of_days_and_numbers_of_weeks(days):
    assert days.index.weekday_name[0] == "Saturday"
    assert days.index.weekofyear[:3].tolist() == [52, 52, 1]
    assert pd.Series(days.index).dt.weekofyear.tolist()[:3] == [52, 52, 1]


def test_single_times_are_rounded():
    assert pd.Timestamp("2015-01-01 05:33").floor("H") == pd.Timestamp("2015-01-01 05:00")
    assert pd.Timedelta("90s").round("T") == pd.Timedelta("2min")
