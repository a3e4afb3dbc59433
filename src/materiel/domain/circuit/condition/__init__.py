"""The condition of an item at a moment: marks on a drawing, photographs, what the family says of it."""
