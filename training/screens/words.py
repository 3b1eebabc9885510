"""Words for made-up screens: the vocabulary of user interfaces, names, numbers, and strings that mean nothing.

Nonsense is as important as the vocabulary: a model that only meets known labels learns their outlines instead of their letters.
"""

from __future__ import annotations

import random
import string

_LABELS = (
    "File|Edit|View|Search|Document|Help|Tools|Options|Window|Insert|Format|Go|Bookmarks|Tabs|Terminal|History|Open|Open...|"
    "Open Recent|New|New Window|New Tab|New Folder|Save|Save As...|Save All|Save Copy|Reload|Revert|Print...|Print Preview|"
    "Page Setup...|Close|Close Tab|Close Window|Quit|Exit|Undo|Redo|Cut|Copy|Paste|Paste Special|Delete|Select All|Deselect|"
    "Invert Selection|Find...|Find Next|Find Previous|Find and Replace...|Replace|Replace All|Go to...|Preferences...|Preferences|"
    "Settings|Properties|About|Contents|Zoom In|Zoom Out|Normal Size|Fullscreen|Toolbar|Statusbar|Side Pane|Menubar|Line Numbers|"
    "Show line numbers|Show hidden files|Word Wrap|Auto Indent|Tab Size|Color Scheme|Font|Encoding|Line Ending|Filetype|"
    "Write Unicode BOM|Read Only|OK|Cancel|Apply|Yes|No|Back|Next|Previous|Finish|Continue|Skip|Retry|Ignore|Abort|Submit|Reset|Clear|"
    "Refresh|Update|Upload|Download|Install|Remove|Add|Add to cart|Create|Rename|Move|Duplicate|Share|Export|Import|Import...|Sign in|"
    "Sign up|Log in|Log out|Register|Username|Password|Email|Email address|First name|Last name|Full name|Phone|Address|City|Country|"
    "Company|Website|Remember me|Forgot password?|Keep me signed in|I agree to the terms|Subscribe|Newsletter|Notifications|Account|"
    "Profile|Privacy|Security|General|Advanced|Appearance|Display|Sound|Network|Bluetooth|Keyboard|Mouse|Language|Date and time|Users|"
    "Power|Storage|Backup|Plugins|Extensions|Themes|Editor|Colors|Shortcuts|Dark mode|Enable animations|Automatic updates|"
    "Show tooltips|Use system font|Play sound|Start at login|Highlight current line|Show whitespace|Wrap long lines|Check spelling|"
    "Home|Documents|Downloads|Music|Pictures|Videos|Desktop|Templates|Trash|Recent|Starred|Places|Devices|File System|Other Locations|"
    "Name|Size|Type|Date|Modified|Status|Owner|Price|Quantity|Total|Amount|Description|Category|Priority|Inbox|Sent|Drafts|Spam|"
    "Archive|Compose|Reply|Reply all|Forward|Attach file|Subject|To|From|Message|Calendar|Today|Week|Month|Year|Monday|Tuesday|"
    "Wednesday|Thursday|Friday|Saturday|Sunday|January|February|March|April|May|June|July|August|September|October|November|December|"
    "Events|Tasks|Contacts|Projects|Reports|Dashboard|Overview|Details|Summary|Statistics|Analytics|Orders|Products|Customers|Invoices|"
    "Payments|Cart|Checkout|Shipping|Billing|Left|Right|Center|Top|Bottom|Bold|Italic|Underline|Red|Green|Blue|Small|Medium|Large|Low|"
    "High|Normal|None|All|Active|Disabled|Pending|Completed|Failed|Running|Stopped|Online|Offline|Play|Pause|Stop|Record|Mute|Volume|"
    "Brightness|Contrast|Rotate|Crop|Resize|Layers|Brush|Eraser|Fill|Stroke|Opacity|Filter|Sort|Group|Ungroup|Lock|Unlock|Hide|Show|"
    "Expand|Collapse|More|Less|Learn more|Read more|View all|See details|Feedback|Support|FAQ|Contact us|Terms|Basic|Scientific|Paper|"
    "Number Bases|Angle Units|Programmer|Statistics mode|Degrees|Radians|Hex|Dec|Oct|Bin"
)
LABELS = _LABELS.split("|")
_WORDS = (
    "the quick brown fox jumps over lazy dog alpha beta gamma delta river mountain cloud window table paper stone bridge garden light "
    "water number letter small large green yellow silver copper winter summer autumn spring market street corner kitchen engine signal "
    "travel ticket coffee butter orange lemon cherry apple planet orbit rocket tiger eagle falcon badger otter maple cedar willow "
    "amber quartz zebra jacket wizard vortex puzzle rhythm oxygen kayak igloo jungle velvet walnut yonder zephyr note list meeting "
    "report budget draft final copy plan review budget version project team client order invoice photo music video backup archive "
    "index data test main setup readme license change history config script module function value result error warning info and or "
    "with from for"
)
WORDS = _WORDS.split()
_FIRST_NAMES = (
    "Anna Ben Clara David Elena Frank Grace Hugo Irene Jack Kira Liam Maya Noah Olga Paul Quinn Rosa Sam Tara Uma Vera Wei Yusuf Zoe"
)
FIRST_NAMES = _FIRST_NAMES.split()
_LAST_NAMES = "Adams Becker Costa Dubois Evans Fischer Garcia Hansen Ito Jones Kim Lopez Moreau Novak Okafor Patel Rossi Silva Tran Weber"
LAST_NAMES = _LAST_NAMES.split()
_EXTENSIONS = "txt md py csv pdf png jpg zip tar.gz html json log odt conf sh c"
EXTENSIONS = _EXTENSIONS.split()
PUNCTUATION = "!#$%&()*+,-./:;<=>?@[]^_{|}~'\""


