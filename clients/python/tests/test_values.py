"""Each type of value, and what the log has of it."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import pathlib
import time
import types
import uuid
from typing import NamedTuple

import daybook
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pydantic
import pytest


class Point(NamedTuple):
    x: int
    y: int


class Side(enum.Enum):
    LONG = "long"


class Level(enum.IntEnum):
    TWO = 2


@dataclasses.dataclass
class Stop:
    at: float
    side: Side = Side.LONG


class Model(pydantic.BaseModel):
    at: float
    when: datetime.date = datetime.date(2026, 1, 23)


UTC = datetime.timezone.utc
VALUES = [
    (np.float64(0.5), 0.5),
    (np.float32(0.5), 0.5),
    (np.float16(0.5), 0.5),
    (np.longdouble(0.5), 0.5),
    (np.int64(-3), -3),
    (np.uint64(2**64 - 1), 2**64 - 1),
    (np.bool_(True), True),
    (np.str_("x"), "x"),
    (np.array([1, 2]), [1, 2]),
    (np.array([[1.5], [2.5]]), [[1.5], [2.5]]),
    (np.array(3), 3),
    (np.datetime64("2026-01-23T09:30"), "2026-01-23T09:30"),
    (np.datetime64("NaT"), None),
    (np.timedelta64(1500, "ms"), 1.5),
    (np.array(["2026-01-23"], dtype="datetime64[D]"), ["2026-01-23"]),
    (pd.Series([1, 2]), [1, 2]),
    (pd.Series([1, 2], index=["a", "b"]), {"a": 1, "b": 2}),
    (pd.Timestamp("2026-01-23T09:30:00.000000001"), "2026-01-23T09:30:00.000000001"),
    (pd.Timestamp("2026-01-23", tz="UTC"), "2026-01-23T00:00:00+00:00"),
    (pd.Timedelta("90s"), 90.0),
    (pd.NaT, None),
    (pd.NA, None),
    (pd.Index([1, 2]), [1, 2]),
    (pd.Categorical(["a", "b"]), ["a", "b"]),
    (pl.Series([1, 2]), [1, 2]),
    (pa.array([1, None]), [1, None]),
    (pa.scalar(3), 3),
    (datetime.datetime(2026, 1, 23, 9, 30, tzinfo=UTC), "2026-01-23T09:30:00+00:00"),
    (datetime.date(2026, 1, 23), "2026-01-23"),
    (datetime.time(9, 30), "09:30:00"),
    (datetime.timedelta(minutes=1, milliseconds=5), 60.005),
    (decimal.Decimal("0.1"), 0.1),
    (decimal.Decimal("1e400"), "1E+400"),
    (fractions.Fraction(1, 4), 0.25),
    (Side.LONG, "long"),
    (Level.TWO, 2),
    ({3, 1, 2}, [1, 2, 3]),
    (frozenset(["b", "a"]), ["a", "b"]),
    ((1, "a", None), [1, "a", None]),
    (range(3), [0, 1, 2]),
    (collections.deque([1]), [1]),
    (collections.OrderedDict(a=1), {"a": 1}),
    (collections.Counter("aab"), {"a": 2, "b": 1}),
    (types.MappingProxyType({"a": 1}), {"a": 1}),
    (types.SimpleNamespace(a=1), {"a": 1}),
    (pathlib.PurePosixPath("a/b"), "a/b"),
    ("no \udcff", "no \\udcff"),
    (np.ma.masked, None),
    (np.ma.array([1, 2], mask=[False, True]), [1, None]),
    (np.array([(1, 0.5)], dtype=[("n", "i4"), ("x", "f8")]), [{"n": 1, "x": 0.5}]),
    (np.array([(1, 0.5)], dtype=[("n", "i4"), ("x", "f8")])[0], {"n": 1, "x": 0.5}),
    (Point(1, 2), {"x": 1, "y": 2}),
    (time.gmtime(0), [1970, 1, 1, 0, 0, 0, 3, 1, 0]),
    (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    (Stop(0.5), {"at": 0.5, "side": "long"}),
    (Model(at=0.5), {"at": 0.5, "when": "2026-01-23"}),
    ({"a": {Level.TWO: {1.5: Side.LONG}}}, {"a": {"2": {"1.5": "long"}}}),
    ({True: 1, np.int32(4): 2, Side.LONG: 3}, {"true": 1, "4": 2, "long": 3}),
    (2**70, 2**70),
    (-(2**63), -(2**63)),
    ("é\n\"\\\u2028\x00", "é\n\"\\\u2028\x00"),
    (1e-320, 1e-320),
    ("", ""),
    ({}, {}),
    ([], []),
]


@pytest.fixture
def run(ledger):
    with daybook.start_run("values", ledger=ledger.path, strict=True, capture=False) as run:
        yield run


@pytest.mark.parametrize(("value", "expected"), VALUES, ids=lambda value: repr(value)[:40])
def test_a_value_is_kept_alone_and_within_others(ledger, run, value, expected):
    run.record_trial("t", {"x": value, "in": [{"x": value}]})
    assert ledger.one("trial.recorded")["params"] == {"x": expected, "in": [{"x": expected}]}


@pytest.mark.parametrize("value", [np.float32(1.5), decimal.Decimal("1.5"), pd.Series([1.5]).sum()])
def test_points_of_curves_are_numbers_whatever_their_type(ledger, run, value):
    run.record_metrics({"loss": value})
    run.record_metrics({"loss": value})
    points = [(e["metrics"], e["step"]) for e in ledger.events("metric.recorded")]
    assert points == [({"loss": 1.5}, 0), ({"loss": 1.5}, 1)]


@pytest.mark.parametrize(
    "values", [{"a": 1}, Stop(1), Model(at=1), pd.Series({"at": 1}), types.SimpleNamespace(at=1)]
)
def test_whole_objects_may_be_of_these_types(ledger, run, values):
    run.record_trial("t", values)
    assert 1 in ledger.one("trial.recorded")["params"].values()


SELF: list = []
SELF.append(SELF)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"x": b"abc"}, r"params\.x: found bytes, expected text"),
        ({"x": [{"y": bytearray(1)}]}, r"params\.x\.0\.y: found bytearray, expected text"),
        ({"x": np.bytes_(b"a")}, r"params\.x: found numpy\.bytes_, expected text"),
        ({"x": 1j}, r"params\.x: found complex, expected a real number"),
        ({"x": np.complex64(1j)}, r"params\.x: found numpy\.complex64"),
        ({"x": len}, r"params\.x: found builtin_function_or_method, expected"),
        ({"x": Stop}, r"params\.x: found type, expected"),
        ({"x": object()}, r"params\.x: found object, expected"),
        ({"x": (i for i in [1])}, r"params\.x: found generator, expected"),
        ({"x": pd.DataFrame({"a": [1]})}, r"params\.x: .*DataFrame.*run\.add_table"),
        ({"x": SELF}, r"params\.x\.0.*more than 60 deep.*contain itself"),
        ({(1, 2): 1}, r"params: found tuple, expected text, or a number"),
        ({"x": {None: 1}}, r"params\.x: found NoneType, expected text, or a number"),
        ([1, 2], r"params: found list, expected a mapping"),
        (5, r"params: found int, expected a mapping"),
    ],
)
def test_what_has_no_form_is_refused_by_its_place(ledger, run, params, message):
    with pytest.raises(daybook.InvalidArgument, match=message):
        run.record_trial("t", params)
    with pytest.raises(ValueError):
        run.record_trial("t", params)
    assert ledger.events("trial.recorded") == []


NAN, INF = float("nan"), float("inf")


def test_a_trial_keeps_what_json_cannot_hold(ledger, run):
    run.record_trial(
        "t",
        {"a/b": INF, "deep": [{"x~": -INF}], "np": np.float32("nan")},
        {"sharpe": NAN, "n": 1},
    )
    trial = ledger.one("trial.recorded")
    assert trial["params"] == {"a/b": None, "deep": [{"x~": None}], "np": None}
    assert trial["metrics"] == {"sharpe": None, "n": 1}
    assert trial["nonfinite"] == {
        "/params/a~1b": "Infinity",
        "/params/deep/0/x~0": "-Infinity",
        "/params/np": "NaN",
        "/metrics/sharpe": "NaN",
    }


def test_a_point_of_a_curve_keeps_it_too_and_its_number(ledger, run):
    run.record_metrics({"loss": 1.0})
    run.record_metrics({"loss": NAN, "acc": 1})
    run.record_metrics({"loss": NAN})
    run.record_metrics({"loss": 0.5})
    points = ledger.events("metric.recorded")
    assert [e["step"] for e in points] == [0, 1, 2, 3]
    assert points[1]["metrics"] == {"acc": 1}
    assert points[1]["nonfinite"] == {"/metrics/loss": "NaN"}
    rows = ledger.query("SELECT step, isnan(value) AS n FROM metric_points WHERE name = 'loss'")
    assert sorted((row["step"], row["n"]) for row in rows) == [
        (0, False), (1, True), (2, True), (3, False),
    ]  # fmt: skip


def test_configuration_summary_and_tags_have_it_as_text(ledger):
    with daybook.start_run(
        "v", {"cap": INF, "in": [NAN]}, tags={"t": NAN}, ledger=ledger.path, capture=False
    ) as run:
        with run.phase("p") as phase:
            phase.summary = {"x": NAN}
        run.complete({"best": -INF})
    assert ledger.one("run.created")["config"] == {"cap": "Infinity", "in": ["NaN"]}
    assert ledger.one("run.created")["tags"] == {"t": "NaN"}
    assert ledger.one("phase.completed")["output_summary"] == {"x": "NaN"}
    assert ledger.one("run.completed")["summary"] == {"best": "-Infinity"}


def test_who_wants_it_has_it_refused(ledger):
    with daybook.start_run("v", ledger=ledger.path, strict=True, nan="refuse", capture=False) as r:
        with pytest.raises(ValueError, match=r"metrics\.sharpe: found NaN, expected a finite"):
            r.record_trial("t", {}, {"sharpe": NAN})
        with pytest.raises(ValueError, match=r"metrics\.loss: found Infinity"):
            r.record_metrics({"loss": INF})
        with pytest.raises(ValueError, match=r"params\.x\.0: found -Infinity"):
            r.record_trial("t", {"x": [-INF]})
    assert ledger.types() == ["run.created", "run.started", "run.completed"]


def test_100_mb_of_configuration_is_refused_by_its_size_and_no_crash(ledger):
    big = {f"k{i}": "x" * 1000 for i in range(100_000)}
    with pytest.raises(daybook.Error, match="16"):
        daybook.start_run("v", big, ledger=ledger.path, strict=True, capture=False)
    assert ledger.events() == []


def test_12_mb_of_configuration_is_kept(ledger):
    big = {f"k{i}": "x" * 1000 for i in range(12_000)}
    daybook.start_run("v", big, ledger=ledger.path, strict=True, capture=False).complete()
    assert ledger.one("run.created")["config"] == big


def test_a_dict_that_changes_while_it_is_read_is_refused(ledger, run):
    params: dict = {}

    class Sly:
        def __float__(self):
            params["more"] = 1
            return 1.0

    params["x"] = Sly()
    with pytest.raises(daybook.Error, match="changed while it was read"):
        run.record_trial("t", params)


def test_numbers_may_be_whole_ones_of_any_type(ledger, run):
    run.record_trial("t", duration_ms=12.5, feasible=pd.NA, started_at_ms=np.float64(7))
    run.record_trial("u", duration_ms=pd.NA, feasible=np.True_)
    trials = ledger.events("trial.recorded")
    assert (trials[0]["duration_ms"], trials[0]["started_at_ms"]) == (12, 7)
    assert ("feasible" in trials[0], "duration_ms" in trials[1], trials[1]["feasible"]) == (
        False, False, True,
    )  # fmt: skip
    for step in (3.0, np.float32(4), np.int64(5), decimal.Decimal(6)):
        run.log({"x": 1.0}, step=step)
    assert [e["step"] for e in ledger.events("metric.recorded")] == [3, 4, 5, 6]
    with pytest.raises(daybook.InvalidArgument, match="step: found 1.5, expected an integer"):
        run.log({"x": 1.0}, step=1.5)
    with pytest.raises(daybook.InvalidArgument, match="duration_ms: found str"):
        run.record_trial("v", duration_ms="12")


def test_a_missing_point_does_not_lose_the_others(ledger, run):
    run.log({"sharpe": 1.0, "alpha": None, "beta": pd.NA})
    point = ledger.one("metric.recorded")
    assert point["metrics"] == {"sharpe": 1.0}
    assert point["nonfinite"] == {"/metrics/alpha": "NaN", "/metrics/beta": "NaN"}


def test_a_trial_is_kept_without_an_option_that_is_wrong(ledger, capfd):
    with daybook.start_run("p", ledger=ledger.path, capture=False) as lenient:
        lenient.record_trial(
            "t", {"a": 1}, duration_ms="soon", violations=[b"x"], state=b"x", error=b"x",
            feasible=np.array([1, 2]), started_at_ms=10**30,
        )  # fmt: skip
        lenient.record_trial("u", duration_ms="soon")
        assert lenient.stats()["failures"] == 0
    trial = ledger.events("trial.recorded")[0]
    assert trial["params"] == {"a": 1}
    assert not {"duration_ms", "violations", "feasible", "started_at_ms"} & set(trial)
    told = [line for line in capfd.readouterr().err.splitlines() if "recorded without that" in line]
    assert len(told) <= 1  # Once in a process.


def test_dates_may_be_keys(ledger, run):
    days = pd.date_range("2024-01-01", periods=2)
    run.record_trial("t", {datetime.date(2024, 1, 1): 1, datetime.time(9, 30): 2},
                     {"equity": pd.Series([1.0, 2.0], index=days)})  # fmt: skip
    trial = ledger.one("trial.recorded")
    assert trial["params"] == {"2024-01-01": 1, "09:30:00": 2}
    assert list(trial["metrics"]["equity"]) == ["2024-01-01T00:00:00", "2024-01-02T00:00:00"]


def test_a_verdict_may_be_of_numpy_and_must_be_one(ledger, run):
    run.record_trial("t", feasible=np.bool_(False))
    assert ledger.one("trial.recorded")["feasible"] is False
    with pytest.raises(daybook.InvalidArgument, match="feasible: ValueError: .*ambiguous"):
        run.record_trial("t", feasible=np.array([True, False]))


def test_an_error_of_the_values_own_code_is_named(ledger, run):
    class Broken:
        def __float__(self):
            raise RuntimeError("no value yet")

    with pytest.raises(daybook.Error, match=r"params\.x: RuntimeError: no value yet"):
        run.record_trial("t", {"x": Broken()})
