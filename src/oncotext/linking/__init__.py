"""Surface forms to codes: exact and inflected forms first, then the most similar ones."""

from oncotext.linking.link import link
from oncotext.linking.linker import Candidate
from oncotext.linking.systems import SYSTEMS

__all__ = ["SYSTEMS", "Candidate", "link"]
