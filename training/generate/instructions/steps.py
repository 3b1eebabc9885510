"""The ways to say each kind of step. In templates: {X} what is acted on, {R} a role word, {T} a text, {K} keys, {F} a field."""

from __future__ import annotations

from collections.abc import Callable

from training.generate.instructions import texts
from training.generate.instructions.draft import Clause, Draft
from training.generate.instructions.frames import spell
from training.generate.instructions.keys import NAMED, any_keys, spelled
from training.generate.instructions.words import CHOICES, COMMON, ITEMS, MENUS, OPTIONS, TABS, listed

KEY_NAMES = {
    "enter",
    "escape",
    "tab",
    "delete",
    "backspace",
    "space",
    "home",
    "end",
    "insert",
    "menu",
    "up",
    "down",
    "left",
    "right",
    "return",
    "print screen",
}
"""Labels that are keys where somebody "presses" them."""
PROCEDURAL = {
    "preferences",
    "settings",
    "options",
    "find",
    "replace",
    "undo",
    "redo",
    "copy",
    "paste",
    "cut",
    "print",
    "save",
    "close",
    "quit",
    "exit",
    "about",
    "help",
    "new tab",
    "new window",
    "full screen",
    "fullscreen",
    "zoom in",
    "zoom out",
    "select all",
    "refresh",
    "reload",
    "search",
    "bold",
    "italic",
    "underline",
    "history",
    "downloads",
    "go back",
    "rename",
    "new folder",
    "page setup",
    "print preview",
    "new",
    "open",
    "save as",
}
"""What names a common procedure where no word says that it is to be clicked."""

