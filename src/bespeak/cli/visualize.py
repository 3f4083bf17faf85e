"""`bespeak visualize`: draw the stories and rules as a graph."""

import argparse
from pathlib import Path

from bespeak.cli.options import add_logging, set_up_lines
from bespeak.cli.terminal import tell
from bespeak.data import project as projects
from bespeak.errors import ProjectError
from bespeak.evaluation.graph import page, story_graph


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-s", "--stories", nargs="+", help="files or folders (default: data/)")
    parser.add_argument("-d", "--domain", help="domain file or folder")
    parser.add_argument("-c", "--config", help="config.yml")
    parser.add_argument("-u", "--nlu", help=argparse.SUPPRESS)
    parser.add_argument("--out", default="graph.html", help="file (default: graph.html)")
    parser.add_argument("--max-history", type=int, default=2, help="what counts as the same place")
    add_logging(parser)


def run(arguments: argparse.Namespace) -> int:
    set_up_lines(arguments)
    project = projects.read(
        domain=arguments.domain, data=arguments.stories, config=arguments.config
    )
    stories = [*project.stories, *project.rules]
    if not stories:
        raise ProjectError("There are no stories or rules to draw: name them with `--stories`.")
    graph = story_graph(stories, max_history=arguments.max_history)
    out = Path(arguments.out)
    out.write_text(page(graph, Path.cwd().name), encoding="utf-8")
    tell(f"{len(graph.nodes)} places and {len(graph.edges)} steps are drawn in {out}")
    return 0
