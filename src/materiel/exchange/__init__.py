"""Files in and out: CSV as users have it, streamed in bounded memory. Knows neither the database nor the
web."""
