"""Pages: who uses the product: accounts, their rights, proofs and sessions."""
