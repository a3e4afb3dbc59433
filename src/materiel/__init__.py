"""Lending and deposit of State-owned adapted teaching equipment."""

__version__ = "0.1.0"
