"""Real browsers: which there are, how to get them, how to start them."""
