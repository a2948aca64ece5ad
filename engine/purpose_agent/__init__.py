"""Purpose Agent: agents that get better at their work by experience, with no fine-tuning, on your own machine."""