PRESSING = (
    "(~click|~click on|~press|~hit|~tap|~push) (|the |the |on the ){X}{R}",
    "(~press|~hit|~push|~click|~tap) {X}",
    "(~press|~hit|~push|~click|~tap) the {X} (button|button|key|icon)",
    "~press the (button|one) (labelled|labeled|called|named|that says|marked|saying|with the label|reading) {X}",
    "~click the (thing|item|button|element|entry|one) (called|named|that says|labelled|that reads) {X}",
    "~give (|the ){X}{R} a (|quick |single )(click|press|tap|push)",
    "~click once on (|the ){X}{R}",
    "~click (|the ){X}{R} (once|one time|1x|a single time)",
    "~click (|on )(|the ){X}{R} with the (left |)mouse(| button)",
    "~finish with {X}",
    "~confirm (|it |this |that |everything )(with|by pressing|by clicking|via|using) (|the ){X}{R}",
    "~accept (|it |this )with {X}",
    "~end with {X}",
    "~answer (|it |the question |the prompt |that )with {X}",
    "~answer {X}",
    "~reply (|with ){X} to the (question|prompt)",
    "~say {X}",
    "~respond with {X}",
    "~go with {X}",
    "(~submit|~send|~close|~leave|~save|~finish|~print|~store|~start|~apply|~confirm|~complete|~end|~export|~delete|~post) (it|this|the form|the dialog|everything|them|the changes|the order|the message|that|the window) (with|by clicking|by pressing|via|using|by means of|through) (|the |the ){X}{R}",
    "(if it asks|if asked|when asked|should it ask|if a dialog comes up|if a question comes up|if there is a question|when it asks you|if it wants to know|in case it asks|when prompted|if prompted)(,|) (~click|~choose|~press|~answer|~answer with|~say|~pick|~select) {X}",
    "~trigger (|the ){X}{R}",
    "~make a click on (|the ){X}{R}",
    "~do a (left |single |)click on (|the ){X}{R}",
)
CHOOSING = (
    "(~click|~click on|~choose|~select|~pick|~take|~use) (|the |the ){X}{R}",
    "(~choose|~select|~pick|~click|~take) {X}",
    "~go for (|the ){X}{R}",
    "~opt for (|the ){X}{R}",
    "~go with (|the ){X}{R}",
    "~pick out (|the ){X}{R}",
    "(~choose|~select|~pick) (|the )(option|item|entry|menu item|command|choice) {X}",
    "(~choose|~select|~pick) the {X} (option|item|entry|command|one)",
    "(~choose|~select|~pick|~click) {X} (from|in) the (list|menu|drop-down|dropdown|popup menu|menu that opens|menu that appears|choices|options|combo box)",
    "~make {X} the (choice|selection|selected one)",
    "~left-click (|on )(|the ){X}{R}",
    "~find {X} and ~click (it|on it|that)",
    "~look for (|the ){X}{R} and ~click (it|on it|that)",
    "~locate (|the ){X}{R} and ~select it",
    "~move (the mouse|the pointer|the cursor) (to|over|onto) (|the ){X}{R} and ~click(| it| there)",
    "~put the (mouse|pointer) on {X} and ~click",
    "~point at (|the ){X}{R} and ~click",
    "~highlight (|the ){X}{R}",
    "~focus (|the ){X}{R}",
)
OPENING = (
    "(~open|~open up|~click|~click on|~bring up|~pull down|~drop down|~pop up|~go to|~go into|~head to|~visit|~expand|~unfold|~show|~select|~choose) the {X} (menu|menu)",
    "(~open|~open up|~go to|~go into|~head to|~head for|~navigate to|~bring up|~enter) (|the ){X}{R}",
    "(~open|~click|~go to|~choose) {X}(| in the menu bar| in the menubar| at the top of the window)",
    "~click {X} in the menu (bar|line)",
    "~get the {X} menu (open|up)",
    "~have the {X} menu (open|opened)",
    "~start with {X}",
    "~start (in|at|from) the {X} menu",
    "~go up to {X}",
)
TABBING = (
    "(~go to|~switch to|~change to|~open|~click|~click on|~select|~choose|~show|~visit|~move to|~flip to|~jump to|~bring up|~head to|~turn to|~look at|~activate|~pick) the {X} (tab|tab|page|section|pane|panel|category)",
    "(~go to|~switch to|~change to|~open) {X}",
    "(~switch|~go|~change|~move) over to (|the ){X}(| tab| page)",
    "~swap to (|the ){X}(| tab)",
)
LINKING = (
    "(~follow|~click|~click on|~open|~use|~tap) the {X} link",
    "~follow (|the link ){X}",
    "~click (|on )the link (called|named|that says|saying|reading|labelled|to|for) {X}",
    "~click through to {X}",
    "~go to (|the ){X} page",
    "~navigate to {X}",
)
CLICKED = (
    "(|the |The ){X}{R} (is the one to (click|press)|needs (to be clicked|clicking|a click)|has to be (clicked|pressed)|should be (clicked|pressed)|must be (clicked|pressed)|is next|comes next|is what (you|we) (need|want)|wants clicking)",
    "I (want|need|would like) (|the ){X}{R} (clicked|pressed|selected|chosen)",
    "you(| will|'ll) (want|need) (to click |to press |)(|the ){X}{R}",
    "(now |)it's (|the ){X}{R} (that|which) (you|we) (want|need)",
    "the answer is {X}",
    "(my|our) choice is {X}",
    "(|the ){X}{R} (please|, please)",
)
NEGATED = (
    "don't (click|press|choose|hit) {Y}(,|;|:|, but|, just|, instead) ~click {X}",
    "~click {X}, not {Y}",
    "~press {X}(,| and| but) not {Y}",
    "not {Y} but {X}",
    "~choose {X} (instead of|rather than|and not|over|in place of) {Y}",
    "~click {X} instead of {Y}",
    "(instead of|rather than) {Y}(,|) ~click {X}",
    "~leave {Y} alone and ~click {X}",
    "~ignore {Y}(,| and) ~press {X}",
    "~avoid {Y}(,|;) ~use {X}(| instead)",
    "do not (press|click|touch) {Y}; ~press {X}(| instead)",
    "~click {X} (without touching|but leave) {Y}(| alone)",
    "never mind {Y}, ~click {X}",
    "~skip {Y} and ~go for {X}",
    "~press {X}, (please |)don't press {Y}",
    "~pick {X} as opposed to {Y}",
    "it's not {Y} (that I want |)but {X}(| that I want)",
    "~take {X} and not {Y}",
    "forget {Y}(,|;) ~choose {X}",
    "~select {X} - not {Y}",
    "~click on {X} (not|never) (on |){Y}",
)
DOUBLE = (
    "~open the (folder|directory) {X}",
    "(~open|~go into|~enter) the {X} (folder|directory)",
    "~go into (|the folder ){X}",
    "~double-click (|on )(|the |the file |the folder |the icon |the entry ){X}{R}",
    "(double click|doubleclick|double-click|dblclick) (|on )(|the ){X}{R}",
    "~double-tap (|on )(|the ){X}{R}",
    "~open (|the |the file |the folder ){X} (with|by|using) (a double-click|a double click|double-clicking|double clicking(| it| on it))",
    "~give (|the ){X}{R} a double(-| )click",
    "~do a double(-| )click on (|the ){X}{R}",
    "~make a double click on {X}",
    "~click {X} (two times quickly|twice in a row quickly|twice quickly|twice fast)",
    "~use a double(-| )click on {X}",
    "~double-click {X} (to open it|so it opens|so that it opens|to start it|in the list)",
    "~find {X} and ~double-click it",
    "~select {X} by double-clicking(| it)",
    "~launch {X} (with|by) a double(-| )click",
    "a double(-| )click on (|the ){X}{R}",
    "double click: {X}",
    "~point at {X} and ~double-click",
    "~perform a double(-| )click on {X}",
    "~hit {X} with a double click",
    "~start {X} by double-clicking(| it| on it| its icon)",
)
RIGHT = (
    "~right-click (|on )(|the |the file |the folder |the icon ){X}{R}",
    "(right click|rightclick|right-click|rclick) (|on )(|the ){X}{R}",
    "~click (|on )(|the ){X}{R} with the right (mouse button|button|mouse key)",
    "~use the right mouse button on (|the ){X}{R}",
    "~open the (context|right-click|popup|shortcut) menu (of|for|on) (|the ){X}{R}",
    "~bring up the (context|right-click|popup) menu (of|for|on) (|the ){X}{R}",
    "~get the context menu (of|for|on) {X}",
    "~do a right(-| )click on (|the ){X}{R}",
    "~give (|the ){X}{R} a right(-| )click",
    "~show the context menu (of|for) {X}",
    "~call up the context menu (of|for|on) {X}",
    "~click the right (mouse |)button on {X}",
    "~press the right mouse button (on|over) (|the ){X}{R}",
    "~pop up the context menu (of|for) {X}",
    "~find {X} and ~right-click it",
    "~make a right click on {X}",
    "~point at {X} and ~right-click",
    "~secondary-click {X}",
    "right mouse click on {X}",
    "~tap {X} with the right mouse button",
    "~perform a right(-| )click on {X}",
)
TYPING = (
    "(~type|~write|~enter|~input|~key in|~put in|~type in|~insert|~type out) {T}",
    "~type (|in )(|the )(text|words|phrase|string|characters|following|line|sentence)(|:) {T}",
    "(~type|~write|~enter)(:| :| -) {T}",
    "~type {T} (there|in there|here|in|into it|in it|out)",
    "~put {T} (there|in there|in|in it|into it|here)",
    "~write {T} (there|into it|in it|down|here)",
    "~enter {T} (there|in it|as text|as the text|as the value|here)",
    "~fill in {T}",
    "~use the keyboard to (type|enter|write) {T}",
    "with the keyboard(,|) ~type {T}",
    "~let the text be {T}",
    "~add (|the text |the words |the line ){T}",
    "~supply {T}",
    "~punch in {T}",
    "~tap in {T}",
    "~spell out {T}",
    "~have it say {T}",
    "~make it (say|read) {T}",
    "~provide {T}",
    "~give {T}(| as the answer| as the value)",
    "~type exactly(| this)(|:) {T}",
    "~type (this|the following|what follows)(|:) {T}",
    "~write the (word|words|text|line) {T}",
    "~start typing {T}",
    "~begin to type {T}",
    "(~type|~enter|~write) the (number|value|name|date|address|code|title|sentence|amount|password|file name|search term|command) {T}",
    "(~type|~write|~enter) {T}(, but don't press Enter| but do not press enter| without pressing Enter|, no Enter| and nothing else| and leave it at that|, don't send it)",
)
TYPED = (
    "the text (should be|is|to type is|to enter is) {T}",
    "it should (say|read) {T}",
    "what (I want|you should) (typed|type|written|write) is {T}",
    "(the value|its value) is {T}",
    "(I want|I need|we need) {T} (typed|written|entered)(| there| in there| here)",
)
FIELDING = (
    "(~type|~write|~enter|~put|~input|~key) {T} (in|into|in|into) (|the ){F}{R}",
    "(~type|~write|~enter|~put|~insert) {T} (in|into) the {F} (field|box|text box|input|line|entry)",
    "~enter {T} (for|as|as the|under) {F}",
    "~fill in (|the ){F}{R} (with|as) {T}",
    "~fill (|the |out the ){F}{R} with {T}",
    "~fill {T} into (|the ){F}{R}",
    "~set (|the ){F}{R} to {T}",
    "~make (|the ){F}{R} {T}",
    "~change (|the ){F}{R} to {T}",
    "~give {T} as (|the ){F}",
    "~use {T} (as|for) (|the ){F}",
    "for (|the ){F}(|,) (~enter|~type|~put|~write|~use|~say|~give) {T}",
    "in (|the ){F}{R}(|,) (~type|~enter|~write|~put) {T}",
    "in the {F} (field|box|text box|entry)(|,) (~type|~enter|~write|~put) {T}",
    "as (|the ){F}(|,) (~use|~enter|~type|~put) {T}",
    "(~click|~click on|~click in|~click into|~select|~tap|~go to|~focus|~activate) (|the ){F}{R} and (~type|~write|~enter|~put) {T}",
    "~put the cursor in (|the ){F}{R} and (~type|~write) {T}",
    "~go to the {F} (field|box) and (~type|~enter) {T}",
    "into (|the ){F}{R}(|,) (~type|~enter|~write|~put) {T}",
    "~put {F}(:| as| =) {T}",
    "~write {T} (next to|after|behind) {F}",
    "~complete (|the ){F}{R} with {T}",
    "~provide {T} as (|the ){F}",
    "~specify {T} (as|for) (|the ){F}",
    "~let (|the ){F} be {T}",
    "~have (|the ){F}{R} (say|read) {T}",
    "~tell it that (|the ){F} is {T}",
    "~click (|on )(|the ){F}{R}(,|;| then|, then) ~type {T}",
    "~set {F}(=| = |: ){T}",
    "~enter {T} where it says {F}",
    "~type {T} in the (field|box|input) (called|named|labelled|labeled|for|marked) (|the ){F}",
)
FIELDED = (
    "(|the |The ){F}{R} (is|should be|must be|has to be|needs to be|shall be|will be|should read|should say|ought to be) {T}",
    "I want (|the ){F}{R} to (be|say|read) {T}",
    "{F}: {T}",
    "{F} = {T}",
    "{F} -> {T}",
    "{T} goes (in|into) (|the ){F}{R}",
    "{T} (is|for) the {F}",
)
PRESSING_KEYS = (
    "(~press|~hit|~push|~tap|~use|~strike) {K}",
    "~press (|down )(|the keys |the key combination |the shortcut |the hotkey |the combination ){K}",
    "(~press|~hit|~do|~send|~type|~use|~try) {K} (on|with) the keyboard",
    "~use the (shortcut|keyboard shortcut|hotkey|key combination|keystroke|keys) {K}",
    "~do (|a |the ){K}",
    "~give it (|a ){K}",
    "~send (|a |the keys ){K}",
    "~press {K} (once|one time)",
    "with the keyboard(,|) ~press {K}",
    "~make use of {K}",
    "~apply {K}",
    "~invoke {K}",
    "~execute {K}",
    "~press {K} (quickly|briefly|together|at the same time|simultaneously)",
    "~follow (up |)with {K}",
    "~tap the keys {K}",
    "~trigger {K}",
    "~hit {K} (on your keyboard|on the keyboard|for me)",
    "~finish (off |)with {K}",
    "~confirm with {K}",
    "~use {K} (for that|to do that|to do so|for it)",
    "~perform {K}",
    "~punch {K}",
    "~enter the (shortcut|key combination) {K}",
)
PRESSED_KEYS = (
    "{K} (comes next|is next|should be pressed|must be pressed|has to be pressed|does the rest|does it|will do)",
    "the (shortcut|hotkey|key) is {K}",
    "I want {K} pressed",
    "(now|next|then|and) {K}",
    "keys: {K}",
    "shortcut: {K}",
)
PURPOSES = (
    ("Ctrl+C", "(~copy) (it|that|this|the selection|the text|everything selected|the result) (with|using|by|by pressing|via|through) {K}"),
    ("Ctrl+V", "~paste(| it| that| the text| it in| it there| the clipboard) (with|using|by|by pressing|via) {K}"),
    ("Ctrl+X", "~cut (it|that|the text|the selection|it out) (with|using|by pressing|via) {K}"),
    ("Ctrl+S", "~save(| it| the file| the document| everything| your work| the changes) (with|using|by|by pressing|via) {K}"),
    ("Ctrl+A", "~select (all|everything|all the text|the whole text|it all) (with|using|by pressing|via) {K}"),
    ("Alt+F4", "~close (it|the window|the program|the application|this) (with|using|by|by pressing|via) {K}"),
    ("Ctrl+Z", "~undo(| it| that| this| the last change) (with|using|by pressing|via) {K}"),
    ("Enter", "(~confirm|~accept|~finish|~submit|~send|~start)(| it| this| that) (with|by|by pressing|by hitting|using) {K}"),
    (
        "Escape",
        "(~cancel|~abort|~leave|~dismiss|~close)(| it| this| that| the dialog| the menu) (with|by|by pressing|by hitting|using) {K}",
    ),
    ("Ctrl+F", "~open the search (bar |box |)(with|using|by pressing) {K}"),
    ("Alt+Left", "~go back (with|using|by pressing) {K}"),
    ("Tab", "(~move|~go|~jump) (on |)to the next (field|box|input|one) (with|using|by pressing|via) {K}"),
    ("Ctrl+T", "~open a new tab (with|using|by pressing|via) {K}"),
    ("Ctrl+N", "~open a new (window|document|file) (with|using|by pressing) {K}"),
    ("Ctrl+P", "~print(| it| the page) (with|using|by pressing) {K}"),
    ("Ctrl+W", "~close the tab (with|using|by pressing) {K}"),
    ("F5", "(~reload|~refresh)(| it| the page| the list) (with|using|by pressing) {K}"),
    ("Delete", "(~remove|~delete|~erase) (it|that|the selection|this|the text) (with|using|by pressing) {K}"),
    ("F2", "~rename it (with|using|by pressing) {K}"),
    ("F11", "~go full screen (with|using|by pressing) {K}"),
    ("Ctrl+Q", "~quit (|it |the program )(with|using|by pressing|via) {K}"),
)
TICKING = (
    "(~tick|~check|~enable|~turn on|~switch on|~activate|~mark|~tick on|~check off|~set) (|the ){X}{R}",
    "(~tick|~check|~mark|~set|~enable) the {X} (box|checkbox|check box|option|tick box|setting)",
    "~turn (|the ){X}{R} on",
    "~switch (|the ){X}{R} on",
    "~put a (tick|check mark|checkmark|cross|check|tick mark) (next to|in|at|beside|in front of|on|into|against) (|the ){X}{R}",
    "~make sure (|that ){X}{R} (is|gets) (on|ticked|checked|enabled|turned on|switched on|active|activated|selected)",
    "~set (|the ){X}{R} to (on|true|yes|enabled)",
    "~have (|the ){X}{R} (ticked|checked|enabled|turned on|switched on)",
    "~see to it that {X} is (on|ticked|checked|enabled)",
    "~let {X} be (ticked|checked|on)",
    "~ensure (|that ){X} is (on|ticked|checked|enabled|active)",
    "~flip (|the ){X}{R} (on|to on)",
    "~add a (tick|check mark|checkmark) to {X}",
    "~turn on (|the )(option|setting|checkbox|box|switch) {X}",
    "~get {X} (on|ticked|enabled|checked)",
    "~check the box (next to|for|labelled|called|that says|saying|beside) {X}",
    "~tick the (box|checkbox|check box) (next to|for|labelled|called|that says|beside|marked) {X}",
    "~activate the {X} (switch|toggle|option|checkbox)",
    "~enable the (option|setting) (|called ){X}",
)
TICKED = (
    "(|the |The ){X}{R} (should|must|has to|needs to|ought to|is to|shall) be (on|ticked|checked|enabled|turned on|switched on|active)",
    "I (want|need|would like) (|the ){X}{R} (on|ticked|checked|enabled|turned on|to be on|to be ticked|to be checked|to be enabled)",
    "(yes to|tick|check) {X}",
    "{X}: (on|yes|ticked|checked)",
    "{X} on",
    "{X} = (on|true|yes)",
    "we need {X} (ticked|enabled|on)",
    "{X} (isn't ticked|is off|is not on)(, please fix that|; change that|, it should be on)",
)
UNTICKING = (
    "(~untick|~uncheck|~disable|~turn off|~switch off|~deactivate|~unmark|~deselect|~unselect|~clear) (|the ){X}{R}",
    "(~untick|~uncheck|~clear|~disable|~unset|~deselect) the {X} (box|checkbox|check box|option|tick box|setting)",
    "~turn (|the ){X}{R} off",
    "~switch (|the ){X}{R} off",
    "(~remove|~take away|~delete) the (tick|check mark|checkmark|cross|check) (from|next to|at|off|in front of|beside) (|the ){X}{R}",
    "~make sure (|that ){X}{R} (is|gets) (off|unticked|unchecked|disabled|turned off|switched off|not ticked|not checked|not enabled|inactive|not on)",
    "~set (|the ){X}{R} to (off|false|no|disabled)",
    "~have (|the ){X}{R} (unticked|unchecked|disabled|turned off|switched off)",
    "~see to it that {X} is (off|not ticked|not checked|disabled|unchecked)",
    "~ensure (|that ){X} is (off|unticked|unchecked|disabled|not ticked|not active)",
    "~flip (|the ){X}{R} (off|to off)",
    "~turn off (|the )(option|setting|checkbox|box|switch) {X}",
    "~get (rid of the tick at {X}|{X} off|{X} unticked|{X} disabled)",
    "~uncheck the box (next to|for|labelled|called|that says|beside) {X}",
    "~untick the (box|checkbox|check box) (next to|for|labelled|called|that says|beside) {X}",
    "~deactivate the {X} (switch|toggle|option|checkbox)",
    "~disable the (option|setting) (|called ){X}",
    "~leave {X} (unticked|unchecked|off)",
)
UNTICKED = (
    "(|the |The ){X}{R} (should|must|has to|needs to|ought to|is to|shall) be (off|unticked|unchecked|disabled|turned off|switched off)",
    "(|the |The ){X}{R} (should|must) not be (on|ticked|checked|enabled|active)",
    "I (don't want|do not want) (|the ){X}{R}(| on| ticked| checked| enabled| to be on| to be ticked)",
    "I (want|need|would like) (|the ){X}{R} (off|unticked|unchecked|disabled|turned off|to be off)",
    "no {X}(|, please)",
    "{X}: (off|no|unticked|unchecked)",
    "{X} off",
    "{X} = (off|false|no)",
    "{X} (is ticked|is on|is enabled)(, please fix that|; change that|, it should be off|, but it shouldn't be)",
)
SCROLLING = (
    "~scroll {D}",
    "~scroll (a bit|a little|a little bit|some|slightly|further|once|one page|a page|a few lines|more|all the way|quickly|slowly|much further) {D}",
    "~scroll {D} (a bit|a little|a little bit|some more|further|a page|one page|once|a few lines|slightly|more|all the way|a lot|quickly|slowly|please|now)",
    "~scroll the (page|window|view|document|content|contents|screen|text|list) {D}",
    "~scroll {D} (on|in) (the|this) (page|window|document|text|list)",
    "~scroll {D} with the (mouse wheel|wheel|mouse|scroll wheel)",
    "~use the (mouse wheel|wheel|scroll wheel|scroll bar|scrollbar) to (go|scroll|move) {D}",
    "~turn the (mouse |)wheel {D}",
    "~move (further |)(|the page |the view |the list ){D} (by scrolling|with the wheel|with the scrollbar)",
    "~do (some|a little|a bit of) scrolling {D}",
    "~keep scrolling {D}",
    "~roll the (mouse |)wheel {D}",
    "~spin the mouse wheel {D}",
    "~scroll {D} until you (see it|see more|find it|reach the end)",
    "~page {D} with the wheel",
    "~scroll {D}",
)
SCROLL_BOTTOM = (
    "~scroll (down |)to the (very |)(bottom|end)(| of the page| of the list| of the document)",
    "~scroll all the way (down|to the bottom)",
    "~go to the bottom of the page by scrolling",
    "~scroll (on|further|ahead)",
)
SCROLL_TOP = (
    "~scroll (back |up |back up |)to the (very |)(top|beginning|start)(| of the page| of the list| of the document)",
    "~scroll all the way (up|to the top)",
    "~scroll back",
)
SCROLLING_IN = (
    "~scroll {D} (in|inside|within|through) (|the ){X}{R}",
    "~scroll (|the ){X}{R} {D}",
    "(in|inside) (|the ){X}{R}(|,) ~scroll {D}(| a bit| a little| further)",
    "~move the mouse over (|the ){X}{R} and ~scroll {D}",
    "~scroll {D} (over|on) (|the ){X}{R}",
    "~scroll (a bit|a little|further) {D} in (|the ){X}{R}",
    "with the mouse over {X}(,|) ~scroll {D}",
    "~use the wheel (over|in|on) {X} to go {D}",
    "~scroll the (list|pane|panel|area|box) (called |named |){X} {D}",
)
DRAGGING = (
    "~move (the file|the folder|the picture|the document) {X} (to|into) (|the |the folder ){Y}{Q}",
    "~put (the file|the folder) {X} (in|into) (the folder |){Y}",
    "~drag (|the |the file |the icon |the folder ){X}{R} (to|onto|into|over to|on|on top of|over|in) (|the |the folder ){Y}{Q}",
    "~drag and drop {X} (on|onto|into|to|in) (|the ){Y}{Q}",
    "~move {X} (to|onto|into) {Y} (by dragging|with the mouse|by drag and drop|by dragging it)",
    "~pull (|the ){X}{R} (to|onto|over to|into|over) (|the ){Y}{Q}",
    "~take {X} and ~drop it (on|onto|into|in) {Y}",
    "~grab (|the ){X}{R} and (~move|~drag|~pull|~drop) it (to|onto|into|over to|on) (|the ){Y}{Q}",
    "~drop {X} (on|onto|into) (|the ){Y}{Q}",
    "~pick up {X} and ~drop it (on|onto|into|in) {Y}",
    "~drag {X} from where it is (to|onto|into) {Y}",
    "~put {X} (in|into|on|onto) {Y} (by dragging(| it)|with drag and drop|with the mouse)",
    "~use (the mouse|drag and drop) to (move|drag|bring|get) {X} (to|into|onto) {Y}",
    "~pull {X} over and ~drop it (on|into|onto) {Y}",
    "~hold {X} with the mouse and ~move it (to|onto|into) {Y}",
    "~drag {X} -> {Y}",
    "~slide {X} (to|onto|into) {Y}",
    "drag & drop {X} (to|onto|into) {Y}",
    "~click and drag {X} (to|onto|into|over to) {Y}",
    "~shift {X} (to|into) {Y} by dragging",
    "~carry {X} (over |)to {Y} with the mouse",
    "~throw {X} (into|onto) {Y} by dragging",
)
WAITING = (
    "~wait (for |)(|about |at least |some |around |roughly ){S}",
    "~wait {S} (more|longer|now|first|please|or so)",
    "~pause (for |)(|about ){S}",
    "~give it {S}(| to load| to finish| to open| to settle| to start)",
    "~hold on (for |){S}",
    "~let {S} (pass|go by)",
    "~stop for {S}",
    "~sleep (for |){S}",
    "~do nothing for {S}",
    "~stay put for {S}",
    "~hang on (for |){S}",
    "~allow {S}(| for it to load| for that| for it to finish)",
    "~take a break of {S}",
    "~wait {S} (until|till|so that|so) (it has loaded|it is ready|it loads|it's there|the page is there|it can start)",
    "~delay (for |){S}",
    "~idle (for |){S}",
    "~leave it alone for {S}",
    "~wait it out for {S}",
    "~make a pause of {S}",
    "~insert a pause of {S}",
)
WAITING_SOME = (
    "~wait",
    "~wait (a bit|a little|a moment|a while|a little while|for a moment|for a bit|briefly|a short while|some time|a tick|a short time)",
    "~wait (until|till) (it|the page|the window|everything|the dialog|the program|the application) (is|has) (loaded|ready|finished loading|there|open|appeared|done|come up|finished)",
    "~wait (until|till) (it loads|it's loaded|it opens|it's done|it finishes|it appears|it is there)",
    "~let it (load|finish|settle|start|open)",
    "~give it (a moment|time|some time|a bit of time|a sec)(| to load| to open| to start)",
    "~wait for (it|the page|the dialog|the window|the program|things) to (load|open|appear|finish|settle|come up|start|be ready)",
    "~pause (a moment|briefly|for a moment|a bit)",
    "~hold on (a moment|a bit|for a moment)",
    "~be patient for a moment",
    "~hang on a moment",
    "~take a short break",
    "~allow it to (load|finish)",
)

