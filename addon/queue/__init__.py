"""The job list: several films on several characters, one after the other."""
