from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bespeak.message import Message
from bespeak.nlu.component import Component
from bespeak.nlu.unicode_tokenizer import UnicodeTokenizer
from bespeak.testing.components import ComponentContract, fits


class TestContract(ComponentContract):
    @pytest.fixture(params=[None, "[a-z]+|[0-9]+"], ids=str)
    def build(self, request: pytest.FixtureRequest) -> Callable[[], Component]:
        return lambda: UnicodeTokenizer(token_pattern=request.param)


def words(text: str) -> list[str]:
    (message,) = UnicodeTokenizer().process([Message(text)])
    fits(message)
    return [token.text for token in message.tokens]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Where is my order, please?", ["Where", "is", "my", "order", "please"]),
        ("我的订单在哪里？", ["我", "的", "订", "单", "在", "哪", "里"]),
        ("订单CM-10412在哪", ["订", "单", "CM-10412", "在", "哪"]),
        ("キャンセルしてください", ["キャンセル", "し", "て", "く", "だ", "さ", "い"]),
        ("ยกเลิกคำสั่งซื้อ", ["ย", "ก", "เ", "ลิ", "ก", "คำ", "สั่", "ง", "ซื้", "อ"]),
        ("주문 취소해 주세요", ["주문", "취소해", "주세요"]),
        ("मेरा ऑर्डर", ["मेरा", "ऑर्डर"]),
        ("iPhone在哪里 ok😀", ["iPhone", "在", "哪", "里", "ok"]),
        ("。", ["。"]),
        ("", [""]),
    ],
)
def test_words_of_every_script(text: str, tokens: list[str]) -> None:
    assert words(text) == tokens


@given(st.text(max_size=80))
def test_any_text_is_parted_in_order(text: str) -> None:
    words(text)
