"""Renders one chat template for `vlm.template`, in a process of its own: a line of JSON in, a line of JSON out.

Run by its path, without the package: Jinja alone is imported. What the template asks of the processor beyond `SECONDS`, or of memory beyond
`MEMORY`, ends this process.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any, NoReturn

SECONDS, MEMORY, LONGEST = 1, 512 << 20, 4 << 20
"""Of processor time for one rendering; bytes of the whole process; characters of a rendering."""


def compiled(template: str) -> Any:
    """The template, in the environment that transformers gives chat templates."""
    from jinja2.exceptions import TemplateError
    from jinja2.ext import Extension
    from jinja2.nodes import CallBlock, Node
    from jinja2.parser import Parser
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Generation(Extension):
        """`{% generation %}`, around what an assistant wrote in the published template, too: training may want to know where; here it
        is only shown."""

        tags = {"generation"}

        def parse(self, parser: Parser) -> Node:
            line = next(parser.stream).lineno
            body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
            return CallBlock(self.call_method("_shown"), [], [], body).set_lineno(line)

        def _shown(self, caller: Callable[[], str]) -> str:
            return caller()

    def refuse(message: str) -> NoReturn:
        raise TemplateError(message)

    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols", Generation])
    environment.filters["tojson"] = lambda value, ensure_ascii=False, **how: json.dumps(value, ensure_ascii=ensure_ascii, **how)
    environment.globals["raise_exception"] = refuse
    environment.globals["strftime_now"] = lambda form: datetime.now().strftime(form)
    return environment.from_string(template)


def bound(seconds: int) -> None:
    """Let this process compute for so long from now, and never grow beyond `MEMORY`. Nothing on Windows."""
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + 1 + seconds, hard))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))


def answer(line: str, known: dict[str, Any]) -> dict[str, str]:
    """What one line asks for: `text`, or `error`."""
    asked = json.loads(line)
    try:
        if "template" in asked:
            known["template"] = compiled(asked["template"])
        text = known["template"].render(**asked["values"])
    except Exception as error:  # noqa: BLE001 — whatever a stranger's template raises
        return {"error": f"{type(error).__name__}: {str(error)[:300]}"}
    return {"text": text} if len(text) <= LONGEST else {"error": f"it makes more than {LONGEST:,} characters of a question"}


def main() -> None:
    known: dict[str, Any] = {}
    for line in sys.stdin:
        bound(SECONDS)
        print(json.dumps(answer(line, known)), flush=True)


if __name__ == "__main__":
    main()
