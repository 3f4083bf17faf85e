"""`bespeak data augment`: propose variants of examples, in a file for a person to review."""

import argparse
from collections import Counter
from pathlib import Path
from typing import Any

from bespeak.cli.options import add_logging
from bespeak.cli.terminal import console, tell
from bespeak.data import project as projects
from bespeak.data.augmentation import proposals
from bespeak.data.config import Endpoints
from bespeak.data.problems import near
from bespeak.errors import ModelError, ProjectError
from bespeak.evaluation.proposals import as_yaml, hardest, offered
from bespeak.loading import load


def add(commands: Any) -> None:
    """Add the command to those of `bespeak data`."""
    parser = commands.add_parser(
        "augment", help="propose typos and paraphrases of examples, for review"
    )
    parser.add_argument("-u", "--nlu", nargs="+", default=["data"], help="NLU data")
    parser.add_argument(
        "-m", "--model", help="propose what this model, or the newest of a folder, gets wrong"
    )
    parser.add_argument("--intents", nargs="+", help="of these intents only (default: all)")
    parser.add_argument("--count", type=int, default=10, help="at most so many an intent (10)")
    parser.add_argument("--language", default="en", help="of the examples (default: en)")
    parser.add_argument("--seed", type=int, default=42, help="the same seed proposes the same")
    parser.add_argument(
        "--out", default="proposals.yml", help="a file that is not there yet (proposals.yml)"
    )
    add_logging(parser)


def run(arguments: argparse.Namespace) -> int:
    out = Path(arguments.out)
    _check(arguments, out)
    data = projects.read_nlu(arguments.nlu, arguments.language)
    known = {example.intent for example in data.examples if example.intent}
    for intent in arguments.intents or ():
        if intent not in known:
            raise ProjectError(f"No example has the intent {intent!r}.{near(intent, known)}")
    found = [
        one
        for one in proposals(data, arguments.seed, arguments.language)
        if not arguments.intents or one.example.intent in arguments.intents
    ]
    if arguments.model:
        model = load(Path(arguments.model), Endpoints())
        if model.assistant.pipeline is None:
            raise ModelError("This model has no NLU part: train one with `bespeak train`.")
        with console.status("Asking the model"):
            offers = hardest(found, model.assistant.pipeline, arguments.count, arguments.seed)
        how = f"Those first that {model.path.name} gets most wrong; seed {arguments.seed}."
    else:
        offers = offered(found, arguments.count, arguments.seed)
        how = f"Chosen by chance, of all kinds; seed {arguments.seed}."
    if not offers:
        tell("There is nothing to propose: what can be made of the examples is understood.")
        return 0
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("x", encoding="utf-8") as file:
        file.write(as_yaml(offers, f"Made by `bespeak data augment`. {how}"))
    kinds = Counter(offer.proposal.kind for offer in offers)
    tell(f"{len(offers)} proposals: {', '.join(f'{n} {kind}' for kind, n in kinds.most_common())}.")
    tell(f"written: {out}. Nothing of it is learned from until you move it to your data.")
    return 0


def _check(arguments: argparse.Namespace, out: Path) -> None:
    if out.exists():
        raise ProjectError(
            f"{str(out)!r} is there already, perhaps with a review in it: name another file with "
            "--out, or remove it."
        )
    if arguments.count < 1:
        raise ProjectError("--count must be at least 1.")
    for folder in arguments.nlu:
        if Path(folder).is_dir() and out.resolve().is_relative_to(Path(folder).resolve()):
            raise ProjectError(
                f"{str(out)!r} lies among the training data in {folder!r} and would be learned "
                "from without a review: name a file elsewhere with --out."
            )