BEFORE = (
    "first",
    "second",
    "third",
    "last",
    "fourth",
    "2nd",
    "1st",
    "3rd",
    "top",
    "bottom",
    "left",
    "right",
    "upper",
    "lower",
    "other",
    "leftmost",
    "rightmost",
    "topmost",
    "next-to-last",
    "fifth",
)
PLACES = (
    "in the dialog",
    "in the toolbar",
    "at the bottom",
    "at the top",
    "on the left",
    "on the right",
    "in the sidebar",
    "in the popup",
    "in the status bar",
    "in the title bar",
    "in the side pane",
    "in the main window",
    "in the top right corner",
    "in the bottom left corner",
    "in the corner",
    "at the end",
    "in the middle",
    "in the header",
    "in the footer",
    "at the bottom of the window",
    "at the top of the page",
    "on the left side",
    "in the right column",
    "in the list",
    "in the panel",
    "in the tool bar",
    "in the dialog box",
    "in the message",
    "in the first row",
    "in the second row",
    "in the last column",
    "in the navigation",
    "at the bottom right",
    "in the upper left",
)
RELATIONS = (
    "next to {Y}",
    "under {Y}",
    "below {Y}",
    "above {Y}",
    "beside {Y}",
    "to the right of {Y}",
    "to the left of {Y}",
    "in the {Y} section",
    "in the {Y} group",
    "in the {Y} dialog",
    "in the {Y} window",
    "behind {Y}",
    "near {Y}",
    "in the row of {Y}",
    "under the heading {Y}",
    "in the {Y} box",
    "in the {Y} panel",
    "on the {Y} tab",
    "right of {Y}",
    "left of {Y}",
    "after {Y}",
    "before {Y}",
    "opposite {Y}",
    "in {Y}'s row",
    "for {Y}",
)


