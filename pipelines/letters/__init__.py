"""The letters to suppliers: what to fix in their newest delivery, made of what `extract` kept of each file. No values."""
