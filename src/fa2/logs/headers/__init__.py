"""What stands before or around the message of a line: time, level, logger; found in a sample, read plain and compiled."""
