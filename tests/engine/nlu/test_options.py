import pytest

from bespeak.nlu.options import without_effect


def test_options_that_were_given_are_named_with_the_reason(
    caplog: pytest.LogCaptureFixture,
) -> None:
    without_effect("DIETClassifier", "there is no GPU.", use_gpu=True, threads=False, devices=True)
    (record,) = caplog.records
    assert record.getMessage() == (
        "DIETClassifier: use_gpu, devices have no effect: there is no GPU."
    )


def test_the_same_option_of_the_same_component_is_named_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    for _ in range(2):
        without_effect("DIETClassifier", "there is no GPU.", use_gpu=True)
    assert [record.getMessage() for record in caplog.records] == [
        "DIETClassifier: use_gpu has no effect: there is no GPU."
    ]


def test_where_none_was_given_the_log_stays_empty(caplog: pytest.LogCaptureFixture) -> None:
    without_effect("DIETClassifier", "there is no GPU", use_gpu=False)
    assert caplog.records == []