def _listed(draft: Draft, *sorts: str) -> str:
    words = listed()[draft.pick(sorts)]
    return words[int(draft.rng.random() * len(words))]


def button_name(draft: Draft) -> str:
    draw = draft.rng.random()
    if draw < 0.5:
        return draft.pick(COMMON)
    return (
        _listed(draft, "item", "item", "item", "name", "name", "option", "foreign") if draw < 0.96 else draft.pick("0123456789+-=×÷√%CMA")
    )


def option_name(draft: Draft) -> str:
    return draft.pick(OPTIONS) if draft.chance(0.5) else _listed(draft, "option", "option", "option", "item", "name", "foreign")


def field_name(draft: Draft) -> str:
    return _listed(draft, "field", "field", "field", "field", "foreign")


_OPENS = ("~open", "~go to", "~go into", "~use", "~show", "~visit", "~head", "~navigate", "~say", "~bring", "~enter")


def _click(draft: Draft, name: str, templates: tuple[str, ...], roles: str, qualified: float = 0.07) -> Clause:
    rng = draft.rng
    if rng.random() < qualified:
        return qualified_click(draft, name)
    template = draft.pick(templates)
    bare = name.lower().removesuffix("...").rstrip()
    if bare in KEY_NAMES and ("press" in template or "hit" in template or "push" in template or "tap" in template or "strike" in template):
        template = "~click (|on )(|the ){X}{R}"
    quoted, kept = None, False
    opens = any(verb in template for verb in _OPENS)
    if bare in PROCEDURAL and opens:
        # "open Settings" names what is on the screen, "open the settings" a goal.
        quoted, kept = draft.chance(0.5), True
        template = template if quoted else "(~open|~go to|~open up|~bring up|~choose) {X}"
    x = draft.label(name, quoted, kept)
    text = spell(rng, template, {"X": x, "R": draft.role(roles)})
    whole = templates is CLICKED
    if not whole and rng.random() < 0.09:
        text = _with_purpose(draft, text)
    return Clause(text, [{"do": "click", "target": x}], "click", whole=whole)


_TO = (
    "continue",
    "confirm",
    "go on",
    "go ahead",
    "finish",
    "start",
    "apply the changes",
    "close the dialog",
    "proceed",
    "get to the next page",
    "see more",
    "save it",
    "send it",
    "get there",
    "open it",
    "see the list",
    "begin",
    "accept",
    "get back",
    "make it so",
    "get it done",
    "bring up the dialog",
    "get a list",
    "store the settings",
    "move on",
    "search",
    "see the result",
    "complete it",
)
_THERE = (
    "in the window that opens, ",
    "in the dialog that comes up, ",
    "in the dialog that appears, ",
    "there, ",
    "there ",
    "in there, ",
    "in the menu that opens, ",
    "when the dialog appears, ",
    "once the page has loaded, ",
    "when the window is there, ",
    "in the new window, ",
    "as soon as the dialog is open, ",
    "in the list that comes up, ",
    "on the next page, ",
    "when it is open, ",
    "once it's open ",
    "in what opens, ",
    "on the page that follows, ",
)


