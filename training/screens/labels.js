// The named elements of the page, their boxes in CSS pixels. Evaluated by pages.py.
(() => {
  const width = innerWidth, height = innerHeight;
  const CONTROL = 'a[href],button,input,select,textarea,summary,' +
    '[role=button],[role=menuitem],[role=menuitemcheckbox],[role=tab],[role=option],[role=link]';
  const ROLES = {A: 'link', BUTTON: 'button', SELECT: 'combo box', TEXTAREA: 'text', SUMMARY: 'button', H1: 'heading', H2: 'heading',
    H3: 'heading', TD: 'table cell', TH: 'column header', LI: 'list item', LABEL: 'label', menuitem: 'menu item',
    menuitemcheckbox: 'check menu item', option: 'list item', tab: 'tab', button: 'button', link: 'link', switch: 'switch'};
  const intersect = (a, b) => [Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])];
  const sides = (r) => [r.left, r.top, r.right, r.bottom];
  const join = (a, b) => [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])];

  const clips = new Map([[null, [0, 0, width, height]], [document.documentElement, [0, 0, width, height]]]);
  const clipOf = (element) => {  // what the ancestors' overflow leaves visible
    let clip = clips.get(element);
    if (!clip) {
      clip = clipOf(element.parentElement);
      if (element !== document.body && getComputedStyle(element).overflow !== 'visible') clip = intersect(clip, sides(element.getBoundingClientRect()));
      clips.set(element, clip);
    }
    return clip;
  };
  const shown = (element) => element.checkVisibility({opacityProperty: true, visibilityProperty: true});
  const reaches = (element, x, y) => {  // an ancestor may answer for what takes no pointer events, a label for its box
    const hit = document.elementFromPoint(x, y);
    return hit && (hit === element || element.contains(hit) || hit.contains(element));
  };
  const uncovered = (element, box) => {
    const [x1, y1, x2, y2] = box, x = (x1 + x2) / 2, y = (y1 + y2) / 2;
    if (!reaches(element, x, y)) return false;
    let free = 1;
    for (const u of [0.15, 0.85]) for (const v of [0.2, 0.8]) free += reaches(element, x1 + u * (x2 - x1), y1 + v * (y2 - y1)) ? 1 : 0;
    return free >= 4;
  };

  const textBox = (element) => {
    const range = document.createRange();
    range.selectNodeContents(element);
    return sides(range.getBoundingClientRect());
  };
  const elements = [];
  const add = (element, whole, name, role, states) => {
    const box = intersect(whole, clipOf(element.parentElement));
    const area = (b) => Math.max(b[2] - b[0], 0) * Math.max(b[3] - b[1], 0);
    name = (name || '').trim().replace(/\s+/g, ' ');
    if (!name || name.length > 60 || box[2] - box[0] < 4 || box[3] - box[1] < 4 || area(box) < 0.6 * area(whole)) return;
    const text = element.innerText ? textBox(element) : box, clip = clipOf(element);  // half a name is no name
    if (text[0] < clip[0] - 2 || text[2] > clip[2] + 2) return;
    if (shown(element) && uncovered(element, box)) elements.push({name, role, box, checked: null, selected: null, enabled: null, ...states});
  };
  for (const element of document.body.querySelectorAll('*')) {
    const given = element.getAttribute('role'), type = element.type;
    if (element.matches(CONTROL)) {
      const states = {enabled: !(element.disabled || element.getAttribute('aria-disabled') === 'true')};
      let whole = sides(element.getBoundingClientRect());
      let name = element.dataset.name || element.innerText || element.getAttribute('aria-label'), role = ROLES[given] || ROLES[element.tagName];
      if (type === 'checkbox' || type === 'radio') {
        states.checked = element.checked;
        role = given === 'switch' ? 'switch' : type === 'radio' ? 'radio button' : 'check box';
        const label = element.closest('label');
        if (label) { name = label.innerText; whole = sides(label.getBoundingClientRect()); add(label, whole, name, role, states); continue; }
      } else if (element.tagName === 'SELECT') name = element.selectedOptions[0]?.text;
      else if (type === 'range') role = 'slider';
      else if (element.tagName === 'INPUT' || element.tagName === 'TEXTAREA') { role = 'text'; name = element.value || element.placeholder; }
      if (element.ariaChecked) states.checked = element.ariaChecked === 'true';
      if (element.ariaSelected) states.selected = element.ariaSelected === 'true';
      add(element, whole, name, role, states);
    } else if (!element.closest(CONTROL) && !(element.closest('label')?.querySelector('input')) &&
               [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim())) {
      const row = element.closest('tr[aria-selected]');
      add(element, textBox(element), element.innerText, ROLES[element.tagName] || 'label', row ? {selected: true} : {});
    }
  }
  return elements;
})()
