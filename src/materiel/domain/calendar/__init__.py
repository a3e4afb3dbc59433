"""Rules: days and years, where somebody is."""
