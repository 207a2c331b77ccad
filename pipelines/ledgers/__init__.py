"""Lists that the council keeps in the data folder: corrections of single values, and withdrawals of consent."""
