"""What the pipeline costs, as a ratio to the floor: DuckDB reading the same files as text into a table, in the same run."""
