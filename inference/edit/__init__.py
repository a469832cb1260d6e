"""What the user set right about a result: read, checked and put into the track before it is lifted again."""