def _with_purpose(draft: Draft, text: str) -> str:
    """What it is for, or where one is by then: words that add no step."""
    draw = draft.rng.random()
    if draw < 0.45:
        return f"{text} to {draft.pick(_TO)}"
    if draw < 0.55:
        return f"to {draft.pick(_TO)}, {text}"
    if draw < 0.6:
        return f"{text} so that {draft.pick(('it closes', 'it starts', 'the dialog closes', 'it gets saved', 'we can go on', 'the list opens'))}"
    return draft.pick(_THERE) + text


def click(draft: Draft, name: str | None = None) -> Clause:
    """Click something: a button, a menu's name, a menu item, a tab, a link, an item of a list."""
    draw = draft.rng.random()
    if draw < 0.34:
        return _click(draft, name or button_name(draft), PRESSING, "button|button|button|icon|key")
    if draw < 0.56:
        return _click(
            draft,
            name or draft.pick((*CHOICES, *ITEMS)) if draft.chance(0.4) else name or button_name(draft),
            CHOOSING,
            "option|entry|item|menu item|command|button|radio button|choice",
        )
    if draw < 0.72:
        return _click(
            draft, name or (draft.pick(MENUS) if draft.chance(0.8) else button_name(draft)), OPENING, "menu|menu|menu|dialog|window"
        )
    if draw < 0.84:
        return _click(draft, name or (draft.pick(TABS) if draft.chance(0.7) else _listed(draft, "name", "foreign")), TABBING, "tab|page")
    if draw < 0.88:
        return _click(draft, name or button_name(draft), LINKING, "link")
    if draw < 0.95:
        return _click(draft, name or button_name(draft), CLICKED, "button|option|link|tab")
    return not_that(draft, name)


def button(draft: Draft, name: str | None = None) -> Clause:
    return _click(draft, name or button_name(draft), CLICKED if draft.chance(0.06) else PRESSING, "button|button|button|icon")


def chosen(draft: Draft, name: str | None = None) -> Clause:
    return _click(
        draft, name or (draft.pick(CHOICES) if draft.chance(0.5) else button_name(draft)), CHOOSING, "option|entry|item|radio button|choice"
    )


def opened(draft: Draft, name: str | None = None) -> Clause:
    return _click(draft, name or draft.pick(MENUS), OPENING, "menu|menu|menu")


def tabbed(draft: Draft, name: str | None = None) -> Clause:
    return _click(draft, name or draft.pick(TABS), TABBING, "tab|tab|page")


def linked(draft: Draft) -> Clause:
    return _click(draft, button_name(draft), LINKING, "link")


def selected(draft: Draft) -> Clause:
    return _click(
        draft, draft.pick(ITEMS) if draft.chance(0.6) else texts.file_name(draft.rng), CHOOSING, "file|folder|entry|item|row|line"
    )


def not_that(draft: Draft, name: str | None = None) -> Clause:
    """Click one thing and leave another."""
    target = draft.label(name or button_name(draft))
    other = draft.label(button_name(draft))
    return Clause(spell(draft.rng, draft.pick(NEGATED), {"X": target, "Y": other}), [{"do": "click", "target": target}], "click")


def qualified(draft: Draft, name: str, roles: str) -> tuple[str, str]:
    """(as it is written, as the plan names it): words that tell one of several apart stay with the target, but for the role."""
    rng = draft.rng
    x = draft.label(name)
    role = draft.role(roles)
    draw = rng.random()
    if draw < 0.34:
        which = draft.pick(BEFORE)
        return f"the {which} {x}{role}", f"{which} {x}"
    if draw < 0.68:
        place = draft.pick(PLACES)
        return f"{draft.pick(('', 'the '))}{x}{role} {place}", f"{x} {place}"
    relation = draft.pick(RELATIONS).replace(
        "{Y}", draft.label(draft.pick((*TABS, *COMMON[:40])) if draft.chance(0.5) else field_name(draft))
    )
    if draw < 0.71:
        things = draft.pick(
            (
                "link",
                "result",
                "item",
                "entry",
                "button",
                "tab",
                "icon",
                "row",
                "message",
                "picture",
                "checkbox",
                "field",
                "file",
                "line",
                "option",
                "menu",
                "arrow",
                "column",
                "item in the list",
                "file in the list",
                "link on the page",
                "button in the toolbar",
                "search result",
                "e-mail",
                "suggestion",
            )
        )
        draft.slots.pop()
        which = draft.pick(BEFORE[:8])
        return f"the {which} {things}", f"{which} {things}"
    if draw < 0.78:
        thing = draft.pick(
            (
                "button",
                "field",
                "box",
                "checkbox",
                "icon",
                "arrow",
                "drop-down",
                "list",
                "link",
                "text field",
                "slider",
                "combo box",
                "entry",
                "input",
            )
        )
        return f"the {thing} {relation}", f"{thing} {relation}"
    return f"{draft.pick(('', 'the '))}{x}{role} {relation}", f"{x} {relation}"


def qualified_click(draft: Draft, name: str) -> Clause:
    rng = draft.rng
    draw = rng.random()
    if draw < 0.72:
        written, target = qualified(draft, name, "button|button|link|option|tab|icon")
        verb = draft.pick(
            ("~click", "~click", "~click on", "~press", "~hit", "~choose", "~select", "~use", "~tap", "~pick", "~push", "~go for")
        )
        return Clause(f"{verb} {written}", [{"do": "click", "target": target}], "click")
    x = draft.label(name)
    place = (
        draft.pick(PLACES)
        if draft.chance(0.7)
        else draft.pick(("under {Y}", "in the {Y} section", "in the {Y} dialog", "next to {Y}", "below {Y}")).replace(
            "{Y}", draft.label(draft.pick(TABS))
        )
    )
    verb = draft.pick(("~click", "~click on", "~press", "~choose", "~select", "~hit", "~use", "~pick"))
    return Clause(
        f"{place}{draft.pick((',', ',', ''))} {verb} {draft.pick(('', 'the '))}{x}{draft.role('button|link|option')}",
        [{"do": "click", "target": f"{x} {place}"}],
        "click",
    )


def clicks(draft: Draft) -> Clause:
    """Several things with one verb, one several times, or a way through a menu."""
    rng = draft.rng
    draw = rng.random()
    if draw < 0.25:
        x = draft.label(
            button_name(draft)
            if draft.chance(0.5)
            else draft.pick(
                (
                    "Next",
                    "Next",
                    "Zoom In",
                    "Up",
                    "Down",
                    "Add",
                    "Forward",
                    "Back",
                    "+",
                    "-",
                    "Continue",
                    "Move Up",
                    "Plus",
                    "More",
                    "Undo",
                    "Refresh",
                    "Skip",
                )
            )
        )
        count = rng.choice((2, 2, 2, 3, 3, 4, 5))
        return Clause(
            f"{draft.pick(('~click', '~press', '~hit', '~tap', '~click on', '~push'))} {draft.pick(('', '', 'the '))}{x}{draft.role('button')} {times(draft, count)}",
            [{"do": "click", "target": x}] * count,
            "click",
        )
    if draw < 0.5:
        names = [draft.label(button_name(draft)) for _ in range(rng.choice((2, 2, 3, 3, 4, 5)))]
        last = draft.pick((" and ", " and then ", ", then ", " and finally ", ", and ", " & ", ", "))
        return Clause(
            f"{draft.pick(('~click', '~press', '~click on', '~choose', '~hit', '~select', '~tap'))} {draft.pick(('', '', '', 'the buttons ', 'on '))}{', '.join(names[:-1])}{last}{names[-1]}",
            [{"do": "click", "target": name} for name in names],
            "click",
        )
    return menu_path(draft)


def times(draft: Draft, count: int) -> str:
    words = {
        2: ("twice", "two times", "2 times", "2x", "twice in a row", "a couple of times"),
        3: ("three times", "3 times", "3x", "thrice", "three times in a row"),
        4: ("four times", "4 times", "4x"),
        5: ("five times", "5 times", "5x", "five times in a row"),
    }
    return draft.pick(words[count]) if count in words else draft.pick((f"{count} times", f"{count}x"))


