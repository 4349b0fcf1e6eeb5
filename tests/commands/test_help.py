"""`--help` of every command: examples that are true, and lines that are whole at 80 columns."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from pftui.commands.examples import EXAMPLES
from pftui.commands.root import root
from pftui.commands.settings import Noun, Settings
from pftui.domain.audit import Action, Target
from pftui.domain.permissions import Permission
from tests.commands.conftest import Pftui
from tests.commands.test_documentation import existing

COMMANDS = dict(existing())
NOUNS = [
    name
    for name in root.list_commands(click.Context(root))
    if isinstance(_command := root.get_command(click.Context(root), name), Noun)
]
_REDIRECTED = re.compile(r"\s(<|>>?)\s?\S+")


def shown(words: str) -> str:
    """The help as a terminal of 80 columns has it."""
    done = CliRunner().invoke(root, [*words.split(), "--help"], prog_name="pftui", terminal_width=80)
    assert done.exit_code == 0, done
    return done.output


def arguments(example: str) -> list[str]:
    """What the shell hands pftui of a line: less what stands before it, pipes and redirections."""
    line = _REDIRECTED.sub("", example.removeprefix("key=$(").removesuffix(")"))
    (part,) = (part for part in line.split("|") if re.search(r"(^|\s)pftui(\s|$)", part))
    words = shlex.split(part)
    return words[words.index("pftui") + 1 :]


def parsed(example: str) -> list[str]:
    """The words of the command that the real parser finds, with all of its arguments accepted."""
    context = root.make_context("pftui", arguments(example), obj=Settings())
    names, rest = [], [*context._protected_args, *context.args]
    while isinstance(context.command, click.Group) and rest:
        name, command, rest = context.command.resolve_command(context, rest)
        assert command is not None
        assert name is not None
        names.append(name)
        context = command.make_context(name, rest, parent=context)
        rest = [*context._protected_args, *context.args]
    assert rest == []
    return names


def every_example() -> Iterator[tuple[str, str]]:
    return ((words, example) for words, examples in EXAMPLES.items() for example in examples)


def test_every_command_has_one_or_two() -> None:
    assert EXAMPLES.keys() - {""} == COMMANDS.keys()
    assert {len(examples) for words, examples in EXAMPLES.items() if words} <= {1, 2}


@pytest.mark.parametrize(("words", "example"), every_example())
def test_an_example_is_what_the_parser_takes(words: str, example: str) -> None:
    found = " ".join(parsed(example))
    assert found == words or not words


@pytest.mark.parametrize("wrong", ["pftui users show", "pftui users list --none", "pftui teams add red bot"])
def test_what_is_no_example_is_not_taken(wrong: str) -> None:
    with pytest.raises(click.UsageError):
        parsed(wrong)


@pytest.mark.parametrize("words", ["", *NOUNS, *COMMANDS])
def test_help_ends_with_them_and_fits_80_columns(words: str) -> None:
    text = shown(words)
    lines = text.rpartition("\nExamples:\n")[2].splitlines()
    assert lines
    assert all(line.startswith("  ") for line in lines)
    if words not in NOUNS:
        assert tuple(line.strip() for line in lines) == EXAMPLES[words]
    assert max(map(len, text.splitlines())) <= 80
    assert "..." not in text.replace("[ARGS]...", "")


@pytest.mark.parametrize("noun", NOUNS)
def test_a_group_says_all_of_each_verb(noun: str) -> None:
    told = " ".join(shown(noun).split())
    for words, command in COMMANDS.items():
        if words.startswith(f"{noun} "):
            assert " ".join((command.help or "").partition("\n\n")[0].split()) in told


@pytest.mark.parametrize(
    ("command", "option", "all_of_them"),
    [
        ("audit list", "--action", Action),
        ("audit list", "--without", Action),
        ("audit list", "--target", Target),
        ("verify", "--permission", Permission),
    ],
)
def test_what_may_be_chosen_is_listed_where_it_is_asked_for(
    pftui: Pftui, command: str, option: str, all_of_them: type[Action | Target | Permission]
) -> None:
    wanted = {word.value for word in all_of_them}
    refused = pftui(*command.split(), option, "nonsense")
    assert refused.code == 2
    for text in (shown(command), refused.err):
        assert wanted <= set(re.findall(r"[a-z_]+", text))
