"""Drawing: one module for each kind of document."""
