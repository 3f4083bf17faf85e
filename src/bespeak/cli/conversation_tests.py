"""`bespeak test e2e`: whole conversations with the real actions, against the real services."""

import argparse
import asyncio
from collections.abc import Sequence
from pathlib import Path

from bespeak.cli.models import endpoints_of, loaded
from bespeak.cli.terminal import console, progress, tell
from bespeak.data.conversations import Script, read_scripts
from bespeak.errors import ProjectError
from bespeak.evaluation.conversations import Held, Stage


def run(arguments: argparse.Namespace) -> int:
    paths = [Path(path) for path in arguments.stories or ["tests"]]
    scripts = read_scripts(paths)[: arguments.max_stories]
    if not scripts:
        raise ProjectError(
            f"There are no conversations in {', '.join(map(str, paths))}: files with the key "
            "'conversations'. Name others with `--stories`."
        )
    stage = Stage(loaded(arguments).assistant, endpoints_of(arguments).services)
    held = asyncio.run(_hold(stage, scripts, silent=arguments.quiet))
    failed = [one for one in held if not one.passed]
    style = "yellow" if failed else "green"
    console.print(
        f"[{style}]{len(held) - len(failed)} of {len(held)}[/{style}] conversations passed."
    )
    for one in failed:
        tell(f"  failed: {one.script.name} ({one.script.source}:{one.script.line})", "red")
        for failure in one.failures:
            tell(f"    line {failure.line}: {failure.text}")
    return 1 if failed else 0


async def _hold(stage: Stage, scripts: Sequence[Script], *, silent: bool) -> list[Held]:
    held: list[Held] = []
    with progress(silent=silent) as bar:
        task = bar.add_task("Conversations", total=len(scripts))
        for script in scripts:
            held.append(await stage.hold(script))
            bar.advance(task)
    await stage.assistant.close()
    return held
