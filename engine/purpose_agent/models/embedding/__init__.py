"""Texts as vectors by meaning: one port, the models that answer it, and the choice among them by name."""
