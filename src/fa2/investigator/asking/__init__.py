"""What the tools share: checked arguments, times, known names, and asking a bundle."""
