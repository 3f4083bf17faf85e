"""Options that are read but change nothing: each is named once, where somebody set it."""

import logging

log = logging.getLogger(__name__)
_said: set[str] = set()


def without_effect(component: str, why: str, **given: bool) -> None:
    """Name in the log the options that were `given` to a component, and why they do nothing.

    Once in a process: a component is built to check its options, and again to learn.
    """
    names = [name for name, is_given in given.items() if is_given]
    if not names:
        return
    text = f"{component}: {', '.join(names)} {'has' if len(names) == 1 else 'have'} no effect"
    if text not in _said:
        _said.add(text)
        log.warning("%s: %s", text, why)
