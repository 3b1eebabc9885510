"""Make the list of interface words anew: `python -m training.generate.instructions.harvest` on a machine with applications installed.

Words come from the message catalogues (`/usr/share/locale/*/LC_MESSAGES/*.mo`: the untranslated messages, and some of their translations)
and from the applications' desktop entries. What applications are held out by name is never opened. The list is committed, so that making
instructions needs none of these applications.
"""

from __future__ import annotations

import gettext
import re
from collections.abc import Iterator
from pathlib import Path

from training.beside import beside

CATALOGUES = Path("/usr/share/locale")
ENTRIES = Path("/usr/share/applications")
WORDS = Path(__file__).with_name("interface.txt")
HELD_OUT, SOURCES = (tuple(beside(__file__)[name]) for name in ("held_out", "sources"))
LANGUAGES = ("de", "fr", "es", "it", "pt_BR", "nl", "sv", "da", "nb", "fi", "pl", "cs", "hu", "tr", "ru", "uk", "el", "ro", "hr", "bg")
TRANSLATED = 45
"""Translated labels a language."""
_NO_LABEL = re.compile(r"[<>%{}\[\]\\|=\"`~^*#@$\n\t_]|--|\.[a-z]|://|^\W|^[a-z]|\d\d|[.!?;,]$|&\w+;")
_OPTION = re.compile(
    r"^(Show|Use|Enable|Disable|Always|Automatic|Auto|Keep|Hide|Display|Remember|Allow|Ask|Open|Wrap|Ignore|Match|Highlight|Run|Play|Include|"
    r"Start|Save|Draw|Make|Scroll|Restore|Confirm|Close|Load|Only|Never|Don't|Do not|Prefer|Animate|Cursor)\b.* "
)


def label_of(message: str) -> tuple[str, str] | None:
    """(sort, label) of a message that may stand on a screen: an `item`, an `option`, a `field` or a plain `name`; None for any other."""
    text = message.rpartition("\x04")[2].strip()
    mnemonic = bool(re.search(r"_\w", text)) and "__" not in text
    text = re.sub(r"_(?=\w)", "", text) if mnemonic else text
    text = text.replace("…", "...")
    plain = text.removesuffix("...").removesuffix(":").strip()
    words = plain.split()
    if not 2 <= len(plain) <= 38 or not 1 <= len(words) <= 6 or _NO_LABEL.search(plain):
        return None
    if text.endswith(":"):
        return ("field", plain) if len(words) <= 4 else None
    if _OPTION.match(plain) and len(words) >= 3 and not text.endswith("..."):
        return "option", plain
    if mnemonic or text.endswith("..."):
        return "item", text
    return ("name", plain) if len(words) <= 3 and sum(word[0].isupper() for word in words) * 2 > len(words) else None


def catalogue(path: Path) -> dict[str, str]:
    """Messages and their translations; the first form of a plural. Empty where the file is no catalogue."""
    try:
        with path.open("rb") as stream:
            found = gettext.GNUTranslations(stream)._catalog  # type: ignore[attr-defined]
    except (OSError, UnicodeDecodeError, ValueError):
        return {}
    return {key: value for key, value in found.items() if isinstance(key, str) and isinstance(value, str) and key}


def messages(names: tuple[str, ...]) -> set[tuple[str, str]]:
    """(sort, label) of all catalogues whose names begin so, in any language: the untranslated messages are the same."""
    found = set()
    for path in sorted(CATALOGUES.glob("*/LC_MESSAGES/*.mo")):
        if path.name.startswith(names):
            found |= {label for message in catalogue(path) if (label := label_of(message)) is not None}
    return found


def translations(language: str) -> Iterator[str]:
    """Some labels of one language, spread over its alphabet."""
    found = set()
    for name in SOURCES:
        for message, translated in catalogue(CATALOGUES / language / "LC_MESSAGES" / f"{name}.mo").items():
            if label_of(message) is not None and (label := label_of(re.sub(r"\(_\w\)", "", translated))) is not None:
                found.add(label[1].removesuffix("...").strip())
    ordered = sorted(label for label in found if len(label.split()) <= 3)
    yield from ordered[:: max(len(ordered) // TRANSLATED, 1)][:TRANSLATED]


def entries() -> set[tuple[str, str]]:
    """The names of installed applications that are not held out."""
    found = set()
    for path in sorted(ENTRIES.glob("*.desktop")):
        stem = path.stem.lower().rpartition(".")[2]
        if stem.startswith(HELD_OUT):
            continue
        for line in path.read_text(encoding="utf-8").splitlines():
            key, _, value = line.partition("=")
            if key in ("Name", "GenericName") and (label := label_of(value)) is not None:
                found.add(("name", label[1]))
    return found


def main() -> None:
    words = messages(tuple(f"{name}." for name in SOURCES)) | entries()
    lines = [f"{sort}\t{label}" for sort, label in sorted(words)]
    held_out = {label for _, label in messages(HELD_OUT) - words}
    lines += [f"foreign\t{label}" for language in LANGUAGES for label in translations(language) if label not in held_out]
    head = ["# Interface words; made by `python -m training.generate.instructions.harvest`.", f"# From: {', '.join(SOURCES)}"]
    WORDS.write_text("\n".join([*head, f"# Held out: {', '.join(HELD_OUT)}", *lines]) + "\n", encoding="utf-8")
    print(f"{WORDS}: {len(lines)} words, {WORDS.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main()
