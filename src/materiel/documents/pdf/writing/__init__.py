"""The bytes of a PDF: its syntax, its objects one after the other, what it says of itself, what holds its parts."""
