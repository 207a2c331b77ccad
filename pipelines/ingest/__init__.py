"""From the bytes that a supplier sends to typed rows without identities. Validation comes after and is not here."""
