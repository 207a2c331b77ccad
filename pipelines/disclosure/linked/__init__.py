"""Disclosure control of linked tables and successive releases: pure functions on numpy and HiGHS, no I/O.

model      published tables as one additive system          joint      a new release with all earlier ones as one system
primary    which counts are small                           ledger     append-only rows of what was shown and hidden
protect    what else must be hidden                         clean_up   what need not be hidden after all
audit      the attacker's bounds                            atoms      the attacker who knows that records lie behind
witness    integer proof of both ends                       verify     checks the proof without any of the others
control    all of it, in order
"""
