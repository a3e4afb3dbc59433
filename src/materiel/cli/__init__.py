"""The `materiel` command: parse, call one use case, print."""
