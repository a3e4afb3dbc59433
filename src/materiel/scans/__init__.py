"""Bundles of signed pages come back from the scanner: read the code of each page, sort the pages by document."""
