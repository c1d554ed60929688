"""The front door: one command per verb, each loaded only when it is asked for, so that ``geoaddr --help`` is quick."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from geoaddr import __version__
from geoaddr.errors import GeoaddrError

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("geoaddr.cli.demo:demo_command", "Build the sample district, run every journey on it once and report."),
    "serve": ("geoaddr.cli.serve:serve_command", "Serve the pages and the API."),
    "worker": ("geoaddr.cli.serve:worker_command", "Run queued jobs."),
    "db": ("geoaddr.cli.db:db_group", "Upgrade, check, back up and restore the register."),
    "index": ("geoaddr.cli.db:index_group", "Build the matching index anew, or say what it holds."),
    "users": ("geoaddr.cli.users:users_group", "People who may sign in, and keys of other systems."),
    "import": ("geoaddr.cli.exchange:import_command", "Bring divisions, places, roads, addresses, plates or cases from a file."),
    "export": ("geoaddr.cli.exchange:export_command", "Write the same kinds to a file."),
    "normalize": ("geoaddr.cli.text:normalize_command", "Normalise address texts."),
    "parse": ("geoaddr.cli.text:parse_command", "Cut address texts into labelled parts."),
    "train": ("geoaddr.cli.text:train_command", "Fit the parser to an office's own labelled addresses."),
    "compare": ("geoaddr.cli.match:compare_command", "Say whether two texts mean the same address."),
    "match": ("geoaddr.cli.match:match_command", "Wash a table: link every row to the register."),
    "explain": ("geoaddr.cli.explain:explain_command", "Tell how the verdict on an address comes about, step by step."),
    "names": ("geoaddr.cli.names:names_group", "Check proposed names; audit the register's names."),
    "standards": ("geoaddr.cli.standards:standards_group", "Give place codes; write the provincial item list and Linked Places."),
    "plates": ("geoaddr.cli.plates:plates_group", "Number doors, order plates, print sheets, show coverage."),
    "cases": ("geoaddr.cli.cases:cases_group", "Bring case records, link them anew, show warnings."),
}
"""Command name -> where it lives, and its one line of help (here, so that help needs no import)."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the command names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command."""
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name][0].split(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; an error a person can act on becomes one sentence and exit code 2."""
        try:
            return super().invoke(ctx)
        except GeoaddrError as error:
            click.echo(f"geoaddr：{error.message}", err=True)
            ctx.exit(2)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="geoaddr")
def main() -> None:
    """Place-name and address governance: names, addresses, door plates and linked cases.

    Exit code 0: done; 1: done, but some rows or checks failed (they are listed); 2: wrong usage or unreadable input.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
