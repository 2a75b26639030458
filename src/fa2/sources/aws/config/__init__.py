"""AWS Config: what resources were like before and after."""
