"""Code that a model wrote runs here and nowhere else: in a process of its own, behind the walls this machine has."""
