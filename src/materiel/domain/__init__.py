"""The rules. Standard library only: no await, no clock, no I/O."""
