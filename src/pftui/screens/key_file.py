"""The file in which a person chooses keys: `config.toml` in the platform's folder for settings.

```toml
keys = "vim"           # or "default"

[bindings]             # ids of commands and motions: docs/keys.md
assign = "+"
filter = ["/", "f3"]
revoke_key = []        # no key; the palette has it
```

Whatever is wrong with it, the console opens, with the keys that it has by itself, and says so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from pftui.presentation.text import visible
from pftui.process.own_files import NotUsed, config_folder, read_own
from pftui.screens.key_map import DEFAULT_KEYS, PRESETS, KeyMap, made_of

NAME: Final = "config.toml"
_BINDINGS: Final = "bindings"
_KNOWN: Final = ("keys", _BINDINGS)


def config_file() -> Path:
    """Where the file is, if there is one."""
    return config_folder() / NAME


def read_key_map(path: Path) -> KeyMap:
    """The keys that the file chooses; the default ones, with what is wrong, where it cannot be followed."""
    try:
        text = read_own(path)
        return DEFAULT_KEYS if text is None else _understood(text, path)
    except NotUsed as problem:
        return _refused(path, [f"{visible(str(path))}: {problem}."])


def _understood(text: str, path: Path) -> KeyMap:
    import tomllib  # 7 ms that a console without a file does not pay

    try:
        settings = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # also a number of more digits than Python reads
        said = visible(str(error) or "it is nested too deep").rstrip(".")
        raise NotUsed(f"it is no TOML: {said[0].lower()}{said[1:]}") from None
    faults = _faults_of_form(settings)
    if not faults:
        chosen = {each: _listed(keys) for each, keys in settings.get(_BINDINGS, {}).items()}
        key_map, wrong = made_of(chosen, settings.get("keys", "default"))
        if not wrong:
            return KeyMap(key_map.meanings, key_map.written, source=_source(settings, path))
        faults = [(fault.id, fault.sentence) for fault in wrong]
    return _refused(path, [f"{_where(path, text, name)}: {visible(sentence)}" for name, sentence in faults])


def _faults_of_form(settings: dict[str, Any]) -> list[tuple[str, str]]:
    """Names that mean nothing, and values of another kind than is asked for."""
    faults = []
    for name in settings:
        if name not in _KNOWN:
            near = get_close_matches(name, _KNOWN, 1)
            faults.append((name, f"{name!r} means nothing here. {_meant(near)}"))
    preset = settings.get("keys", "default")
    if not isinstance(preset, str) or preset not in PRESETS:
        near = get_close_matches(str(preset), PRESETS, 1)
        hint = f" Did you mean {near[0]}?" if near else ""
        faults.append(("keys", f"keys is {' or '.join(PRESETS)}, and not {preset!r}.{hint}"))
    bindings = settings.get(_BINDINGS, {})
    if not isinstance(bindings, dict):
        return [*faults, (_BINDINGS, "bindings is a table: [bindings], and below it a line each.")]
    for name, keys in bindings.items():
        if not isinstance(keys, str) and not _is_list_of_keys(keys):
            faults.append((name, f'{name} is a key in quotes, or a list of such: {name} = ["K", "f5"].'))
    return faults


def _meant(near: Sequence[str]) -> str:
    return f"Did you mean {near[0]}?" if near else f"It knows {' and '.join(_KNOWN)}."


def _is_list_of_keys(keys: object) -> bool:
    return isinstance(keys, list) and all(isinstance(each, str) for each in keys)


def _listed(keys: str | list[str]) -> tuple[str, ...]:
    return tuple(each for each in ([keys] if isinstance(keys, str) else keys) if each)


def _source(settings: dict[str, Any], path: Path) -> str:
    preset, more = settings.get("keys", "default"), len(settings.get(_BINDINGS, {}))
    parts = [preset] if preset != "default" else []
    parts += [f"{more} of your own"] if more else []
    return f"{', '.join(parts) or 'the default ones'}, from {visible(str(path))}"


def _where(path: Path, text: str, name: str) -> str:
    """The file, and the line that begins with a name; the file alone where none does."""
    quoted = rf"""["']?{re.escape(name)}["']?"""
    named = re.compile(rf"^\s*(?:{_BINDINGS}\s*\.\s*)?{quoted}\s*[=.]|^\s*\[\s*{quoted}\s*\]")
    lines = (number for number, line in enumerate(text.splitlines(), 1) if named.search(line))
    number = next(lines, None)
    return visible(str(path)) + (f" line {number}" if number else "")


def _refused(path: Path, faults: Sequence[str]) -> KeyMap:
    return KeyMap(source=visible(str(path)), faults=tuple(faults))
