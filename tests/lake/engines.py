#!/usr/bin/env python3
"""The guide's questions to archives, docs/guide/lake.md, as it has them, answered by PySpark and by
ClickHouse (chDB).

    tools/rig lake
    tests/lake/engines.py [--daybook PROGRAM] [--python PYTHON]

It cannot be run (77) where `tools/bootstrap --lake` has not installed them.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from lake_ledger import LABEL, ROOT, LakeLedger, best_trials, blocks, count_by_type

CANNOT_RUN = 77


def ask_spark() -> dict:
    from pyspark.sql import SparkSession

    spark = (SparkSession.builder.master("local[1]").appName("daybook")
             .config("spark.ui.enabled", "false").config("spark.sql.shuffle.partitions", "1")
             .config("spark.sql.session.timeZone", "UTC").getOrCreate())
    spark.sparkContext.setLogLevel("ERROR")
    names: dict = {"spark": spark}
    for block in blocks("PySpark", "python"):
        exec(block, names)
    events = names["events"]
    days = [str(row[0]) for row in events.select("day").distinct().orderBy("day").collect()]
    labels = events.selectExpr("get_json_object(line, '$.params.label') AS label") \
        .where("label IS NOT NULL").distinct().collect()
    damaged = events.where("damaged_bytes IS NOT NULL").select("damaged_bytes").collect()
    return {"by_type": [list(row) for row in names["by_type"].collect()],
            "best": [list(row) for row in names["best"].collect()],
            "days": days, "labels": [row[0] for row in labels],
            "damaged": [bytes(row[0]).hex() for row in damaged]}


def ask_clickhouse() -> dict:
    import chdb

    def ask(sql: str) -> list:
        answer = chdb.query(sql.rstrip().rstrip(";"), "JSONCompactEachRow")
        return [json.loads(line) for line in str(answer).splitlines()]

    by_type, best = (ask(block) for block in blocks("ClickHouse", "sql"))
    table = "file('archive/day=*/*.parquet', Parquet)"
    days = ask(f"SELECT DISTINCT extract(_path, 'day=([0-9-]+)') AS d FROM {table} ORDER BY d")
    labels = ask("SELECT DISTINCT JSONExtractString(assumeNotNull(line), 'params', 'label') "
                 f"FROM {table} WHERE event_type = 'trial.recorded'")
    damaged = ask(f"SELECT lower(hex(damaged_bytes)) FROM {table} WHERE damaged_bytes IS NOT NULL")
    return {"by_type": [[kind, int(count)] for kind, count in by_type], "best": best,
            "days": [row[0] for row in days], "labels": [row[0] for row in labels],
            "damaged": [row[0] for row in damaged]}


ENGINES = {"PySpark": ask_spark, "ClickHouse": ask_clickhouse}


def answer(engine: str) -> None:
    """Prints what the engine says, as JSON, on a line of its own behind whatever it says itself."""
    print("\n" + json.dumps(ENGINES[engine]()))


def problems(engine: str, python: str, ledger: LakeLedger) -> list[str]:
    environment = {**os.environ, "SPARK_LOCAL_IP": "127.0.0.1", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([python, __file__, "--answer", engine], cwd=ledger.root,
                          env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        return [f"ended with {done.returncode}: {done.stderr[-2000:]}"]
    found = json.loads(done.stdout.splitlines()[-1])
    expected = {"by_type": [list(row) for row in count_by_type(ledger.archived)],
                "best": [list(row) for row in best_trials(ledger.archived)],
                "days": ["2026-01-21", "2026-01-22", "2026-01-23"], "labels": [LABEL],
                "damaged": [b'{"event_type":"bad \xff\xfe"}'.hex()]}
    return [f"{key}: found {found.get(key)}, expected {expected[key]}"
            for key in expected if found.get(key) != expected[key]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--daybook", default=str(ROOT / "build" / "dev" / "daybook"))
    parser.add_argument("--python", default=str(ROOT / "tools/deps/lake/bin/python"))
    parser.add_argument("--answer", choices=list(ENGINES), help=argparse.SUPPRESS)
    parser.add_argument("--soak", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.answer:
        answer(args.answer)
        return 0
    if not Path(args.python).exists():
        print("rig lake: cannot be run here: run tools/bootstrap --lake")
        return CANNOT_RUN
    began = time.monotonic()
    failures = 0
    with tempfile.TemporaryDirectory() as directory:
        ledger = LakeLedger(Path(directory) / "ledger", str(Path(args.daybook).resolve()))
        for engine in ENGINES:
            for problem in problems(engine, args.python, ledger):
                failures += 1
                print(f"rig lake: {engine}: {problem}")
    word = "FAILED" if failures else "passed"
    print(f"rig lake: {word}: {len(ENGINES)} engines, {failures} failures, "
          f"{time.monotonic() - began:.1f} s")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
