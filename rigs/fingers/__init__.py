"""Fingers: which bones they are, what a hand's points say of their joints, and the turns that follow."""
