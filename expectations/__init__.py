"""What must be true of each extract: data contracts, and Great Expectations run on DuckDB to hold the data to them."""

import logging
import os

# Read once, when Great Expectations is first imported: it must be set before any module here imports it.
os.environ["GX_ANALYTICS_ENABLED"] = "false"
# Its log lines quote queries and database errors, which can hold values from a child's record. Levels would not do:
# some of its modules set their own.
logging.getLogger("great_expectations").propagate = False
logging.getLogger("great_expectations").addHandler(logging.NullHandler())
