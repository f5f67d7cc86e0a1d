"""Registers pipes as spaCy factories under their dotted names: ``nlp.add_pipe("oncotext.tnm")``.

`Language.factory` refuses names with dots because a pipeline's config file nests its sections
at dots. So the factory is registered directly, and a pipeline that holds such a pipe writes
its config with ``oncotext_tnm`` as the component's name; the factory stays ``oncotext.tnm``.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from confection import Config
from spacy.language import FactoryMeta, Language
from spacy.util import SimpleFrozenDict, registry


def factory(
    name: str, *, default_config: dict[str, Any] | None = None
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorator: register a function ``(nlp, name, **settings) -> pipe`` under a dotted name.

    Parameters
    ----------
    name : str
        e.g. ``"oncotext.tnm"``.
    default_config : dict, optional
        Default values of the settings.
    """

    def register(create: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(create)
        def build(nlp: Language, name: str, **settings: Any) -> Any:
            if not isinstance(nlp._config, _DotlessConfig):
                nlp._config = _DotlessConfig(nlp._config)
            return create(nlp, name, **settings)

        # types, not their names: spaCy checks settings against the signature
        build.__signature__ = inspect.signature(create, eval_str=True)  # type: ignore[attr-defined]
        registry.factories.register(name, func=build)
        Language.set_factory_meta(
            name,
            FactoryMeta(
                factory=name,
                default_config=default_config or {},
                assigns=[],
                requires=[],
                scores=[],
                default_score_weights={},
                retokenizes=False,
            ),
        )
        Language.factories = SimpleFrozenDict(registry.factories.get_all())
        return create

    return register


class _DotlessConfig(Config):
    """A config that is written without dots in the names of components."""

    def to_str(self, *, interpolate: bool = True) -> str:
        plain = Config(self, is_interpolated=self.is_interpolated).copy()
        components = plain.get("components", {})
        plain["components"] = {_dotless(name): part for name, part in components.items()}
        for key in ("pipeline", "disabled"):
            plain["nlp"][key] = [_dotless(name) for name in plain["nlp"].get(key, [])]
        text: str = plain.to_str(interpolate=interpolate)
        return text


def _dotless(name: str) -> str:
    return name.replace(".", "_") if name.startswith("oncotext.") else name
