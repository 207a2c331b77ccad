"""What must be true of each extract: data contracts, and Great Expectations run on DuckDB to hold the data to them."""

import importlib
import logging
import os
import sys
from types import ModuleType
from typing import cast

# Read once, when Great Expectations is first imported: it must be set before any module here imports it.
os.environ["GX_ANALYTICS_ENABLED"] = "false"
# Its log lines quote queries and database errors, which can hold values from a child's record. Levels would not do:
# some of its modules set their own.
logging.getLogger("great_expectations").propagate = False
logging.getLogger("great_expectations").addHandler(logging.NullHandler())


def import_great_expectations() -> None:
    """Import Great Expectations (seconds) without Spark: call it before importing a module here that needs it.

    Where pyspark-client is installed, importing it takes as long again, and it ends any process that was not started
    from a file, as the workers of ``multiprocessing`` are not.
    """
    hide = "pyspark" not in sys.modules and "great_expectations" not in sys.modules
    if hide:
        sys.modules["pyspark"] = cast(ModuleType, None)
    try:
        importlib.import_module("great_expectations")
    finally:
        if hide:
            del sys.modules["pyspark"]
