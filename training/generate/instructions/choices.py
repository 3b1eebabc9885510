"""What people call something, and what the screen calls it: pairs for choosing among visible names."""

from __future__ import annotations

import random
import re

from training.generate.instructions.draft import mistyped
from training.generate.instructions.words import COMMON, MENUS, OPTIONS, TABS, listed

SYNONYMS = tuple(
    tuple(group.split("|"))
    for group in (
        "Preferences|Settings|Options|Configuration|Configure|Setup|Customize", "Colors|Colours|Color|Colour|Colour scheme|Color scheme", "Delete|Remove|Erase|Trash|Move to Trash|Discard", "OK|Okay|Ok|Accept|Confirm|Yes", "Cancel|Abort|Never mind|Dismiss",
        "Close|Exit|Quit|Leave", "Search|Find|Look up|Look for", "Replace|Substitute|Find and Replace|Search and Replace", "Save As|Save under another name|Save a copy|Save with a new name", "Save|Store|Keep", "Open|Load|Open File", "New|Create|Create New|Add New", "Add|Insert|Append|Plus", "Edit|Modify|Change", "Rename|Change name|Give a new name", "Copy|Duplicate|Clone", "Paste|Insert from clipboard", "Print|Print out|Send to printer", "Help|Manual|Documentation|User guide|Contents", "About|Version|Info|Information",
        "Full Screen|Fullscreen|Full-screen mode|Maximize", "Zoom In|Enlarge|Magnify|Bigger|Increase size", "Zoom Out|Shrink|Smaller|Decrease size", "Undo|Take back|Revert|Step back", "Redo|Do again|Repeat", "Sign in|Log in|Login|Log on", "Sign out|Log out|Logout|Log off", "Sign up|Register|Create account|Join", "Password|Passphrase|Passcode", "Username|User name|Login name|Account name", "Email|E-mail|Mail|E-mail address|Email address", "Phone|Telephone|Phone number|Mobile", "First name|Given name|Forename", "Last name|Surname|Family name", "Address|Street|Street address", "City|Town|Place", "Postcode|ZIP code|Postal code|Zip", "Country|Nation|Country/Region", "Name|Full name|Your name", "Message|Text|Body", "Subject|Title|Topic|Headline", "Comment|Remark|Note|Annotation",
        "Submit|Send|Send form|Submit form", "Next|Continue|Forward|Proceed|Go on", "Back|Previous|Go back|Return", "Finish|Done|Complete|End", "Apply|Use|Put into effect", "Reset|Restore defaults|Defaults|Revert to defaults", "Refresh|Reload|Update view", "Upload|Send file|Choose file", "Download|Save file|Get", "Import|Bring in|Load from file", "Export|Save out|Export to file", "Bold|Bold text|Fat|Heavy", "Italic|Cursive|Slanted|Italics", "Underline|Underlined", "Font|Typeface|Lettering|Font face", "Size|Font size|Text size|Dimensions", "Picture|Image|Photo|Graphic", "Table|Grid|Spreadsheet", "Link|Hyperlink|URL", "Folder|Directory|New Folder", "File|Document", "Window|Frame", "Toolbar|Tool bar|Button bar|Icon bar", "Status Bar|Statusbar|Bottom bar|Status line", "Sidebar|Side bar|Side Pane|Side panel", "Menu Bar|Menubar|Menu line", "Line Numbers|Line numbering|Show line numbers|Numbered lines", "Word Wrap|Wrap text|Line wrap|Wrap lines|Break long lines|Line wrapping", "Spell Check|Check Spelling|Spelling|Spell checker|Orthography", "Language|Locale|Tongue", "Dark Mode|Dark theme|Night mode|Dark style", "Theme|Style|Look|Appearance|Skin", "General|Common|Basics|Main", "Advanced|Expert|More options|Extended", "Keyboard|Keys|Typing", "Keyboard Shortcuts|Shortcuts|Hotkeys|Key bindings|Keybindings", "Plugins|Plug-ins|Extensions|Add-ons|Addons", "Update|Upgrade|Check for Updates|Get updates", "Install|Set up|Add program", "Uninstall|Remove program|Deinstall", "Notifications|Alerts|Messages", "Volume|Loudness|Sound|Audio", "Mute|Silence|Sound off", "Play|Start|Start playback|Run", "Pause|Halt|Hold", "Stop|End|Terminate", "Shut Down|Power Off|Turn off|Switch off", "Restart|Reboot|Start again", "Suspend|Sleep|Standby", "Lock Screen|Lock|Lock computer", "Select All|Mark all|Select everything", "Properties|Details|Information|Attributes", "Trash|Bin|Recycle Bin|Rubbish|Wastebasket", "Home|Start page|Main page|Home folder", "Favorites|Favourites|Bookmarks|Starred", "History|Recent|Recently Used|Last opened", "Cart|Basket|Shopping cart|Shopping bag", "Checkout|Go to checkout|Pay|Place order", "Quantity|Amount|Number of items|Qty", "Price|Cost|Amount", "Profile|Account|My account|User", "Contact|Contact us|Get in touch", "Privacy|Data protection|Privacy policy", "Agree|Accept|I agree|Accept all|Allow all", "Decline|Reject|Refuse|Reject all", "Retry|Try again|Once more", "Skip|Leave out|Not now|Later", "Don't Save|Discard|Close without Saving|Discard changes|Without saving", "Replace|Overwrite|Replace file", "Encoding|Character set|Charset|Character Encoding", "Alignment|Align|Align text", "Center|Centre|Centered|Middle", "Left|Align left|On the left", "Gray|Grey", "Favorites|Favourites", "Organize|Organise|Arrange", "Customize|Customise|Personalize", "Dialog|Dialogue", "License|Licence", "Catalog|Catalogue", "Behavior|Behaviour", "Minimize|Minimise|Make small", "Maximize|Maximise|Make big", "Sort|Order|Arrange|Sort By", "Filter|Restrict|Narrow down", "View|Show|Display", "Tools|Utilities|Extras", "Calculate|Compute|Work out|Equals|=", "Clear|Empty|C|AC|Clean", "+|plus|add", "-|minus|subtract", "×|times|multiply|*", "÷|divide|divided by|/", "=|equals|is|result", "√|square root|root|sqrt", "%|percent", "π|pi", "^|power|to the power of", "Scientific|Science|Scientific mode", "Degrees|Degree|deg", "Radians|Radian|rad", "Hexadecimal|Hex|Base 16", "Decimal|Base 10|Dec", "Encrypt|Protect|Secure", "Compress|Zip|Pack|Create Archive", "Extract|Unzip|Unpack|Extract Here", "Attach|Attachment|Attach File|Add attachment", "Reply|Answer|Respond", "Forward|Send on|Pass on", "Inbox|Incoming mail|Received", "Drafts|Unfinished mails", "Spam|Junk|Junk mail", "Calendar|Dates|Agenda", "Tasks|To-do|To-dos|Task list", "Contacts|Address book|People", "Record|Start recording|Capture", "Screenshot|Take Screenshot|Screen capture", "Wallpaper|Background|Desktop background|Backdrop", "Screensaver|Screen saver", "Margin|Margins|Border width", "Landscape|Horizontal|Wide", "Portrait|Vertical|Upright", "Header|Head line|Page header", "Footer|Foot line|Page footer", "Tab Width|Tabulator width|Tab size", "Indentation|Indent|Indenting", "Encoding|Character coding", "Regular Expression|Regex|Regexp", "Match Case|Case sensitive|Respect case|Upper and lower case", "Whole Word|Match whole word|Whole words only", "Auto Save|Autosave|Save automatically", "Backup|Back up|Safety copy|Create backup", "Statistics|Stats|Word Count|Count words", "Opacity|Transparency|See-through", "Brightness|Lightness|How bright", "Contrast|Sharpness", "Rotate|Turn|Rotate Right", "Crop|Trim|Cut to size", "Resize|Scale|Change size", "Flip|Mirror|Flip Horizontal", "Slideshow|Slide show|Presentation",
    )
)  # fmt: skip
"""Words for one thing; any of a group may be said, and any may stand on the screen."""
_ROLES = (
    "the {X} tab",
    "the {X} menu",
    "the {X} button",
    "{X} button",
    "the {X} option",
    "{X} tab",
    "{X} menu",
    "the {X} field",
    "{X} field",
    "the {X} box",
    "{X} checkbox",
    "the {X} link",
    "{X}...",
    "the {X} page",
    "the {X} icon",
    "the {X}",
    "my {X}",
    "{X} option",
    "{X} please",
)
_SMALL = {"the", "a", "an", "of", "as", "to", "in", "on", "for", "with", "and", "this", "your", "my", "from", "by", "at"}


