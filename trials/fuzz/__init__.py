"""Ask of a served demonstration what nobody meant: the whole contract of the API, and every form of the pages."""
