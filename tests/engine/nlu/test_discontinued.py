import pytest

from bespeak import extend
from bespeak.errors import ExtensionError
from bespeak.message import Message
from bespeak.nlu import BUILTIN


@pytest.mark.parametrize("name", [name for name in BUILTIN if name.startswith("Mitie")])
def test_mitie_is_refused_with_what_to_use_in_its_place(name: str) -> None:
    with pytest.raises(ExtensionError, match=f"'{name}' is not supported: MITIE.*not maintained"):
        extend.build("nlu", BUILTIN, {"name": name, "model": "data/total.dat"})


def test_convert_is_accepted_and_says_that_it_does_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    convert = extend.build("nlu", BUILTIN, {"name": "ConveRTFeaturizer", "model_url": "x"})
    assert "ConveRTFeaturizer adds no features" in caplog.text
    assert convert.process([Message("hello")]) == [Message("hello")]
