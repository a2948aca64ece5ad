"""Notebooks: a purpose in plain words, a team, and cells of tasks, questions, lessons and notes."""
