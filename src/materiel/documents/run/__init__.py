"""Files already drawn, put into one to be printed: read back as they were issued, never drawn again."""
