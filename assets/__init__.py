"""What is made: thin Dagster assets, one module per stage in the order of the flow. An asset is a table or a file."""
