"""States of condition of items, and what families say of them."""
