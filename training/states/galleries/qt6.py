"""A window of Qt 6 widgets in random states and colours: `python3 qt6.py SEED WORDS`; the style is what the environment says."""

import random
import sys

from PyQt6.QtGui import QColor, QPalette
from PyQt6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QPushButton,
    QRadioButton,
    QTabWidget,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)  # fmt: skip

WORDS = sys.argv[2].split()
rng = random.Random(int(sys.argv[1]))
application = QApplication(["gallery"])


def name() -> str:
    return " ".join(rng.sample(WORDS, rng.randint(1, 3))).capitalize()


def colours() -> QPalette:
    palette, hue = QPalette(), rng.randrange(360)
    dark = rng.random() < 0.5
    lightness = {"Window": 40, "Base": 25, "Button": 55, "Text": 225, "WindowText": 225, "ButtonText": 225} if dark else {}
    for role, value in lightness.items():
        palette.setColor(getattr(QPalette.ColorRole, role), QColor.fromHsl(hue, rng.choice((0, 0, 40)), value + rng.randint(-15, 15)))
    if dark:
        for role in ("Text", "WindowText", "ButtonText"):
            palette.setColor(QPalette.ColorGroup.Disabled, getattr(QPalette.ColorRole, role), QColor(125, 125, 125))
    palette.setColor(QPalette.ColorRole.Highlight, QColor.fromHsl(hue, rng.randint(90, 255), rng.randint(70, 150)))
    return palette


def enabled(widget):
    widget.setEnabled(rng.random() > 0.13)
    return widget


def checks(box):
    for _ in range(rng.randint(2, 6)):
        button = QCheckBox(name())
        button.setChecked(rng.random() < 0.5)
        box.addWidget(enabled(button))


def radios(box):
    group = QGroupBox(name())
    inner, chosen = QVBoxLayout(group), rng.randint(0, 4)
    for number in range(rng.randint(2, 5)):
        button = QRadioButton(name())
        button.setChecked(number == chosen)
        inner.addWidget(enabled(button))
    box.addWidget(group)


def toggles(box):
    row = QHBoxLayout()
    for _ in range(rng.randint(2, 4)):
        button = QPushButton(name())
        button.setCheckable(True)
        button.setChecked(rng.random() < 0.45)
        row.addWidget(enabled(button))
    box.addLayout(row)


def plain(box):
    for _ in range(rng.randint(1, 4)):
        widget = rng.choice((QLabel, QPushButton, QLineEdit))(name())
        box.addWidget(enabled(widget))
    if rng.random() < 0.3:
        combo = QComboBox()
        combo.addItems([name(), name()])
        box.addWidget(combo)


def tree(box):
    view = QTreeWidget()
    view.setHeaderHidden(True)
    for _ in range(rng.randint(2, 5)):
        parent = QTreeWidgetItem([name()])
        for _ in range(rng.randint(0, 2)):
            parent.addChild(QTreeWidgetItem([name()]))
        view.addTopLevelItem(parent)
        parent.setExpanded(rng.random() < 0.5)
    box.addWidget(view)


def rows(box):
    view = QListWidget()
    view.addItems([name() for _ in range(rng.randint(3, 6))])
    view.setCurrentRow(rng.randint(0, 2))
    box.addWidget(view)


def pages(box):
    book = QTabWidget()
    for _ in range(rng.randint(2, 4)):
        inner = QWidget()
        checks(QVBoxLayout(inner))
        book.addTab(inner, name())
    book.setCurrentIndex(rng.randint(0, 3))
    box.addWidget(book)


if rng.random() < 0.7:
    application.setPalette(colours())
window = QWidget()
window.setWindowTitle("Gallery")
window.resize(900, 660)
columns = QHBoxLayout(window)
for _ in range(rng.choice((2, 3))):
    column = QVBoxLayout()
    for _ in range(rng.randint(2, 3)):
        rng.choice((checks, checks, radios, radios, toggles, plain, plain, tree, rows, pages))(column)
    columns.addLayout(column)
window.show()
application.exec()
