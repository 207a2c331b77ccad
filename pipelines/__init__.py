"""How the pipeline works: ingest, methods, disclosure control, publishing. Only its wiring modules import Dagster."""
