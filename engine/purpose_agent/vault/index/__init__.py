"""Find passages: by words, by meaning, and by both together."""
