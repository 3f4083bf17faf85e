"""From a name in config.yml to an object: built in, installed, or by module path."""

import difflib
import inspect
from collections.abc import Iterable, Mapping
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from bespeak.errors import ExtensionError


def build(family: str, builtin: Mapping[str, str], spec: Mapping[str, Any]) -> Any:
    """Build what one `- name: ...` entry of config.yml describes.

    `family` names the group of entry points (`nlu` is `bespeak.nlu`), `builtin` maps our own names
    to module paths. What remains of the entry are the constructor's keywords. Raises
    `ExtensionError` where the name leads nowhere or the options do not fit.
    """
    options = {str(key): value for key, value in spec.items()}
    name = options.pop("name", None)
    if not isinstance(name, str) or not name:
        raise ExtensionError(
            f"An entry of the {family} family needs a 'name', a text; found {dict(spec)!r}."
        )
    factory = find(family, builtin, name)
    try:
        signature = inspect.signature(factory)
    except (TypeError, ValueError):  # no class, or one written in C that does not say
        raise ExtensionError(
            f"{name!r} cannot be built: {factory!r} does not say what its options are."
        ) from None
    try:
        signature.bind(**options)
    except TypeError as error:
        known = [
            parameter.name
            for parameter in signature.parameters.values()
            if parameter.kind in (parameter.KEYWORD_ONLY, parameter.POSITIONAL_OR_KEYWORD)
        ]
        strange = next((option for option in options if option not in known), "")
        raise ExtensionError(
            f"{name!r} cannot be built: {error}. {_hint(strange, known)}"
            f"Its options are: {', '.join(known) or 'none'}."
        ) from None
    return factory(**options)


def find(family: str, builtin: Mapping[str, str], name: str) -> Any:
    """Return what the name means: one of ours, an installed one, or one by module path.

    A class that Rasa has under its full path (`rasa.nlu.….DIETClassifier`) is ours of that name.
    """
    if name in builtin:
        return load(builtin[name])
    installed = {point.name: point for point in entry_points(group=f"bespeak.{family}")}
    if name in installed:
        return _installed(installed[name])
    known = sorted({*builtin, *installed})
    if name.startswith("rasa."):
        short = name.rpartition(".")[2]
        if short in builtin:
            return load(builtin[short])
        raise _unknown(family, name, short, known)
    if "." in name:
        return load(name)
    raise _unknown(family, name, name, known)


def load(path: str, *, extra: str = "") -> Any:
    """Import `module.attribute`, or a module where the path has no dot.

    `extra` is the optional dependency group that brings the module, named in the error where it
    is missing.
    """
    module, _, attribute = path.rpartition(".")
    if not module:
        return load_module(path, extra=extra)
    found = load_module(module, extra=extra)
    try:
        return getattr(found, attribute)
    except AttributeError:
        near = _hint(attribute, [name for name in vars(found) if not name.startswith("_")])
        raise ExtensionError(
            f"{path!r} cannot be imported: module {module!r} has no {attribute!r}. {near}".strip()
        ) from None


def load_module(name: str, *, extra: str = "") -> Any:
    """Import a module; `extra` as in `load`."""
    try:
        return import_module(name)
    except (ImportError, SyntaxError, ValueError) as error:  # ValueError: an empty part, as in 'a.'
        missing = isinstance(error, ModuleNotFoundError)
        install = f" Install it with: pip install 'bespeak[{extra}]'." if extra and missing else ""
        raise ExtensionError(f"{name!r} cannot be imported: {error}.{install}") from error


def _installed(point: EntryPoint) -> Any:
    try:
        return point.load()
    except (ImportError, AttributeError, SyntaxError) as error:
        package = f" of the package {point.dist.name!r}" if point.dist else ""
        raise ExtensionError(
            f"{point.name!r}{package} cannot be imported from {point.value!r}: {error}."
        ) from error


def _unknown(family: str, name: str, short: str, known: Iterable[str]) -> ExtensionError:
    known = list(known)
    return ExtensionError(
        f"No {family} extension is called {name!r}. {_hint(short, known)}"
        f"Known: {', '.join(known)}. "
        "Your own is named by its module path, as in 'connectors.whatsapp.WhatsApp'."
    )


def _hint(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"Did you mean {near[0]!r}? " if near else ""
