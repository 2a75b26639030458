"""Language models: the providers behind one port, their prices, and a recorded one that replays."""