def label(rng: random.Random) -> str:
    """The text of a control: mostly what interfaces say, one in three something never seen."""
    kind = rng.random()
    if kind < 0.55:
        return rng.choice(LABELS)
    if kind < 0.72:
        text = " ".join(rng.choices(WORDS, k=rng.choice((1, 1, 2, 2, 3))))
        return rng.choice((text, text.capitalize(), text.title(), text.upper()))
    return nonsense(rng) if kind < 0.9 else datum(rng)


def nonsense(rng: random.Random) -> str:
    """One or two pseudo-words, at times with digits or punctuation."""
    alphabet = rng.choice((string.ascii_lowercase, string.ascii_lowercase, string.ascii_letters, string.ascii_uppercase + string.digits))
    parts = ["".join(rng.choices(alphabet, k=rng.randint(2, 9))) for _ in range(rng.choice((1, 1, 2)))]
    if rng.random() < 0.3:
        parts[0] = parts[0].capitalize()
    if rng.random() < 0.15:
        parts[-1] += rng.choice(PUNCTUATION)
    return " ".join(parts)


def number(rng: random.Random) -> str:
    kind = rng.randrange(7)
    if kind < 2:
        return str(rng.randrange(10 ** rng.randint(1, 6)))
    if kind == 2:
        return f"{rng.uniform(0, 1000):.{rng.randint(1, 3)}f}"
    if kind == 3:
        return f"{rng.choice('$€£')}{rng.randrange(1, 5000)}.{rng.randrange(100):02d}"
    if kind == 4:
        return f"{rng.randrange(101)}%"
    if kind == 5:
        return f"{rng.uniform(0.1, 999):.1f} {rng.choice(('KB', 'MB', 'GB', 'kB', 'bytes'))}"
    return f"-{rng.randrange(1000)}"


def date(rng: random.Random) -> str:
    year, month, day = rng.randint(1990, 2035), rng.randint(1, 12), rng.randint(1, 28)
    clock = f"{rng.randrange(24):02d}:{rng.randrange(60):02d}"
    return rng.choice(
        (
            f"{year}-{month:02d}-{day:02d}",
            f"{day:02d}/{month:02d}/{year}",
            f"{day}.{month}.{year}",
            clock,
            f"{year}-{month:02d}-{day:02d} {clock}",
        )
    )


def person(rng: random.Random) -> str:
    return f"{rng.choice(FIRST_NAMES)} {rng.choice(LAST_NAMES)}"


def email(rng: random.Random) -> str:
    user = rng.choice(FIRST_NAMES).lower() + rng.choice((".", "_", "")) + rng.choice(LAST_NAMES).lower()
    return f"{user}@{rng.choice(WORDS)}.{rng.choice(('com', 'org', 'net', 'de'))}"


def file_name(rng: random.Random) -> str:
    stem = (
        rng.choice(("-", "_", "", " ")).join(rng.choices(WORDS, k=rng.choice((1, 2, 2))))
        if rng.random() < 0.7
        else nonsense(rng).replace("/", "")
    )
    return f"{stem}{rng.choice(('', '', str(rng.randrange(1000))))}.{rng.choice(EXTENSIONS)}"


def datum(rng: random.Random) -> str:
    """A value as tables and fields hold it."""
    return rng.choice((number, number, date, person, email, file_name))(rng)


def sentence(rng: random.Random, most: int = 10) -> str:
    """Up to `most` words with a nonsense word, number or mark strewn in."""
    parts = [rng.choice(WORDS) if rng.random() < 0.8 else rng.choice((nonsense, number))(rng) for _ in range(rng.randint(2, most))]
    text = " ".join(parts)
    return text[0].upper() + text[1:] + rng.choice((".", ".", "", "!", "?", ":"))


def typable_text(rng: random.Random, most_lines: int = 12) -> str:
    """Lines as people type them, in characters of a US keyboard."""
    lines = [sentence(rng, rng.choice((3, 6, 10))) for _ in range(rng.randint(1, most_lines))]
    return "".join(character for character in "\n".join(lines) if character in string.printable)


def typable_file_name(rng: random.Random) -> str:
    """A file name of letters, digits and little else, at times one that means nothing."""
    meaningless = "".join(rng.choices(string.ascii_lowercase + string.digits, k=rng.randint(3, 10))) + ".txt"
    name = file_name(rng) if rng.random() < 0.6 else meaningless
    return "".join(character for character in name if character.isascii() and (character.isalnum() or character in "._- "))
