"""Kill at random what serves, and check that nothing that was acknowledged is lost."""
