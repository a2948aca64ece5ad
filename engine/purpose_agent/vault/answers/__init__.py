"""Answers whose every sentence can be traced to the words of a document."""
