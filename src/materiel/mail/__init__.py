"""E-mail: what a message says, how it is put together, and how it leaves. Knows neither the database nor the web."""
