"""`bespeak train [nlu|core]`: check the project, then learn what has changed."""

import argparse
import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from bespeak.cli.options import add_endpoints, add_logging, set_up_lines
from bespeak.cli.terminal import console, progress, tell, tell_problems
from bespeak.data import project as projects
from bespeak.data.problems import Problem, ProblemsFound, Severity
from bespeak.data.project import Project
from bespeak.errors import ModelError, ProjectError
from bespeak.evaluation import check
from bespeak.evaluation.comparison import train_core_variants
from bespeak.model import latest
from bespeak.training import AUGMENTATION, Options, Plan, Trained, plan, train

logger = logging.getLogger(__name__)

RETRAIN: Final = 1
FORCED: Final = 8

WITHOUT_EFFECT: Final = {
    "debug_plots": "`bespeak visualize` draws the stories",
    "num_threads": "DIETClassifier's option `threads` says it",
    "persist_nlu_data": "the archive holds what was learned, not what it was learned from",
    "finetune": "only what has changed is trained anyway, and that from the beginning",
    "epoch_fraction": "no training goes on from an older model",
}
"""Options of Rasa that are accepted so that scripts go on, and why they do nothing here."""


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("part", nargs="?", choices=["nlu", "core"], help="train only this half")
    parser.add_argument("--data", nargs="+", help="files or folders of training data")
    parser.add_argument(
        "-c", "--config", nargs="+", help="config.yml; `train core` compares several"
    )
    parser.add_argument("-d", "--domain", help="domain file or folder")
    parser.add_argument("-u", "--nlu", nargs="+", help="NLU data, for `train nlu`")
    parser.add_argument("-s", "--stories", nargs="+", help="stories, for `train core`")
    parser.add_argument("--out", default="models", help="folder for the model (default: models)")
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="tell what would be trained; exits with 0 (nothing), 1 (something) or 8 (--force)",
    )
    parser.add_argument("--skip-validation", action="store_true", help="do not check the data")
    parser.add_argument(
        "--fail-on-validation-warnings", action="store_true", help="warnings end it, too"
    )
    parser.add_argument(
        "--validation-max-history", type=int, help="how far back story conflicts are looked for"
    )
    parser.add_argument(
        "--augmentation",
        type=int,
        default=AUGMENTATION,
        help=f"how much stories are glued together (default: {AUGMENTATION}; 0: not at all)",
    )
    parser.add_argument("--fixed-model-name", help="the archive's name")
    parser.add_argument("--force", action="store_true", help="train everything anew")
    parser.add_argument("--sign", help="an Ed25519 private key (PEM) to sign the model with")
    parser.add_argument(
        "--percentages",
        nargs="+",
        type=int,
        default=[0, 25, 50, 75],
        help="shares of the stories to leave out, when several configurations are compared",
    )
    parser.add_argument("--runs", type=int, default=3, help="rounds of such a comparison")
    parser.add_argument("--debug-plots", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--num-threads", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--persist-nlu-data", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--finetune", nargs="?", const="models", help=argparse.SUPPRESS)
    parser.add_argument("--epoch-fraction", type=float, help=argparse.SUPPRESS)
    add_endpoints(parser)
    add_logging(parser)


def run(arguments: argparse.Namespace) -> int:
    set_up_lines(arguments)
    for option, why in WITHOUT_EFFECT.items():
        if getattr(arguments, option):
            logger.warning("--%s has no effect: %s.", option.replace("_", "-"), why)
    configs: Sequence[str | None] = arguments.config or [None]
    if len(configs) > 1:
        return _compare(arguments)
    with console.status("Reading the project"):
        project = _read(arguments, configs[0])
    options = Options(
        parts=(arguments.part,) if arguments.part else ("nlu", "core"),
        force=arguments.force,
        augmentation=arguments.augmentation,
        name=arguments.fixed_model_name,
        sign=_key(arguments.sign),
    )
    if not arguments.skip_validation:
        _validate(project, arguments)
    out = Path(arguments.out)
    if arguments.dry_run:
        return _dry_run(project, options, out)
    with progress(silent=arguments.quiet) as bar:
        task = bar.add_task("Training", total=1.0)
        trained = train(
            project,
            out,
            options,
            report=lambda part, share: bar.update(task, description=part, completed=share),
        )
    if not arguments.quiet:
        _tell(trained)
    return 0


def stop_at(problems: Sequence[Problem], *, warnings: str = "") -> None:
    """Tell what is odd; raise `ProjectError` where it ends the command.

    `warnings` is the option by which warnings end it, too, where it was given.
    """
    errors = [problem for problem in problems if problem.severity is Severity.ERROR]
    tell_problems(problem for problem in problems if problem.severity is not Severity.ERROR)
    if errors:
        raise ProblemsFound(errors)
    if warnings and any(problem.severity is Severity.WARNING for problem in problems):
        raise ProjectError(f"There are warnings, and {warnings} was given.")


def _read(arguments: argparse.Namespace, config: str | None) -> Project:
    data = arguments.data
    if arguments.part == "nlu":
        data = arguments.nlu or data
    if arguments.part == "core":
        data = arguments.stories or data
    project = projects.read(domain=arguments.domain, data=data, config=config)
    if arguments.part == "core":
        return replace(project, training_data=replace(project.training_data, examples=()))
    return project


def _validate(project: Project, arguments: argparse.Namespace) -> None:
    with console.status("Checking the project"):
        found = check.problems(project, max_history=arguments.validation_max_history)
    strict = "--fail-on-validation-warnings" if arguments.fail_on_validation_warnings else ""
    if arguments.quiet and not strict:
        found = [problem for problem in found if problem.severity is Severity.ERROR]
    stop_at(found, warnings=strict)


def _dry_run(project: Project, options: Options, out: Path) -> int:
    """Tell what would be done; the exit code says it to scripts, as Rasa's does."""
    if options.force:
        tell("Everything would be trained anew, since --force was given.")
        return FORCED
    try:
        previous = latest(out)
    except ModelError:
        previous = None
    planned = plan(project, options, previous)
    _tell_plan(planned)
    return RETRAIN if planned.anew else 0


def _tell_plan(planned: Plan) -> None:
    for name in planned.anew:
        tell(f"would be trained: {name}")
    for name in planned.kept:
        tell(f"would be kept:    {name}", "dim")
    if not planned.needed:
        tell("Nothing has changed.")
    elif not planned.anew:
        tell("Only the domain has changed: nothing has to be learned.")


def _tell(trained: Trained) -> None:
    if trained.unchanged:
        tell(f"Nothing has changed: the model is {trained.path}")
        return
    kept = f", {len(trained.plan.kept)} of its parts kept" if trained.plan.kept else ""
    console.print(f"[green]Trained[/green] in {trained.seconds:.1f} s{kept}: {trained.path}")


def _compare(arguments: argparse.Namespace) -> int:
    """Train each configuration on less and less of the stories, for `test core` to compare."""
    if arguments.part != "core":
        raise ProjectError(
            "Several configurations are compared by `bespeak train core -c A.yml B.yml`; a model "
            "is trained from one."
        )
    variants = {Path(config).stem: _read(arguments, config) for config in arguments.config}
    if len(variants) < len(arguments.config):
        raise ProjectError("Configurations that are compared need different file names.")
    total = len(variants) * len(arguments.percentages) * arguments.runs
    with progress(silent=arguments.quiet) as bar:
        task = bar.add_task("Comparison", total=total)
        for written in train_core_variants(
            variants,
            Path(arguments.out),
            percentages=arguments.percentages,
            runs=arguments.runs,
            augmentation=arguments.augmentation,
        ):
            bar.update(task, advance=1, description=written.name)
    tell(
        f"{total} models are in {arguments.out}/. Compare them with `bespeak test core "
        f"--model {arguments.out} --evaluate-model-directory`."
    )
    return 0


def _key(path: str | None) -> Ed25519PrivateKey | None:
    if path is None:
        return None
    try:
        key = load_pem_private_key(Path(path).read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise ProjectError(f"The signing key {path!r} cannot be read: {error}.") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ProjectError(f"The signing key {path!r} is no Ed25519 key.")
    return key
