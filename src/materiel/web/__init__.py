"""Litestar lives here: parse, call one use case, answer."""
