"""What the statistics of `pipelines.methods` say of the core tables: tables of the layer measures that SQL cannot make.

For the council alone. They hold counts before disclosure control and more sums of small counts than the shared tables have,
so none of them may be added to data/reference/shared_tables.yaml.
"""
