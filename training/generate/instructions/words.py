"""The interface words: what menus, buttons, fields and check boxes are called."""

from __future__ import annotations

from functools import lru_cache

from training.generate.instructions.harvest import WORDS

MENUS = (
    "File Edit View Insert Format Tools Search Help Window Go Bookmarks History Options Settings Document Project Image Layer Filters Table Data Actions "
    "Games Play Options Select Navigate Build Terminal Tabs Sort Layout Account Profile Message Mailbox Torrent Session Archive Preferences Extras Colors "
    "Selection Effects Run Debug Refactor Game Bearbeiten Datei Fichier Affichage Archivo Файл Правка Αρχείο"
).split()
COMMON = (
    "OK|Cancel|Apply|Close|Save|Save As...|Open...|New|New Tab|New Window|Print...|Preferences...|Preferences|Settings|Settings...|Options...|Properties...|Undo|Redo|Cut|Copy|Paste|Delete|Select All|"
    "Find...|Replace...|Replace All|Find and Replace...|Go to Line...|Zoom In|Zoom Out|Full Screen|Word Count|About|Contents|Quit|Exit|Export...|Import...|Export as PDF...|Page Setup...|Print Preview|"
    "Next|Back|Previous|Finish|Done|Continue|Skip|Yes|No|Retry|Ignore|Abort|Browse...|Add|Remove|Edit|Rename...|Move Up|Move Down|Up|Down|Refresh|Reload|Stop|Play|Pause|Record|Start|Reset|Default|Clear|"
    "Sign in|Log in|Log out|Sign up|Register|Submit|Send|Reply|Reply All|Forward|Search|Go|Buy now|Add to cart|Checkout|Accept all|Reject all|Agree|Decline|Download|Upload|Share|Like|Follow|Subscribe|More|"
    "Show more|Read more|Learn more|Home|Inbox|Drafts|Sent|Trash|Spam|Archive|Documents|Downloads|Pictures|Music|Videos|Desktop|Don't Save|Discard|Save Changes|Keep|Overwrite|Replace|Merge|Insert|"
    "Bold|Italic|Underline|Heading 1|Bullets|Align Left|Center|Justify|Font...|Paragraph...|Table|Picture|Link|Comment|Symbol|Page Break|Spelling...|Language|General|Advanced|Appearance|Privacy|Network|"
    "Display|Sound|Keyboard|Mouse|Colors|Fonts|Editor|Behavior|Plugins|Extensions|Shortcuts|Accounts|Notifications|Security|Updates|Startup|Toolbars|Layout|Themes|Basic|Scientific|Programming|Degrees|"
    "Connect|Disconnect|Install|Uninstall|Update|Upgrade|Enable|Disable|Lock|Unlock|Create|Create Folder|New Folder|Duplicate|Extract|Compress...|Open With...|Send To|Sort By|Name|Size|Type|Date modified|"
    "Edit Profile|Change password|Delete account|Forgot password?|Help|Feedback|Contact us|FAQ|Terms|Sign out|Dashboard|Users|Reports|Billing|Orders|Customers|Products|Calendar|Tasks|Contacts|Messages|Chat"
).split("|")
OPTIONS = (
    "Bold|Italic|Underline|Word wrap|Wrap text|Line numbers|Show line numbers|Status Bar|Statusbar|Toolbar|Menu Bar|Side Pane|Sidebar|Grid|Snap to grid|Ruler|Rulers|Auto save|Autosave|Spell check|Check spelling|"
    "Match case|Match whole word|Regular expression|Wrap around|Highlight all|Dark mode|Dark theme|Night Light|Bluetooth|Wi-Fi|Airplane mode|Do Not Disturb|Notifications|Location|Mute|Repeat|Shuffle|Full screen|"
    "Remember me|Remember password|Stay signed in|I agree|I accept the terms|Send me news|Newsletter|Receive updates|Gift wrap|Express delivery|Hidden files|Show hidden files|Read only|Executable|Recursive|"
    "Automatic updates|Start at login|Run in background|Sounds|Smooth scrolling|Animations|Autocomplete|Auto-indent|Highlight current line|Show whitespace|Insert spaces|Bracket matching|Overwrite mode|Backup|"
    "Landscape|Double-sided|Black and white|Collate|Print background|Headers and footers|Fit to page|Keep aspect ratio|Transparent|Antialiasing|Preview|Thumbnails|Icons|Labels|Subfolders|Enabled|Visible|Locked|"
    "Monday|Tuesday|Wednesday|Vegetarian|Breakfast|Parking|Insurance|Red|Green|Blue|Left|Right|Top|Bottom|English|German|French|Option A|Option B|A|B|C|Use proxy|Encrypt|Compress|Log|Debug|Verbose|Private"
).split("|")
TABS = "General|Advanced|Appearance|Colors|Fonts|View|Editor|Privacy|Security|Network|Display|Page|Margins|Header|Footer|Paper|Layers|Details|Permissions|Files|Peers|Trackers|Tools|Keybindings|Saving|Behaviour|Processes|Resources|File Systems|Basic|Printing|Accounts|Downloads|Search|Indents & Spacing|Borders|Effects|Position|Alignment|Summary|History".split(
    "|"
)
CHOICES = "English|German|Français|Polski|Русский|Ελληνικά|UTF-8|ISO-8859-15|A4|Letter|Landscape|Portrait|PDF|PNG|JPEG|CSV|Arial|Monospace 12|DejaVu Sans|Red|Dark|Light|High|Low|Medium|Small|Large|Never|Always|Weekly|Daily|Ascending|Name|Date|Size|100%|Fit width|Hex|Decimal|Radians|Visa|PayPal|Standard|Express|Europe|Norway|2 sides|All pages|Tango|Oblivion|Solarized|Unix|Windows|Python|C++|None|Automatic|Custom|Left|Center".split(
    "|"
)
ITEMS = "report.txt|notes.txt|photo.png|Documents|Downloads|Music|Pictures|Trash|Desktop|Home|archive.zip|song.mp3|budget.xlsx|letter.odt|Projects|backup|index.html|main.py|Holidays|Invoices|logo.svg|readme.md|data.csv|Public|Templates|Videos|Work|Private|todo|draft.docx|slides.pdf|cat.jpg|Computer|USB drive|Network|Recycle Bin|2024|Old files|music.tar.gz|résumé.pdf|größe.txt|Отчёт.doc".split(
    "|"
)


@lru_cache(maxsize=1)
def listed() -> dict[str, tuple[str, ...]]:
    """The harvested words by their sort: item, option, field, name, foreign."""
    found: dict[str, list[str]] = {}
    for line in WORDS.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            sort, _, label = line.partition("\t")
            found.setdefault(sort, []).append(label)
    return {sort: tuple(labels) for sort, labels in found.items()}
