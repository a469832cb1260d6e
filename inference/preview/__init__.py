"""What a job sees while it still looks, for whoever watches; the result does not depend on it."""
