"""Write the parts of docs/ that follow from the code: settings, commands, tables, statuses and endpoints.

``python tools/documents.py`` rewrites the marked blocks; a test compares them with what it would write.
"""

from __future__ import annotations

import inspect
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"


def settings_block() -> str:
    """Return the table of all settings."""
    from geoaddr.settings import Settings

    rows = ["| environment variable | in geoaddr.toml | default | what it does |", "|---|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = field.default.get_secret_value() if hasattr(field.default, "get_secret_value") else field.default
        shown = f"`{default}`" if str(default) else "(empty)"
        rows.append(f"| `GEOADDR_{name.upper()}` | `{name}` | {shown} | {field.description} |")
    return "\n".join(rows)


def commands(group: click.Group, prefix: str = "geoaddr") -> Iterator[tuple[str, click.Command]]:
    """Yield every command with its full name, groups before their commands."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None:
            raise LookupError(name)
        yield f"{prefix} {name}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{prefix} {name}")


def commands_block() -> str:
    """Return every command with its usage, help and options."""
    from geoaddr.cli import main

    parts = []
    for name, command in commands(main):
        if isinstance(command, click.Group):
            continue
        context = click.Context(command, info_name=name)
        usage = " ".join(command.collect_usage_pieces(context))
        lines = [f"### `{name}`", "", inspect.cleandoc(command.help or "").split("\f")[0], "", f"    {name} {usage}".rstrip(), ""]
        for option in command.params:
            record = option.get_help_record(context)
            if record is not None:
                lines.append(f"- `{record[0]}` {record[1]}".rstrip())
        parts.append("\n".join(lines).rstrip())
    return "\n\n".join(parts)


def tables_block() -> str:
    """Return every table with what it is and its columns."""
    from gazetteer.store.models import Table

    parts = []
    for mapper in sorted(Table.registry.mappers, key=lambda one: str(one.local_table)):
        described = inspect.cleandoc(mapper.class_.__doc__ or "").split("\n\n")[0].replace("\n", " ")
        columns = []
        for column in mapper.local_table.columns:
            references = ", ".join(f"→ {key.column.table.name}" for key in column.foreign_keys)
            marks = " ".join(
                mark for mark in ("**" if column.primary_key else "", "?" if column.nullable else "", references) if mark and mark != "**"
            )
            columns.append(f"`{column.name}`{' ' + marks if marks else ''}")
        parts.append(f"### {mapper.local_table.name}\n{described}\n\n{', '.join(columns)}")
    return "\n\n".join(parts)


def diagram_block() -> str:
    """Return the entity diagram of all foreign keys in Mermaid."""
    from gazetteer.store.models import Table

    lines = ["```mermaid", "erDiagram"]
    for table in sorted(Table.metadata.tables.values(), key=lambda one: one.name):
        for column in table.columns:
            for key in column.foreign_keys:
                many = "|o" if column.nullable else "||"
                lines.append(f"    {key.column.table.name} {many}--o{{ {table.name} : {column.name}")
    return "\n".join([*lines, "```"])


def statuses_block() -> str:
    """Return each workflow's statuses, how records come to be, and the moves between them."""
    from gazetteer.workflow import ENTRIES, MOVES

    parts = []
    for kind, moves in MOVES.items():
        rows = [
            f"### {kind}",
            "",
            f"Comes to be as {', '.join(f'`{one}`' for one in ENTRIES[kind])}.",
            "",
            "| move | from | to | who |",
            "|---|---|---|---|",
        ]
        for move in moves:
            sources = ", ".join(f"`{one}`" for one in move.sources)
            rows.append(f"| {move.verb} | {sources} | `{move.target}` | {', '.join(move.roles)} |")
        parts.append("\n".join(rows))
    return "\n\n".join(parts)


def operations() -> list[tuple[str, str, str, str]]:
    """Return method, path, what it needs and summary of every operation the API's own description holds."""
    from gazetteer.store.database import Store
    from gazetteer.store.schema import upgrade
    from geoaddr.settings import Settings
    from web.app import create_app

    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/empty.sqlite"
        store = Store(url)
        upgrade(store)
        store.close()
        spec = create_app(Settings(database_url=url, media_dir=Path(folder) / "media", index_dir=Path(folder) / "index")).spec
    found = []
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            scope = re.search(r"Scope: `([^`]+)`", operation.get("description", ""))
            found.append((method.upper(), path, f"`{scope.group(1)}`" if scope else "nothing", operation.get("summary", "")))
    return sorted(found, key=lambda one: (one[1], one[0]))


def endpoints_block() -> str:
    """Return every endpoint of the API's own description."""
    rows = ["| method | path | needs | what it does |", "|---|---|---|---|"]
    rows += [f"| {method} | `{path}` | {needs} | {summary} |" for method, path, needs, summary in operations()]
    return "\n".join(rows)


def import_fields_block() -> str:
    """Return, for every kind of file, its fields and the headings that fill them."""
    from importlib.resources import files

    import yaml

    table = yaml.safe_load(files("gazetteer").joinpath("data/import_columns.yaml").read_text(encoding="utf-8"))
    parts = []
    for kind, columns in table.items():
        rows = [f"### {kind}", "", "| field | headings |", "|---|---|"]
        rows += [
            f"| `{name}`{' (required)' if name in columns['required'] else ''} | {'、'.join(words)} |"
            for name, words in columns["fields"].items()
        ]
        parts.append("\n".join(rows))
    return "\n\n".join(parts)


def case_fields_block() -> str:
    """Return the fields of every kind of case record; what is sealed is set apart."""
    from gazetteer.cases.kinds import case_kinds

    rows = ["| kind | texts that are linked | plain | sealed |", "|---|---|---|---|"]
    for kind in case_kinds().values():
        links = ", ".join(f"`{field}` ({role})" for field, role in kind.links.items())
        rows.append(f"| {kind.name} {kind.title_zh} | {links} | {', '.join(kind.plain)} | {', '.join(kind.person)} |")
    return "\n".join(rows)


def naming_rules_block() -> str:
    """Return every version of every rule of naming, newest first, with article, dates, scope and what excuses a hit."""
    from gazetteer.names.rules import rule_ids, rule_versions

    rows = ["| rule | | class | severity | article | in force | read | about | known exceptions |", "|---|---|---|---|---|---|---|---|---|"]
    for rule in (version for id_ in rule_ids() for version in reversed(rule_versions(id_))):
        until = f" – {rule.effective_to}" if rule.effective_to else " –"
        excuses = "; ".join(f"{one.id} ({one.effect})" for one in rule.exceptions)
        rows.append(
            f"| `{rule.id}` | {rule.title_zh} | {rule.issue_class or ''} | {rule.severity} | {rule.article} | {rule.effective_from}{until} "
            f"| {'yes' if rule.confirmed else 'no'} | {rule.scope} | {excuses} |"
        )
    return "\n".join(rows)


def naming_checks_block() -> str:
    """Return every check of names, addresses and signs with the first line of what it says of itself."""
    from gazetteer.names.address_checks import ADDRESS_CHECKS
    from gazetteer.names.checks import CHECKS
    from gazetteer.names.sign_checks import plates_that_differ

    rows = ["| check | what it flags |", "|---|---|"]
    for check in (*CHECKS, *ADDRESS_CHECKS, plates_that_differ):
        rows.append(f"| `{check.__module__.removeprefix('gazetteer.names.')}.{check.__name__}` | {(check.__doc__ or '').splitlines()[0]} |")
    return "\n".join(rows)


BLOCKS: dict[str, tuple[str, Callable[[], str]]] = {
    "settings": ("operation.md", settings_block),
    "commands": ("commands.md", commands_block),
    "diagram": ("data-model.md", diagram_block),
    "tables": ("data-model.md", tables_block),
    "statuses": ("data-model.md", statuses_block),
    "endpoints": ("api.md", endpoints_block),
    "import-fields": ("files.md", import_fields_block),
    "case-fields": ("files.md", case_fields_block),
    "naming-rules": ("naming-rules.md", naming_rules_block),
    "naming-checks": ("naming-rules.md", naming_checks_block),
}
"""Block name -> the document that holds it, and what writes it."""


def rewritten(text: str, name: str, block: str) -> str:
    """Return a document with one marked block replaced; the markers must be there."""
    pattern = re.compile(rf"(<!-- begin: {name} -->\n).*?(\n<!-- end: {name} -->)", re.DOTALL)
    if not pattern.search(text):
        raise LookupError(f"no block {name}")
    return pattern.sub(lambda found: found.group(1) + block + found.group(2), text)


def current_documents() -> dict[Path, str]:
    """Return every document with generated blocks as it should be now."""
    documents: dict[Path, str] = {}
    for name, (file, write) in BLOCKS.items():
        path = DOCS / file
        documents[path] = rewritten(documents.get(path, path.read_text(encoding="utf-8")), name, write())
    return documents


if __name__ == "__main__":
    for path, text in current_documents().items():
        path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{path.relative_to(ROOT)}\n")
