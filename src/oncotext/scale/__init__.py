"""Many reports: worker processes, files in, files out."""

from oncotext.scale.many import extract_many

__all__ = ["extract_many"]
