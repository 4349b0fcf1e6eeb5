"""Completion for bash: click's would break e-mail addresses apart, and insert names as the shell reads them.

bash hands a completion what it has split at `@`, `:` and `=` too, and inserts what it is given as it is. So
the whole line is taken here, and what is offered is what stands behind such a sign, with a backslash before
whatever means something to a shell: a name is data, be it `$(reboot)`.
"""

from __future__ import annotations

import os
import re
from typing import Any

from click.shell_completion import BashComplete, CompletionItem, add_completion_class, split_arg_string

_SCRIPT = """\
%(complete_func)s() {
    local line typed="${COMP_LINE:0:COMP_POINT}" piece="${COMP_WORDS[COMP_CWORD]}"
    COMPREPLY=()
    while IFS= read -r line; do
        case $line in
            dir,*) compopt -o dirnames ;;
            file,*) compopt -o default ;;
            plain,*) COMPREPLY+=("${line#plain,}") ;;
        esac
    done < <(COMP_WORDS="$typed" COMP_CWORD= COMP_PIECE="$piece" COMP_BREAKS="$COMP_WORDBREAKS" \\
        %(complete_var)s=bash_complete "$1" 2>/dev/null)
    return 0
}

complete -o nosort -F %(complete_func)s %(prog_name)s
"""

_MEANS_SOMETHING = re.compile(r"([^\w@%+=:,./-])")
#: What means something between quotation marks, and so is not offered there.
_IN_QUOTES = {'"': '"$`\\!', "'": "'"}


class Bash(BashComplete):
    """Takes the line up to the cursor in COMP_WORDS, and COMP_CWORD empty; else both as click does."""

    name = "bash"
    source_template = _SCRIPT
    _typed = ""

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the one at the cursor, and that one, as the shell would hand them over."""
        if os.environ.get("COMP_CWORD"):
            return super().get_completion_args()
        # With a letter more, the word at the cursor is there, be it empty.
        *words, last = split_arg_string(os.environ["COMP_WORDS"] + "x")
        self._typed = last[:-1]
        return words[1:], self._typed

    def complete(self) -> str:
        """A line for each."""
        args, incomplete = self.get_completion_args()
        items = self.get_completions(args, incomplete)
        if os.environ.get("COMP_CWORD"):
            return "\n".join(map(self.format_completion, items))
        return "\n".join(line for item in items if (line := self._line(item)) is not None)

    def _line(self, item: CompletionItem[Any]) -> str | None:
        """The item as it is to be inserted; None where it cannot be."""
        if item.type != "plain":
            return self.format_completion(item)
        value, quote = str(item.value), os.environ.get("COMP_PIECE", "")[:1]
        if quote in _IN_QUOTES:
            return None if set(value) & set(_IN_QUOTES[quote]) else f"plain,{value}"
        begun = self._before_the_piece()
        if not value.casefold().startswith(begun.casefold()):
            begun = ""
        return "plain," + _MEANS_SOMETHING.sub(r"\\\1", value[len(begun) :])

    def _before_the_piece(self) -> str:
        """What of the value typed so far stands before the piece that bash replaces."""
        typed = self._typed
        if typed.startswith("--"):
            typed = typed.partition("=")[2]
        breaks = [sign for sign in os.environ.get("COMP_BREAKS", "") if sign in "@:="]
        return typed[: max((typed.rfind(sign) for sign in breaks), default=-1) + 1]


def use_for_bash() -> None:
    """Have click use it."""
    add_completion_class(Bash)
