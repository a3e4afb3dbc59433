"""The demonstration: fictional people, real schools, items in every state, loans at every step, every document.

Everything goes through the use cases that people use; nothing is written to the database behind their back.
"""
