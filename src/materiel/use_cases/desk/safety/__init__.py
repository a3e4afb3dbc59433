"""Safety recalls told: who holds what one concerns, the job that writes to them all, the letters to print."""
