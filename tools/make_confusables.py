"""Makes `src/pftui/domain/confusables.py` from Unicode's table of characters that look like others.

`python tools/make_confusables.py confusables.txt`, with the file of https://www.unicode.org/Public/security/
(UTS 39, section 4). With a newer table goes a migration that sets every `*_look` anew.
"""

from __future__ import annotations

import re
import sys
import textwrap
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

TARGET = Path(__file__).parents[1] / "src" / "pftui" / "domain" / "confusables.py"
_WIDTH = 108
_HEADER = '''"""Characters that look like others: made by `tools/make_confusables.py`, and not to be edited.

Between semicolons stands what is looked like, and then what looks like it, as hexadecimal code points. They
are those of the table of UTS 39 (https://www.unicode.org/reports/tr39/), with what follows from it where case
does not matter: see `domain/look_alikes.py`, which loads this only for names that are not plain ASCII.

Made from confusables.txt {version}, which is

{licence}
"""

from __future__ import annotations

from functools import cache

UNICODE = "{version}"

_GROUPS = """
{groups}
"""


@cache
def table() -> dict[int, str]:
    """What each character is replaced by, as `str.translate` takes it."""
    found: dict[int, str] = {{}}
    for group in _GROUPS.split(";"):
        target, *sources = group.split()
        text = "".join(chr(int(code, 16)) for code in target.split("+"))
        found.update(dict.fromkeys([int(code, 16) for code in sources], text))
    return found
'''
# https://www.unicode.org/license.txt
_LICENCE = """UNICODE LICENSE V3

Copyright © 1991-2025 Unicode, Inc.

Permission is hereby granted, free of charge, to any person obtaining a copy of data files and any associated
documentation (the "Data Files") or software and any associated documentation (the "Software") to deal in the
Data Files or Software without restriction, including without limitation the rights to use, copy, modify,
merge, publish, distribute, and/or sell copies of the Data Files or Software, and to permit persons to whom
the Data Files or Software are furnished to do so, provided that either (a) this copyright and permission
notice appear with all copies of the Data Files or Software, or (b) this copyright and permission notice
appear in associated Documentation.

THE DATA FILES AND SOFTWARE ARE PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING
BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT OF
THIRD PARTY RIGHTS.

IN NO EVENT SHALL THE COPYRIGHT HOLDER OR HOLDERS INCLUDED IN THIS NOTICE BE LIABLE FOR ANY CLAIM, OR ANY
SPECIAL INDIRECT OR CONSEQUENTIAL DAMAGES, OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR
PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF OR IN
CONNECTION WITH THE USE OR PERFORMANCE OF THE DATA FILES OR SOFTWARE.

Except as contained in this notice, the name of a copyright holder shall not be used in advertising or
otherwise to promote the sale, use or other dealings in these Data Files or Software without prior written
authorization of the copyright holder."""


def prototypes(text: str) -> dict[str, str]:
    """The table as it stands in the file: what each character looks like."""
    found = {}
    for line in text.splitlines():
        fields = [field.strip() for field in line.partition("#")[0].lstrip("\ufeff").split(";")]
        if len(fields) == 3:
            found[chr(int(fields[0], 16))] = "".join(chr(int(code, 16)) for code in fields[1].split())
    return found


def settled(character: str, looks: Mapping[str, str]) -> str:
    """What a character becomes when it is replaced, folded and replaced again until nothing changes.

    A capital is replaced before it is folded: U+0412 looks like B, and its small letter does not look like b.
    A capital I looks like a small l, so where case does not matter i is one with both.
    """
    text = character
    while True:
        replaced = "".join(looks.get(each, each) for each in unicodedata.normalize("NFKD", text))
        folded = unicodedata.normalize("NFKD", replaced.casefold()).replace("i", "l")
        if folded == text:
            return text
        text = folded


def groups(looks: Mapping[str, str]) -> Iterable[str]:
    """What is looked like and by whom: of what NFKC and NFD leave, and casefold alone does not settle."""
    sources: dict[str, list[str]] = defaultdict(list)
    for character in map(chr, range(sys.maxunicode + 1)):
        if unicodedata.normalize("NFKD", character) == character:
            text = settled(character, looks)
            if text != character.casefold():
                sources[text].append(f"{ord(character):x}")
    for target, codes in sorted(sources.items()):
        yield " ".join(("+".join(f"{ord(each):x}" for each in target), *codes))


def main() -> None:
    """Write the module."""
    text = Path(sys.argv[1]).read_text(encoding="utf-8")
    version = re.search(r"^# Version: ([0-9.]+)$", text, re.MULTILINE)
    if version is None:
        sys.exit("This is no confusables.txt: it names no version.")
    table = textwrap.fill("; ".join(groups(prototypes(text))), _WIDTH)
    TARGET.write_text(_HEADER.format(version=version[1], licence=_LICENCE, groups=table), encoding="utf-8")


if __name__ == "__main__":
    main()
