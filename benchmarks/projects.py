"""What is measured on: real projects beside this repository, and a small one with an action."""

import itertools
import shutil
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "rasa-projects"

MOOD_TEXTS = [
    "hey there",
    "hello, good morning!",
    "I am feeling so sad today",
    "my day was horrible, honestly",
    "so so perfect, thanks",
    "I feel like a king right now",
    "yes, that did help",
    "no, not really my friend",
    "see you later",
    "bye bye for now",
    "are you a bot or a human?",
    "am I talking to a machine here",
]
"""What people may say to moodbot: none of it stands in its training data letter for letter."""


def action_bot(target: Path, action_port: int) -> Path:
    """Write a bot whose every turn calls a custom action over HTTP."""
    files = {
        "config.yml": """
            recipe: default.v1
            language: en
            assistant_id: benchmark
            pipeline:
            - name: WhitespaceTokenizer
            - name: CountVectorsFeaturizer
            - name: LogisticRegressionClassifier
            policies:
            - name: RulePolicy
            """,
        "domain.yml": """
            version: "3.1"
            intents: [look, bye]
            slots:
              order: {type: text, mappings: [{type: custom}]}
            responses:
              utter_bye: [{text: "Bye."}]
            actions: [action_look_up]
            """,
        "data/nlu.yml": """
            version: "3.1"
            nlu:
            - intent: look
              examples: |
                - where is my order
                - look up my parcel please
                - has my package left yet
                - order status
            - intent: bye
              examples: |
                - bye
                - good bye
                - see you
                - farewell
            """,
        "data/rules.yml": """
            version: "3.1"
            rules:
            - rule: look
              steps: [{intent: look}, {action: action_look_up}]
            - rule: bye
              steps: [{intent: bye}, {action: utter_bye}]
            """,
        "endpoints.yml": f"""
            action_endpoint:
              url: http://127.0.0.1:{action_port}/webhook
            tracker_store:
              type: SQL
              dialect: sqlite
              db: conversations.db
            """,
        "credentials.yml": "rest:\n",
        "actions/__init__.py": "",
        "actions/actions.py": '''
            """The one action of the benchmark's bot."""

            from rasa_sdk import Action
            from rasa_sdk.events import SlotSet


            class LookUp(Action):
                def name(self):
                    return "action_look_up"

                def run(self, dispatcher, tracker, domain):
                    dispatcher.utter_message(text="Your order is on its way.")
                    return [SlotSet("order", "A17")]
            ''',
    }
    for name, content in files.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(content).lstrip())
    return target


ACTION_TEXTS = ["where is my order", "look up my parcel", "has my package left", "order status?"]


def cloudmart(target: Path, shop_port: int) -> Path:
    """Copy the reference assistant and its shop, which listens on `shop_port`."""
    for name in ("actions", "data", "domain", "sandbox"):
        shutil.copytree(ROOT / name, target / name)
    for name in ("config.yml", "credentials.yml", "endpoints.yml"):
        shutil.copyfile(ROOT / name, target / name)
    endpoints = target / "endpoints.yml"
    endpoints.write_text(endpoints.read_text().replace(":5080", f":{shop_port}"))
    return target


def cloudmart_turns(prefix: str, customers: int) -> list[dict[str, str]]:
    """What customers say, three turns each; the shop is asked in every one of them."""
    return [
        {"sender": f"{prefix}-{i}", "message": text.format(order=order, email=email)}
        for i, (order, email) in zip(range(customers), itertools.cycle(_CUSTOMERS))
        for text in (
            "where is my order {order}? my address is {email}",
            "what would it cost to cancel {order}",
            "has the refund for {order} been sent yet?",
        )
    ]


_CUSTOMERS = (
    ("CM-11021", "ben.carter@example.com"),
    ("CM-11083", "isla.obrien@example.com"),
    ("CM-11055", "greta.lindqvist@example.com"),
    ("CM-10607", "elif.yildiz@example.com"),
    ("CM-10425", "chiara.ricci@example.com"),
)
"""Some of the customers that the sandbox is filled with."""
