"""Tables that are worked out from what partners see already, and so can give nothing more away.

Every function takes protected, published or public rows and returns rows; `tables` alone reads and writes files.
"""
