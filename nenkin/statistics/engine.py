"""The engines that run the expressions: DuckDB by default, Spark where one machine is outgrown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nenkin.statistics.extras import MissingExtra, require
from nenkin.statistics.measures import Statistic

MEMORY = "1GB"  # that DuckDB holds at most before it goes to disk


@contextmanager
def duckdb(scratch: Path) -> Iterator[Any]:
    """DuckDB, with what does not fit into memory in a folder of its own."""
    ibis = require("ibis")
    require("duckdb")
    connection = ibis.duckdb.connect(memory_limit=MEMORY, temp_directory=str(scratch))
    try:
        yield connection
    finally:
        connection.disconnect()


@contextmanager
def spark(scratch: Path) -> Iterator[Any]:
    """Spark: that of the settings of the machine (SPARK_MASTER and so on), else all cores of this one."""
    ibis = require("ibis")
    session = require("pyspark.sql", "spark").SparkSession
    builder = (
        session.builder.appName("nenkin statistics")
        .config("spark.ui.enabled", "false")
        .config("spark.local.dir", str(scratch))
        .config("spark.sql.shuffle.partitions", "8")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.warehouse.dir", str(scratch / "warehouse"))
    )
    try:
        running = builder.getOrCreate()
    except Exception as error:
        if "JAVA" not in str(error).upper():
            raise
        raise MissingExtra(f"Spark needs Java 17 or later: {error}") from error
    try:
        yield ibis.pyspark.connect(running)
    finally:
        running.stop()


ENGINES: dict[str, Callable[..., Any]] = {"duckdb": duckdb, "spark": spark}


def tables(connection: Any, data: Path, names: Sequence[str]) -> dict[str, Any]:
    """The datasets of an export as tables of an engine."""
    return {name: connection.read_parquet(str(data / name / "*.parquet")) for name in names}


def rows(statistic: Statistic, found: dict[str, Any], month: int) -> list[dict[str, Any]]:
    """The rows of a statistic, in the order of its dimensions."""
    columns = (*statistic.dimensions, "persons", *statistic.figures)
    table = statistic.expression(found, month).select(*columns).to_pyarrow()
    made: list[dict[str, Any]] = table.to_pylist()
    return sorted(made, key=lambda row: tuple(row[name] for name in statistic.dimensions))
