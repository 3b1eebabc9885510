"""A window of GTK 3 widgets in random states: `python3 gtk3.py SEED WORDS`."""

import random
import sys

import gi

gi.require_version("Gtk", "3.0")
from gi.repository import Gtk  # noqa: E402

WORDS = sys.argv[2].split()
rng = random.Random(int(sys.argv[1]))


def name() -> str:
    return " ".join(rng.sample(WORDS, rng.randint(1, 3))).capitalize()


def enabled(widget):
    widget.set_sensitive(rng.random() > 0.13)
    return widget


def checks(box):
    for _ in range(rng.randint(2, 6)):
        button = Gtk.CheckButton(label=name())
        button.set_active(rng.random() < 0.5)
        box.pack_start(enabled(button), False, False, 0)


def radios(box):
    group, chosen = None, rng.randint(0, 4)
    for number in range(rng.randint(2, 5)):
        group = Gtk.RadioButton.new_with_label_from_widget(group, name())
        group.set_active(number == chosen)
        box.pack_start(enabled(group), False, False, 0)


def switches(box):
    for _ in range(rng.randint(1, 5)):
        row, switch = Gtk.Box(spacing=12), Gtk.Switch(valign=Gtk.Align.CENTER)
        switch.set_active(rng.random() < 0.5)
        first = rng.random() < 0.25
        label = Gtk.Label(label=name(), xalign=0)
        for widget, grows in ((switch, False), (label, True)) if first else ((label, True), (switch, False)):
            row.pack_start(widget, grows, grows, 4)
        enabled(row)
        box.pack_start(row, False, False, 2)


def toggles(box):
    row = Gtk.Box(spacing=rng.choice((0, 4)))
    for _ in range(rng.randint(2, 4)):
        button = Gtk.ToggleButton(label=name())
        button.set_active(rng.random() < 0.45)
        row.pack_start(enabled(button), False, False, 0)
    box.pack_start(row, False, False, 2)


def plain(box):
    for _ in range(rng.randint(1, 4)):
        kind = rng.choice(("label", "button", "icon", "entry"))
        if kind == "label":
            widget = Gtk.Label(label=name(), xalign=0)
        elif kind == "entry":
            widget = Gtk.Entry(text=name())
        else:
            widget = Gtk.Button(label=name())
            if kind == "icon":
                widget.set_image(Gtk.Image.new_from_icon_name(rng.choice(("document-open", "edit-copy", "list-add", "go-home")), 1))
                widget.set_always_show_image(True)
        box.pack_start(enabled(widget), False, False, 2)


def expanders(box):
    for _ in range(rng.randint(1, 4)):
        expander = Gtk.Expander(label=name())
        expander.set_expanded(rng.random() < 0.5)
        expander.add(Gtk.Label(label=name()))
        box.pack_start(expander, False, False, 2)


def tree(box):
    store = Gtk.TreeStore(str)
    for _ in range(rng.randint(2, 4)):
        parent = store.append(None, [name()])
        for _ in range(rng.randint(0, 3)):
            store.append(parent, [name()])
    view = Gtk.TreeView(model=store, headers_visible=False)
    view.append_column(Gtk.TreeViewColumn("", Gtk.CellRendererText(), text=0))
    for number in range(len(store)):
        if rng.random() < 0.5:
            view.expand_row(Gtk.TreePath(number), False)
    view.get_selection().select_path(Gtk.TreePath(rng.randrange(len(store))))
    box.pack_start(view, False, False, 2)


def pages(box):
    book = Gtk.Notebook()
    for _ in range(rng.randint(2, 4)):
        inner = Gtk.Box(orientation=Gtk.Orientation.VERTICAL)
        checks(inner)
        book.append_page(inner, Gtk.Label(label=name()))
    book.show_all()
    book.set_current_page(rng.randint(0, 3))
    box.pack_start(book, False, False, 2)


window = Gtk.Window(title="Gallery", default_width=960, default_height=700)
columns = Gtk.Box(spacing=14, margin=rng.randint(2, 16))
for _ in range(rng.choice((2, 3))):
    column = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=rng.choice((0, 2, 4, 8)))
    for _ in range(rng.randint(3, 5)):
        rng.choice((checks, checks, radios, radios, radios, switches, switches, toggles, plain, plain, expanders, tree, pages))(column)
    columns.pack_start(column, True, True, 0)
window.add(columns)
window.connect("destroy", Gtk.main_quit)
window.show_all()
Gtk.main()
