"""The immune system: five scanners that look for threats in lessons, vault text and tool output.

A text is first normalised into views (views.py), each view is read once (reading.py), and every scanner looks at what
was read. Concepts and rules are data (data/*.json), and so are the weights of the linear part (training.py makes them).
"""
