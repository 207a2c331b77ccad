"""Seeded sample extracts about children who do not exist, calibrated to published figures of the area."""
