"""How the shop's pages look. No script, no font and no picture comes from anywhere else."""

from html import escape

STYLE = """
:root { --ink: #16202c; --soft: #5b6b7c; --line: #dde4ec; --paper: #fff; --wash: #f4f7fa;
        --accent: #0b6e4f; --good: #e2f4ea; --wait: #fff3d6; --bad: #fde7e7; --move: #e3eefc; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6ebf1; --soft: #9aa8b7; --line: #2d3947;
        --paper: #18202a; --wash: #10161d; --accent: #5fd3a8; --good: #143628; --wait: #3b3013;
        --bad: #421e1e; --move: #17304d; } }
* { box-sizing: border-box; }
a { color: var(--accent); }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0; color: var(--ink);
       background: var(--wash); }
main, header > div { max-width: 72rem; margin: 0 auto; padding: 0 1.25rem; }
header { background: var(--accent); color: var(--paper); padding: 1.6rem 0; margin-bottom: 1.5rem; }
header h1 { margin: 0; font-size: 1.7rem; letter-spacing: -.01em; }
header p { margin: .3rem 0 0; max-width: 46rem; }
header a { color: inherit; }
section { background: var(--paper); border: 1px solid var(--line); border-radius: .7rem;
          padding: 1.1rem 1.25rem; margin: 0 0 1.25rem; overflow-x: auto; }
h2 { font-size: 1.1rem; margin: 0 0 .6rem; }
table { border-collapse: collapse; width: 100%; }
th { font-weight: 600; color: var(--soft); font-size: .82rem; text-align: left; }
th, td { padding: .4rem .9rem .4rem 0; border-bottom: 1px solid var(--line);
         vertical-align: top; }
tr:last-child td { border-bottom: 0; }
code { font: .86em ui-monospace, monospace; background: var(--wash); padding: .1rem .35rem;
       border-radius: .3rem; white-space: nowrap; }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.state { border-radius: 1rem; padding: .08rem .6rem; font-size: .82rem; white-space: nowrap;
         background: var(--move); }
.state.delivered, .state.placed { background: var(--good); }
.state.awaiting_payment, .state.packing, .state.partly_dispatched { background: var(--wait); }
.state.cancelled, .state.returned { background: var(--bad); }
nav a { margin-right: 1rem; }
button { font: inherit; font-weight: 600; color: var(--paper); background: var(--accent);
         border: 0; border-radius: .5rem; padding: .6rem 1.4rem; cursor: pointer; }
"""


def page(title: str, intro: str, body: str) -> str:
    """A whole page. `intro` and `body` are HTML, `title` is text."""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>{STYLE}</style>
</head>
<body>
<header><div><h1>{escape(title)}</h1><p>{intro}</p></div></header>
<main>
{body}
</main>
</body>
</html>
"""


def section(title: str, body: str, name: str = "") -> str:
    """A part of a page. `body` is HTML."""
    return f'<section id="{escape(name)}"><h2>{escape(title)}</h2>\n{body}\n</section>'


def table(heads: list[str], rows: list[list[str]]) -> str:
    """A table. The cells are HTML, the heads are text."""
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    lines = "\n".join(
        "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>" for cells in rows
    )
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{lines}\n</tbody>\n</table>"


def code(text: str) -> str:
    """Something to copy."""
    return f"<code>{escape(text)}</code>"


def money(cents: int, currency: str) -> str:
    """An amount, as it stands in a column."""
    return f'<span class="number">{cents // 100}.{cents % 100:02}\u00a0{escape(currency)}</span>'


def state(word: str) -> str:
    """A state, in its colour."""
    return f'<span class="state {escape(word)}">{escape(word.replace("_", " "))}</span>'
