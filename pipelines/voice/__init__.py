"""What families write: themes and quotes, with names and places taken out and two people who approve."""
