"""The contract as other programs meet it: clients that common generators make of it, and what they are answered."""
