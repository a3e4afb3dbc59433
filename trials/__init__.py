"""What is tried on real servers for longer than a test lasts: kills (`soak`), requests nobody meant (`fuzz`)."""
