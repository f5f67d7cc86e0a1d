"""Mentions to tumours to one record."""
