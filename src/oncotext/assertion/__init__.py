"""Negation, hypothesis, history and family: cues, their reach, and the flags that follow."""

from __future__ import annotations

from oncotext.assertion.context import Assertion, ContextEngine

__all__ = ["Assertion", "ContextEngine"]
