"""Disclosure control: pure functions from what is true to what may be shared. No files, no clock, no database."""