def menu_path(draft: Draft, way: tuple[str, ...] = ()) -> Clause:
    """A way through menus: "File > Save As", "choose Bold from the Format menu"."""
    rng = draft.rng
    menu = draft.pick(MENUS) if draft.chance(0.85) else _listed(draft, "name", "foreign")
    names = list(way) or ([menu, button_name(draft)] if rng.random() < 0.72 else [menu, button_name(draft), button_name(draft)])
    joined = rng.random() < 0.4
    whole = draft.chance(draft.style.quoting) and joined
    slots = [draft.label(name, False if joined else None) for name in names]
    steps: list[dict[str, str | float]] = [{"do": "click", "target": slot} for slot in slots]
    if joined:
        arrow = draft.pick(
            (" > ", " > ", " > ", ">", " → ", " → ", "→", " -> ", "->", " / ", "/", " | ", " » ", " ▸ ", " => ", " >> ", "::", " – ", ": ")
        )
        text = arrow.join(slots)
        if whole:
            text = f"{draft.style.quotes[0]}{text}{draft.style.quotes[1]}"
        return Clause(
            spell(
                rng,
                draft.pick(
                    (
                        "{P}",
                        "(~go to|~choose|~open|~click|~use|~navigate to|~select|~pick|~take|~follow|~do|~head to) {P}",
                        "(~choose|~select|~click|~pick|~use) {P} (from|in) the (menu|menus|menu bar)",
                        "in the (menu|menus|menu bar)(,|) (~choose|~go to|~pick|~click) {P}",
                        "~follow the (menu |)path {P}",
                        "~use the menu(|:) {P}",
                        "~go through {P}",
                    )
                ),
                {"P": text},
            ),
            steps,
            "click",
        )
    if len(slots) == 2:
        a, b = slots
        templates: tuple[str, ...] = (
            "(~choose|~select|~pick|~click|~click on|~use|~take|~hit) {B} (from|in|in|under|on|inside|out of) the {A} menu", "(in|from|under) the {A} menu(,|) (~choose|~select|~pick|~click|~click on|~hit|~take|~go for) {B}", "(~open|~click|~click on|~bring up|~pull down|~go to|~go into|~head to) the {A} menu and (~choose|~select|~pick|~click|~hit|~click on|~use) {B}{R}",
            "(~open|~click|~go to|~click on|~select) {A}(,| and| and then|, then|, and) (~choose|~select|~pick|~click|~hit|~click on) {B}{R}", "(~choose|~pick|~select|~find|~click) {B}, (which is|it's|it is|found) in the {A} menu", "~go to {A}, {B}", "from {A}(,|) (~choose|~select|~pick|~take) {B}", "~open the {A} menu; (there |)~click {B}", "~use {B} from the {A} menu", "the {A} menu has {B}; ~click it", "~click {A} (in the menu bar |at the top |up top |)and (then |)~click {B}", "~run {B} from the {A} menu", "~look under the {A} menu and ~click {B}", "~get {B} from the {A} menu",
        )  # fmt: skip
        return Clause(spell(rng, draft.pick(templates), {"A": a, "B": b, "R": draft.role("option|item|entry|command")}), steps, "click")
    a, b, c = slots
    templates = (
        "(~open|~click|~go to) (|the ){A}(| menu)(,| and| then|, then) (~open|~go to|~hover|~point at|~choose|~click|~select) {B}(,| and| then|, then|, and) (~choose|~select|~pick|~click) {C}",
        "in the {A} menu(,|) (~go to|~open|~choose) {B} and (~choose|~pick|~click) {C}",
        "(~choose|~pick|~select|~click) {C} (from|in|under) (|the ){B} (submenu |)(of|in|under) the {A} menu",
        "under {A} and then {B}(,|) ~choose {C}",
        "~go to {A}, {B}, {C}",
        "~open the {A} menu, (~hover over|~open|~go into) the {B} submenu and (~pick|~click|~choose) {C}",
        "~go through {A} and {B} to {C}",
    )
    return Clause(spell(rng, draft.pick(templates), {"A": a, "B": b, "C": c}), steps, "click")


def pointing(do: str, templates: tuple[str, ...], roles: str) -> Callable[[Draft], Clause]:
    def make(draft: Draft) -> Clause:
        name = draft.pick(ITEMS) if draft.chance(0.5) else texts.file_name(draft.rng) if draft.chance(0.3) else button_name(draft)
        if draft.chance(0.08):
            written, target = qualified(draft, name, roles)
            verb = {
                "double_click": ("~double-click", "double click", "~double-click on"),
                "right_click": ("~right-click", "right click", "~right-click on"),
            }[do]
            return Clause(f"{draft.pick(verb)} {written}", [{"do": do, "target": target}], do)
        x = draft.label(name)
        return Clause(spell(draft.rng, draft.pick(templates), {"X": x, "R": draft.role(roles)}), [{"do": do, "target": x}], do)

    return make


double_click = pointing("double_click", DOUBLE, "icon|file|folder|entry|item|row")
right_click = pointing("right_click", RIGHT, "icon|file|folder|entry|item|tab|row")


def context_menu(draft: Draft) -> Clause:
    x, y = draft.label(draft.pick(ITEMS) if draft.chance(0.6) else texts.file_name(draft.rng)), draft.label(button_name(draft))
    templates = (
        "~right-click (|on )(|the ){X} and (~choose|~select|~pick|~click|~hit|~take) {Y}",
        "(~choose|~select|~pick|~use) {Y} (from|in) the (context|right-click) menu of {X}",
        "from the context menu of {X}(,|) (~choose|~pick|~select) {Y}",
        "right click {X}, (choose|then|pick|select|) {Y}",
        "~open the context menu (of|on|for) {X} and (~choose|~click|~pick) {Y}",
        "~click {X} with the right mouse button and ~choose {Y}",
        "in {X}'s context menu(,|) ~pick {Y}",
    )
    return Clause(
        spell(draft.rng, draft.pick(templates), {"X": x, "Y": y}),
        [{"do": "right_click", "target": x}, {"do": "click", "target": y}],
        "right_click",
    )


def typing(draft: Draft, given: str | None = None) -> Clause:
    rng = draft.rng
    if given is None and rng.random() < 0.06:
        return typed_lines(draft)
    whole = rng.random() < 0.1
    templates = TYPED if whole else TYPING
    template = draft.pick(templates) if draft.chance(0.55) else "(~type|~type|~write|~enter|~type in) {T}"
    t = draft.text(given or texts.any_text(rng), closed="{T} " in template)
    text = spell(rng, template, {"T": t})
    return Clause(text, [{"do": "type", "text": t}], "type", whole=whole and template in TYPED)


def typed_lines(draft: Draft) -> Clause:
    rng = draft.rng
    text = texts.lines(rng)
    if rng.random() < 0.5:
        t = draft.exact(text)
        opening = spell(
            rng,
            "(~type|~write|~enter|~put in) (the following|this|these lines|the following lines|the text below|the following text|exactly this|this text)(:|:|)",
            {},
        )
        return Clause(f"{opening}\n{t}", [{"do": "type", "text": t}], "type", last=True)
    left, right = draft.style.quotes
    if left in text or right in text:
        left, right = '"', '"'
    written = draft._slot(text, f"{left}{text}{right}")
    return Clause(spell(rng, "(~type|~write|~enter|~insert) {T}", {"T": written}), [{"do": "type", "text": written}], "type")


def field_text(draft: Draft) -> tuple[str, str]:
    """(what a field is called, what is typed into it)."""
    if draft.chance(0.6):
        name, make = draft.rng.choice(texts.FIELDS)
        return name, make(draft.rng)
    return field_name(draft), texts.any_text(draft.rng)


def fill_in(draft: Draft, given: tuple[str, str] | None = None) -> Clause:
    """Type into a named field: a click on its label, then the text."""
    rng = draft.rng
    draw = rng.random()
    if draw < 0.12 and given is None:
        return fill_many(draft)
    name, text = given or field_text(draft)
    whole = draw < 0.27
    if given is None and rng.random() < 0.04:
        return fill_anew(draft, name, text)
    template = draft.pick(FIELDED if whole else FIELDING)
    t = draft.text(text, closed=template.find("{T}") < template.find("{F}"))
    if rng.random() < 0.07:
        written, target = qualified(draft, name, "field|box|input")
        verb = draft.pick(("~type {T} in", "~type {T} into", "~enter {T} in", "~write {T} into", "~put {T} in", "~fill in", "~click"))
        tail = {"~fill in": " with {T}", "~click": " and ~type {T}"}.get(verb, "")
        return Clause(
            (verb + " " + written + tail).replace("{T}", t), [{"do": "click", "target": target}, {"do": "type", "text": t}], "fill"
        )
    if rng.random() < 0.04:
        f = draft.label(name)
        relation = draft.pick(("next to", "beside", "under", "below", "to the right of", "after", "right of", "behind", "above"))
        thing = draft.pick(("field", "box", "text field", "input", "entry", "text box"))
        return Clause(
            spell(rng, "(~type|~write|~enter|~put) {T} (in|into) the {O}", {"T": t, "O": f"{thing} {relation} {f}"}),
            [{"do": "click", "target": f"{thing} {relation} {f}"}, {"do": "type", "text": t}],
            "fill",
        )
    f = draft.label(name)
    return Clause(
        spell(rng, template, {"F": f, "T": t, "R": draft.role("field|box|text box|field|input|line|entry|text field")}),
        [{"do": "click", "target": f}, {"do": "type", "text": t}],
        "fill",
        whole=whole,
    )


