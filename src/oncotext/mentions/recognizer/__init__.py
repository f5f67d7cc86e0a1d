"""Mentions found by a trained model: the pipe, its backends, and what it yields to the rules."""
