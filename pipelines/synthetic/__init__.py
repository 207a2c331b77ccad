"""Seeded sample extracts about children who do not exist, calibrated to published figures of the area."""

from pipelines.synthetic.generator import generate
from pipelines.synthetic.scale import Scale
from pipelines.synthetic.truth import GeneratedFile, GeneratedTruth

__all__ = ["GeneratedFile", "GeneratedTruth", "Scale", "generate"]
