"""Pieces of screens: each draws one thing from records that it is given."""
