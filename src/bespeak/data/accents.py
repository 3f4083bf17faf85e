"""Letters without their accents."""

import unicodedata


def without_accents(text: str) -> str:
    """Return the text in its compatible decomposition (NFKD) without combining marks, as
    scikit-learn's `strip_accents: unicode` does: vowel signs that are no marks stay."""
    if text.isascii():
        return text
    apart = unicodedata.normalize("NFKD", text)
    return "".join(char for char in apart if not unicodedata.combining(char))
