import pytest

from bespeak.data.annotations import parse
from bespeak.evaluation.spans import faults


@pytest.mark.parametrize(
    ("wanted", "found", "expected"),
    [
        ("to [Oslo](city)", "to [Oslo](city)", []),
        ("to [Oslo](city)", "to Oslo", ["missed"]),
        ("to [New York](city)", "to New [York](city)", ["other ends"]),
        ("to [Oslo](city)", "to [Oslo](person)", ["other kind"]),
        ("to [New York](city)", "to New [York](person)", ["other kind"]),
        ("to Oslo", "to [Oslo](city)", ["invented"]),
        ("[a](x) [b](y)", "[a](x) [b](x)", ["other kind"]),
        (
            '[M]{"entity": "size", "role": "old"}',
            '[M]{"entity": "size", "role": "new"}',
            ["other role"],
        ),
        ('[M]{"entity": "size", "group": "1"}', "[M](size)", ["other role"]),
        ("[a b](x)", "[a](x) [b](x)", ["other ends"]),  # one fault of one value
        ("[a](x) [b](x)", "[a b](x)", ["other ends", "missed"]),
    ],
)
def test_each_value_is_wrong_in_one_way(wanted: str, found: str, expected: list[str]) -> None:
    told = faults(parse(wanted)[1], parse(found)[1])
    assert [one.how for one in told] == expected
