"""The version of Bespeak, and of the Rasa whose formats and protocols it speaks."""

__version__ = "0.1.0"

RASA_VERSION = "3.6.21"
MINIMUM_COMPATIBLE_VERSION = "3.5.0"