def fill_anew(draft: Draft, name: str, text: str) -> Clause:
    """What stands in a field goes first."""
    t, f = draft.text(text), draft.label(name)
    templates = (
        "(~clear|~empty|~wipe|~erase) (|the ){F}{R} and (~type|~write|~enter) {T}",
        "~replace (what is in|what stands in|the text in|the contents of|the value in) (|the ){F}{R} (by|with) {T}",
        "~delete what is in (|the ){F}{R} and (~type|~write|~enter) {T}(| instead)",
        "~overwrite (|the |the text in ){F}{R} with {T}",
        "(~type|~write|~enter) {T} (in place of|instead of) what is in (|the ){F}{R}",
    )
    text = spell(draft.rng, draft.pick(templates), {"F": f, "T": t, "R": draft.role("field|box|text box|input|line|entry")})
    return Clause(text, [{"do": "click", "target": f}, {"do": "press", "keys": "Ctrl+A"}, {"do": "type", "text": t}], "fill")


def fill_many(draft: Draft) -> Clause:
    rng = draft.rng
    pairs = []
    for _ in range(rng.choice((2, 2, 3, 3, 4, 5))):
        name, text = field_text(draft)
        pairs.append((draft.label(name), draft.text(text, closed=False)))
    steps: list[dict[str, str | float]] = []
    for f, t in pairs:
        steps += [{"do": "click", "target": f}, {"do": "type", "text": t}]
    kind = rng.randrange(6)
    if kind == 0:
        listing = "\n".join(f"{f}: {t}" for f, t in pairs)
        return Clause(
            spell(
                rng,
                "(~fill in|~fill out|~complete|~enter|~put in) (the form|the fields|the following|this|the form with this|these values|the details)(:|:| as follows:)",
            )
            + f"\n{listing}",
            steps,
            "fill",
            last=True,
        )
    joins = {1: " with ", 2: ": ", 3: " = ", 4: " as ", 5: None}
    join = joins[kind]
    if join is None:
        parts = [f"{t} {draft.pick(('into', 'in', 'for', 'as'))} {f}" for f, t in pairs]
        opening = draft.pick(("~enter ", "~type ", "~put ", "~write ", "~fill "))
    else:
        parts = [f"{f}{join}{t}" for f, t in pairs]
        opening = {
            " with ": "~fill in ",
            ": ": draft.pick(("~enter ", "~fill in the form: ", "~fill in ", "~enter the following: ", "~put ")),
            " = ": draft.pick(("~set ", "~fill in ", "~enter ")),
            " as ": draft.pick(("~enter ", "~give ", "~put ")),
        }[join]
        if join == " as ":
            parts = [f"{t} as {f}" for f, t in pairs]
    return Clause(opening + ", ".join(parts[:-1]) + draft.pick((" and ", ", and ", ", ", "; ", " and ")) + parts[-1], steps, "fill")


def press(draft: Draft, given: str | None = None) -> Clause:
    rng = draft.rng
    draw = rng.random() if given is None else 0.3 + 0.7 * rng.random()
    if draw < 0.14:
        keys, template = rng.choice(PURPOSES)
        k = draft.key(keys, spelled(rng, keys))
        return Clause(spell(rng, template, {"K": k}), [{"do": "press", "keys": k}], "press")
    keys = given or any_keys(rng)
    k = draft.key(keys, spelled(rng, keys))
    if draw < 0.26:
        count = rng.choice((2, 2, 3, 3, 4, 5, 6))
        return Clause(
            f"{draft.pick(('~press', '~hit', '~tap', '~push', '~use'))} {k} {times(draft, count)}",
            [{"do": "press", "keys": k}] * count,
            "press",
        )
    if "+" in keys and not keys.endswith("++") and keys.count("+") == 1 and draw < 0.34:
        modifier, last = keys.split("+")
        draft.slots.pop()
        said = {"Ctrl": "ctrl", "Alt": "alt", "Shift": "shift", "Super": "the Windows key"}[modifier]
        final = rng.choice(NAMED[last]) if last in NAMED else rng.choice((last, last.lower()))
        written = spell(
            rng,
            "(~hold|~hold down|~keep) (|the ){M}(| key) (|down |pressed )and (~press|~hit|~tap|~type) {L}",
            {"M": said.removeprefix("the "), "L": final},
        )
        return Clause(written, [{"do": "press", "keys": keys}], "press")
    if draw < 0.42 and given is None:
        several = [k, *[draft.key(more, spelled(rng, more)) for more in (any_keys(rng) for _ in range(rng.choice((1, 1, 2))))]]
        return Clause(
            f"{draft.pick(('~press', '~hit', '~use', '~do'))} {', '.join(several[:-1])}{draft.pick((' and ', ' and then ', ', then ', ' then ', ' followed by '))}{several[-1]}",
            [{"do": "press", "keys": one} for one in several],
            "press",
        )
    whole = draw > 0.93
    return Clause(
        spell(rng, draft.pick(PRESSED_KEYS if whole else PRESSING_KEYS) if draft.chance(0.7) else "(~press|~press|~hit) {K}", {"K": k}),
        [{"do": "press", "keys": k}],
        "press",
        whole=False,
    )


def set_one(draft: Draft, given: str | None = None) -> Clause:
    rng = draft.rng
    value = "on" if rng.random() < 0.55 else "off"
    draw = rng.random() if given is None else 0.31 + 0.69 * rng.random()
    if draw < 0.2:
        return set_many(draft, value)
    if draw < 0.27:
        written, target = qualified(draft, option_name(draft), "checkbox|option|box|check box")
        verb = draft.pick(
            ("~tick", "~check", "~enable", "~turn on", "~switch on", "~activate")
            if value == "on"
            else ("~untick", "~uncheck", "~disable", "~turn off", "~switch off", "~deactivate")
        )
        return Clause(f"{verb} {written}", [{"do": "set", "value": value, "target": target}], f"set {value}")
    if draw < 0.31:
        x, y = draft.label(option_name(draft)), draft.label(draft.pick(TABS))
        place = draft.pick(
            (
                "under {Y}",
                "in the {Y} section",
                "in the {Y} group",
                "below {Y}",
                "in the dialog",
                "at the bottom",
                "in the sidebar",
                "on the {Y} tab",
            )
        ).replace("{Y}", y)
        verb = draft.pick(
            ("~tick", "~check", "~enable", "~turn on", "~switch on")
            if value == "on"
            else ("~untick", "~uncheck", "~disable", "~turn off", "~switch off")
        )
        return Clause(
            f"{place}{draft.pick((',', ',', ''))} {verb} {draft.pick(('', 'the '))}{x}{draft.role('option|checkbox|box')}",
            [{"do": "set", "value": value, "target": f"{x} {place}"}],
            f"set {value}",
        )
    if given is None and rng.random() < 0.07:
        return shown(draft, value)
    whole = draw > 0.84
    templates = (TICKED if whole else TICKING) if value == "on" else (UNTICKED if whole else UNTICKING)
    x = draft.label(given or option_name(draft))
    return Clause(
        spell(rng, draft.pick(templates), {"X": x, "R": draft.role("option|checkbox|check box|box|setting|switch|tick box|toggle")}),
        [{"do": "set", "value": value, "target": x}],
        f"set {value}",
        whole=whole,
    )


_SHOWN = (
    "Status Bar",
    "Toolbar",
    "Sidebar",
    "Side Pane",
    "Menu Bar",
    "Ruler",
    "Rulers",
    "Line Numbers",
    "Grid",
    "Statusbar",
    "Hidden Files",
    "Thumbnails",
    "Message Window",
    "Navigation Bar",
    "Bookmarks Bar",
    "Tree",
    "Tabs",
    "Scrollbar",
    "Legend",
    "Preview",
    "Formatting Marks",
    "White Space",
    "Right Margin",
    "Tool Bar",
    "Outline",
    "Minimap",
    "Image Gallery",
    "Location Bar",
)


