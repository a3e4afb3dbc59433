"""The electronic seal of signed copies: pyHanko, kept behind values of our own."""
