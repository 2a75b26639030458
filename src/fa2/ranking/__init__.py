"""From observations to suspects and a verdict."""