def shown(draft: Draft, value: str) -> Clause:
    """Something of the window that is to be seen or not."""
    x = draft.label(draft.pick(_SHOWN))
    on = (
        "~show (me |)(|the ){X}",
        "~display (|the ){X}",
        "~make (|the ){X} visible",
        "~bring back (|the ){X}",
        "~let me see (|the ){X}",
        "~have (|the ){X} (shown|visible|displayed)",
        "~unhide (|the ){X}",
    )
    off = (
        "~hide (|the ){X}",
        "~make (|the ){X} (disappear|invisible|go away)",
        "~get rid of (|the ){X}",
        "~remove (|the ){X} from view",
        "~have (|the ){X} (hidden|gone)",
        "~don't show (|the ){X}".replace("~", ""),
        "~take (|the ){X} away",
    )
    return Clause(
        spell(draft.rng, draft.pick(on if value == "on" else off), {"X": x}), [{"do": "set", "value": value, "target": x}], f"set {value}"
    )


def set_many(draft: Draft, value: str) -> Clause:
    rng = draft.rng
    count = rng.choice((2, 2, 2, 3, 3, 4))
    names = [draft.label(option_name(draft)) for _ in range(count)]
    steps: list[dict[str, str | float]] = [{"do": "set", "value": value, "target": name} for name in names]
    on = value == "on"
    verb = draft.pick(
        ("~tick", "~check", "~enable", "~turn on", "~switch on", "~activate", "~select the boxes")
        if on
        else ("~untick", "~uncheck", "~disable", "~turn off", "~switch off", "~deactivate", "~clear")
    )
    draw = rng.random()
    listing = ", ".join(names[:-1]) + draft.pick((" and ", ", and ", " and ", " as well as ", " and also ", " & ")) + names[-1]
    if draw < 0.22 and count == 2:
        return Clause(f"{verb} {draft.pick(('both ', 'both '))}{names[0]} and {names[1]}", steps, f"set {value}")
    if draw < 0.4:
        other = "off" if on else "on"
        opposite = draft.pick(
            ("~untick", "~uncheck", "~disable", "~turn off", "~switch off")
            if on
            else ("~tick", "~check", "~enable", "~turn on", "~switch on")
        )
        extra = draft.label(option_name(draft))
        form = (
            spell(
                rng,
                "{V} {A} (and|but|, but|,|; ) {O} {B}" if draft.chance(0.75) else "{V} {A} and {O} {B}(| again| instead| too)",
                {"V": verb, "A": names[0], "O": opposite, "B": extra},
            )
            .replace(" ,", ",")
            .replace(" ;", ";")
            .replace("  ", " ")
        )
        return Clause(form, [steps[0], {"do": "set", "value": other, "target": extra}], f"set {value}")
    if draw < 0.5:
        a, b = ("on", "off") if on else ("off", "on")
        return Clause(
            f"~turn {names[0]} {a} and {names[1]} {b}",
            [{"do": "set", "value": a, "target": names[0]}, {"do": "set", "value": b, "target": names[1]}],
            f"set {value}",
        )
    if draw < 0.58:
        spared = draft.label(option_name(draft))
        but = draft.pick(
            (
                " but not ",
                ", not ",
                ", but leave {Y} alone",
                " and leave {Y} as it is",
                ", but don't touch {Y}",
                ", except {Y}",
                " (not {Y})",
                " without touching {Y}",
            )
        )
        but = but.replace("{Y}", spared) if "{Y}" in but else but + spared
        return Clause(f"{verb} {names[0]}{but}", steps[:1], f"set {value}")
    if draw < 0.68 and count >= 3:
        kept = rng.randrange(count)
        rest = [name for number, name in enumerate(names) if number != kept]
        words = ("~untick", "~uncheck", "~turn off", "~disable") if not on else ("~tick", "~check", "~turn on", "~enable")
        text = spell(
            rng,
            "(of|from|out of|among) {L}(,|) {V} (everything|all) (but|except|except for|apart from|other than) {X}",
            {"L": listing, "V": draft.pick(words), "X": names[kept]},
        )
        return Clause(text, [{"do": "set", "value": value, "target": name} for name in rest], f"set {value}")
    if draw < 0.8:
        state = draft.pick(
            ("on", "ticked", "checked", "enabled", "turned on") if on else ("off", "unticked", "unchecked", "disabled", "turned off")
        )
        text = draft.pick(
            (
                f"~make sure {listing} are {draft.pick(('', 'all ' if count > 2 else 'both '))}{state}",
                f"~turn {listing} {value}",
                f"~switch {listing} {value}",
                f"~have {listing} {state}",
            )
        )
        return Clause(text, steps, f"set {value}")
    return Clause(f"{verb} {draft.pick(('', '', 'the options ', 'the boxes ', 'the following: '))}{listing}", steps, f"set {value}")


def scroll(draft: Draft) -> Clause:
    rng = draft.rng
    direction = draft.pick(("down", "down", "down", "down", "up", "up", "up", "left", "right"))
    draw = rng.random()
    if draw < 0.1:
        return Clause(spell(rng, draft.pick(SCROLL_BOTTOM)), [{"do": "scroll", "direction": "down"}], "scroll")
    if draw < 0.16:
        return Clause(spell(rng, draft.pick(SCROLL_TOP)), [{"do": "scroll", "direction": "up"}], "scroll")
    if draw < 0.26:
        count = rng.choice((2, 2, 3, 4))
        return Clause(
            spell(rng, "~scroll {D} {N}", {"D": direction, "N": times(draft, count)}),
            [{"do": "scroll", "direction": direction}] * count,
            "scroll",
        )
    said = direction
    if draw < 0.48:
        x = draft.label(draft.pick(TABS) if draft.chance(0.4) else _listed(draft, "name", "name", "foreign", "field"))
        return Clause(
            spell(rng, draft.pick(SCROLLING_IN), {"D": said, "X": x, "R": draft.role("list|pane|panel|area|box|list box|table")}),
            [{"do": "scroll", "direction": direction, "target": x}],
            "scroll",
        )
    if direction in ("left", "right") and draft.chance(0.3):
        said = f"to the {direction}"
    return Clause(spell(rng, draft.pick(SCROLLING), {"D": said}), [{"do": "scroll", "direction": direction}], "scroll")


def drag(draft: Draft) -> Clause:
    x = draft.label(draft.pick(ITEMS) if draft.chance(0.5) else texts.file_name(draft.rng) if draft.chance(0.6) else button_name(draft))
    y = draft.label(draft.pick(ITEMS) if draft.chance(0.6) else _listed(draft, "name"))
    folder = draft.pick((" folder", " icon", " panel", " window", " area")) if draft.chance(draft.style.roles * 0.4) else ""
    return Clause(
        spell(draft.rng, draft.pick(DRAGGING), {"X": x, "Y": y, "R": draft.role("icon|file|tab|row|item"), "Q": folder}),
        [{"do": "drag", "target": x, "to": y}],
        "drag",
    )


_COUNTED = {
    1: "one",
    2: "two",
    3: "three",
    4: "four",
    5: "five",
    6: "six",
    8: "eight",
    10: "ten",
    12: "twelve",
    15: "fifteen",
    20: "twenty",
    30: "thirty",
}


def wait(draft: Draft) -> Clause:
    rng = draft.rng
    if rng.random() < 0.38:
        return Clause(spell(rng, draft.pick(WAITING_SOME)), [{"do": "wait"}], "wait")
    seconds: float = rng.choice((1, 2, 2, 3, 3, 4, 5, 5, 5, 6, 8, 10, 10, 12, 15, 20, 30, 45, 60, 0.5, 1.5, 2.5, 7, 25))
    said = f"{seconds:g} {'second' if seconds == 1 else 'seconds'}"
    if seconds in _COUNTED and rng.random() < 0.35:
        said = f"{_COUNTED[int(seconds)]} {'second' if seconds == 1 else 'seconds'}"
    elif rng.random() < 0.3:
        said = f"{seconds:g}{draft.pick((' s', 's', ' sec', ' secs', 'sec'))}"
    if seconds == 60 and rng.random() < 0.6:
        said = draft.pick(("a minute", "one minute", "1 minute", "a whole minute", "1 min"))
    if seconds == 30 and rng.random() < 0.4:
        said = draft.pick(("half a minute", "30 seconds"))
    if seconds == 0.5 and rng.random() < 0.5:
        said = "half a second"
    if seconds == 1 and rng.random() < 0.4:
        said = "a second"
    return Clause(spell(rng, draft.pick(WAITING), {"S": said}), [{"do": "wait", "seconds": seconds}], "wait")


KINDS: dict[str, tuple[Callable[[Draft], Clause], int]] = {
    "click": (click, 34), "clicks": (clicks, 16), "type": (typing, 15), "fill": (fill_in, 12), "press": (press, 13), "set": (set_one, 14), "double_click": (double_click, 4),
    "right_click": (right_click, 3), "context": (context_menu, 2), "scroll": (scroll, 4), "drag": (drag, 4), "wait": (wait, 4),
}  # fmt: skip
"""Makers of clauses and how often they come."""
