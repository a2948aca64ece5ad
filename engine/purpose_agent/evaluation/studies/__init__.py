"""Studies: the same tasks with and without memory, side by side, and what that shows."""
