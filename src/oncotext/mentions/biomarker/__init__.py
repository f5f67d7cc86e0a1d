"""BIOMARKER: a marker with its result."""

from oncotext.mentions.biomarker.pipe import BiomarkerPipe, create

__all__ = ["BiomarkerPipe", "create"]