def _any_name(rng: random.Random) -> str:
    draw = rng.random()
    if draw < 0.4:
        return rng.choice(rng.choice((COMMON, OPTIONS, TABS, MENUS)))
    return rng.choice(listed()[rng.choice(("item", "item", "option", "field", "name", "foreign"))])


def _said(rng: random.Random, name: str) -> str:
    """A name as somebody would say it from memory."""
    plain = re.sub(r"\s*(\.\.\.|:)$", "", name)
    words = plain.split()
    draw = rng.random()
    if draw < 0.3:
        said = plain
    elif draw < 0.42 and len(words) > 1:
        said = " ".join(word for word in words if word.lower() not in _SMALL) or plain
    elif draw < 0.54 and len(words) > 2:
        drop = rng.randrange(len(words))
        said = " ".join(word for place, word in enumerate(words) if place != drop)
    elif draw < 0.6 and len(words) > 1:
        said = rng.choice((words[0], words[-1])) if len(words) == 2 else " ".join(words[:2])
    elif draw < 0.67 and len(words) > 1:
        said = "".join(words) if rng.random() < 0.4 else "-".join(words)
    elif draw < 0.74 and len(words) == 2:
        said = f"{words[1]} {words[0]}"
    elif draw < 0.84 and len(plain) > 4:
        said = mistyped(rng, plain)
    elif draw < 0.9:
        said = plain[:-1] if plain.endswith("s") else plain + "s"
    else:
        said = plain
    return said if rng.random() < 0.35 else said.lower()


def choice(rng: random.Random) -> tuple[str, str]:
    """(what was said, what the screen calls it)."""
    if rng.random() < 0.5:
        group = rng.choice(SYNONYMS)
        name, said = rng.sample(group, 2) if rng.random() < 0.85 else [rng.choice(group)] * 2
        said = said if rng.random() < 0.3 else said.lower()
        if len(said) > 4 and rng.random() < 0.06:
            said = mistyped(rng, said)
    else:
        name = _any_name(rng)
        said = _said(rng, name)
    if rng.random() < 0.35:
        said = rng.choice(_ROLES).replace("{X}", said)
    return said, name
