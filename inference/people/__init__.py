"""Several people in the picture: who is there, and where the chosen one goes."""
