"""What does not fit together in a project, found before anything is learned."""

from collections.abc import Iterator

from bespeak.data.problems import Place, Problem, Problems, Severity
from bespeak.data.project import Project
from bespeak.dialogue.story import Story
from bespeak.domain import DEFAULT_FALLBACK
from bespeak.evaluation import components, labels, references
from bespeak.evaluation.conflicts import conflicts
from bespeak.policies import rule_checks

_FIRST = (Severity.ERROR, Severity.WARNING, Severity.NOTE)


def problems(
    project: Project, max_history: int | None = None, *, only_stories: bool = False
) -> list[Problem]:
    """Return everything that is odd about a project, errors first.

    Those of reading are among them. Story conflicts are looked for in the last `max_history`
    moments of each story (None: in all). With `only_stories`, only conflicts and contradictions
    are looked for. An error is what training cannot go on with.
    """
    found = Problems()
    if not only_stories:
        found.extend(project.problems)
        references.check(project, found)
        labels.check(project, found)
        components.check(project, found)
    if not any(problem.severity is Severity.ERROR for problem in found):
        found.extend(_contradictions(project))
        found.extend(
            conflict.problem()
            for conflict in conflicts(project.stories, project.domain, max_history)
        )
    return sorted(found, key=lambda problem: _FIRST.index(problem.severity))


def _contradictions(project: Project) -> Iterator[Problem]:
    """Yield what the rules contradict, as the options of the RulePolicy want it looked for."""
    policy = next((e for e in project.config.policies if components.short(e) == "RulePolicy"), None)
    if policy is None or not project.rules:
        return
    stories: tuple[Story, ...] = (*project.stories, *project.rules)
    fallback = policy.options.get("core_fallback_action_name", DEFAULT_FALLBACK)
    if not policy.options.get("enable_fallback_prediction", True):
        fallback = None
    restrict = policy.options.get("restrict_rules", True)
    if policy.options.get("check_for_contradictions", True):
        found = rule_checks.check(
            stories, project.domain, restrict_rules=restrict, fallback_action=fallback
        )
    else:
        found = list(rule_checks.restricted(project.rules)) if restrict else []
    begins = {(step.name, step.source): step.line for step in reversed(project.steps)}
    for problem in found:
        places = [
            Place(place.source, place.line or begins.get((place.name, place.source), 0))
            for place in problem.places
        ] or [Place()]
        first, *others = places
        yield Problem(problem.text, first.file, first.line, Severity.ERROR, tuple(others))
