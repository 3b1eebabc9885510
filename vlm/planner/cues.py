"""What a person must have said for a step that they did not say: tables for `spoken`."""

from __future__ import annotations

KEYS = {
    "ctrl+s": "sav stor keep writ disk commit preserv", "ctrl+shift+s": "sav stor keep", "ctrl+o": "open load choos pick file dialog", "ctrl+n": "file document window page note letter text blank fresh empty start over one",
    "ctrl+t": "tab", "ctrl+w": "clos tab shut done discard file document", "ctrl+shift+t": "reopen restor back again", "ctrl+tab": "tab next", "ctrl+shift+tab": "tab previous back last preced",
    "alt+f4": "clos shut quit exit kill terminat rid dismiss", "ctrl+q": "quit exit clos leav end shut terminat stop get finish done program app", "ctrl+z": "undo undid undone revert back revers mistake typing", "ctrl+y": "redo undo undid undone again restor back repeat reappl",
    "ctrl+shift+z": "redo", "ctrl+c": "cop clipboard duplicat copy", "ctrl+x": "cut clipboard mov snip out", "ctrl+v": "past paste clipboard insert put cop cut duplicat", "ctrl+a": "all everything everyth whole entire whole complete mark select highlight clear replac overwrit writ wip content eras delet instead every text page document chang set field new old fresh",
    "ctrl+f": "find search look seek locat where jump whether appear show see check", "ctrl+h": "replac chang becom swap find hidden histor instead put substitut turn exchang place out visited pages", "ctrl+l": "go visit open browse navigat surf load address line site page web google look search jump take show find url internet online bring move get see head cursor",
    "ctrl+p": "print printer paper printout hard", "ctrl+d": "bookmark favo remember", "ctrl+b": "bold embold thick strong", "ctrl+i": "ital cursiv", "ctrl+u": "underlin under", "ctrl+j": "download", "ctrl++": "zoom bigger larg enlarg increas magnif blow closer bigger small", "ctrl+-": "zoom small shrink decreas reduc lower more out",
    "ctrl+0": "zoom normal original actual real size 100", "ctrl+home": "begin start top first up", "ctrl+end": "end bottom last append add", "home": "begin start front line home", "end": "end last line append", "f1": "help manual documentation online", "f2": "renam name call chang title",
    "f5": "reload refresh updat latest newest again anew fetch second", "f11": "screen fullscreen full window", "alt+left": "back return previous last before", "alt+right": "forward next ahead again page undo", "alt+tab": "switch window other program app back come return previous last flip chang",
    "ctrl+shift+n": "folder directory subfolder private incognito", "super+l": "lock", "super+d": "desktop minimi", "printscreen": "screenshot screen snapshot capture picture", "delete": "delet remov eras trash throw rid bin clear wip empt away go need discard overwrit replac cut",
    "backspace": "delet remov eras back", "shift+tab": "tab previous back field before", "pageup": "page up", "pagedown": "page down", "space": "space tick toggle play pause bar", "up": "up above arrow", "down": "down below arrow next", "left": "left arrow", "right": "right arrow",
    "escape": "cancel dismiss clos abort leav get stop rid hid exit quit away back",
}  # fmt: skip
"""Keys that stand for a goal, and the beginnings of words one of which the user must have said."""
DEEDS = {
    "wait": "wait paus sec minut moment until till while load ready appear hold sleep delay patien finish",
    "scroll": "scrol rol swip pag down up further lower below top bottom end begin wheel mov",
    "set off": "off clos collaps untick uncheck unselect unmark unset deselect disab deactiv hid remov without stop dont not no never rid mute away"
    " turn switch toggl box check tick mark option",
}
"""Steps without a name of their own, and the same for them: who clears a display switches nothing off."""
ENTER = "line paragraph break gap blank empty confirm accept agree submit send search start go open okay ok run continu"
TARGETS = {
    "edit": "prefer setting option configur customi edit", "file": "sav stor open load read export print page pdf paper file name cop keep new close import quit call", "help": "version about help", "view": "view zoom show hide",
    "tools": "tool option setting", "preferences": "prefer setting option configur customi", "save as": "sav stor keep name call file under writ", "save": "sav stor keep writ name call", "open": "open load read bring continu work file show pull get",
    "dont save": "sav discard chang without throw los stor keep", "replace all": "replac wherev becom chang swap put substitut turn exchang every all instead place", "about": "version about", "export as pdf": "pdf", "print preview": "preview print paper look",
    "page setup": "page paper margin layout setup", "address": "address url", "calculator": "calculat", "print": "print", "ok": "ok confirm accept okay agree", "cancel": "cancel abort dismiss", "close": "clos shut", "search": "search find look", "send": "send",
    "submit": "submit send", "find": "find search look", "new": "new creat", "options": "option setting prefer", "settings": "setting prefer option", "select all": "all everything",
}  # fmt: skip
"""Names that everybody knows, and what must be said for them to be clicked though nobody says them."""
