"""What a shop's order numbers look like, so that one is known among a customer's words."""

import re

from actions.services.errors import ServiceMisconfigured

SHAPE = re.compile(r"([^{}]{0,12})\{([1-9]\d?)(?:,(\d{0,2}))?\}([^{}]{0,12})")


class OrderNumbers:
    """Order numbers of one shape: `CM-{5}` is "CM-" and five digits, `{4,}` four digits or more.

    Whoever writes one may leave out what stands around the digits, and heeds neither capitals
    nor blanks and hyphens: "cm 10412" and "10412" are `CM-10412`.
    """

    def __init__(self, shape: str) -> None:
        found = SHAPE.fullmatch(shape)
        if found is None or (found[3] and int(found[3]) < int(found[2])):
            raise ServiceMisconfigured(
                "services: orders: order_number is a shape like 'CM-{5}', CM- and five digits, "
                f"or '{{4,}}', four digits or more; not {shape!r}."
            )
        self._before, least, most, self._after = found.groups()
        before, after = re.escape(self._before.strip(" -")), re.escape(self._after.strip(" -"))
        before = before and rf"{before}[\s-]{{0,2}}"
        digits = rf"(\d{{{least}{'' if most is None else f',{most}'}}})"
        after = after and rf"[\s-]{{0,2}}{after}"
        self._said = _alone(rf"(?:{before})?{digits}(?:{after})?")
        self._whole = _alone(before + digits + after) if before or after else None

    def find(self, text: str) -> str | None:
        """The first number in a text, as the shop writes it; `None` where there is none."""
        found = self._said.search(text)
        return f"{self._before}{found[1]}{self._after}" if found else None

    def without(self, text: str) -> str:
        """The text without the numbers that are surely meant as such, digits by themselves not."""
        return self._whole.sub(" ", text) if self._whole else text


def _alone(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-]){pattern}(?![\w-])", re.IGNORECASE)
