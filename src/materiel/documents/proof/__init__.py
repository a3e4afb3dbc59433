"""The pages of proof that follow a signed document, and the record that they print."""
