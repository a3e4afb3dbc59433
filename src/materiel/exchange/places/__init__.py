"""The tables of schools and of town halls, as the State publishes them."""
