"""Starts a Spark cluster of two workers on this machine, for tests and benchmarks."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest


def start_spark(folder: Path, zone: str) -> Any:  # a SparkSession; PySpark is not always there
    """Return a session of the cluster, which keeps what it must in a folder. Skips the test where it cannot be had."""
    sql = pytest.importorskip("pyspark.sql", reason="`make engines` installs Spark")
    java = shutil.which("java")
    said = subprocess.run([java, "-version"], capture_output=True, text=True).stderr if java else ""
    if not (version := re.search(r'version "(\d+)', said)) or int(version[1]) < 17:
        pytest.skip("Spark needs Java 17 or newer")
    os.environ.update(SPARK_LOCAL_IP="127.0.0.1", SPARK_LOCAL_DIRS=str(folder), SPARK_WORKER_DIR=str(folder / "work"))
    settings = {
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.sql.shuffle.partitions": "3",
        "spark.sql.session.timeZone": zone,
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "FATAL",
    }
    builder = sql.SparkSession.builder.master("local-cluster[2,1,1024]").appName("fa2")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.range(4).selectExpr("sum(length(regexp_replace(id, '1', '')))").collect()  # workers are up after this
    return session
