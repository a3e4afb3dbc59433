"""Rules: a loan that goes elsewhere: another service becomes its lender, or the pupil leaves the académie."""
