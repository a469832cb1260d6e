"""How true fingers are: characters whose fingers move as is known are filmed, and the film is read again."""
