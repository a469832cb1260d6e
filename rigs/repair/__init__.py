"""Repair of a performer's joints: moments in which they move as no body can."""
