"""Acts: the circuit of the equipment, from a need to the next child."""
