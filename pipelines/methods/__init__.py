"""Pure statistics: numbers in, numbers out. Nothing here reads or writes a file."""
