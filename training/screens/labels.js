// The named elements and the visible characters of the page, in CSS pixels. Evaluated by pages.py; answers {elements, glyphs}.
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

  const glyphs = [];
  const transform = {uppercase: (c) => c.toUpperCase(), lowercase: (c) => c.toLowerCase()};
  const range = document.createRange();
  const read = (node, owner, clip) => {  // every character of a text node whose middle can be seen
    const change = transform[getComputedStyle(node.parentElement).textTransform];
    let at = 0;
    for (const character of node.data) {
      const start = at;
      at += character.length;
      if (!character.trim()) continue;
      range.setStart(node, start);
      range.setEnd(node, at);
      const r = range.getClientRects()[0];
      if (!r || r.width < 1) continue;
      const x = (r.left + r.right) / 2, y = (r.top + r.bottom) / 2;
      if (x <= clip[0] || x >= clip[2] || y <= clip[1] || y >= clip[3] || r.right > clip[2] + 1 || !reaches(owner, x, y)) continue;
      glyphs.push([change ? change(character) : character, ...sides(r).map((v) => Math.round(v * 10) / 10)]);
    }
  };
  for (const veil of document.querySelectorAll('.x-veil')) veil.style.pointerEvents = 'none';  // dims, yet what lies below can be read
  const texts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) if (walker.currentNode.data.trim() && !walker.currentNode.parentElement.closest('select,textarea,script,style')) texts.push(walker.currentNode);
  for (const node of texts) {
    const owner = node.parentElement, clip = intersect(clipOf(owner), clipOf(owner));
    if (shown(owner)) read(node, owner, clip);
  }
  for (const field of document.body.querySelectorAll('input[type=text],textarea,select')) {  // their text has no node: a double of the field has
    const text = field.tagName === 'SELECT' ? field.selectedOptions[0]?.text : field.value || field.placeholder;
    if (!text || !shown(field)) continue;
    const style = getComputedStyle(field), r = field.getBoundingClientRect(), double = document.createElement('div');
    for (const key of ['font', 'letterSpacing', 'textIndent', 'textAlign', 'textTransform', 'padding', 'direction']) double.style[key] = style[key];
    const lineHeight = field.tagName === 'TEXTAREA' ? style.lineHeight : r.height - parseFloat(style.paddingTop) - parseFloat(style.paddingBottom) -
      parseFloat(style.borderTopWidth) - parseFloat(style.borderBottomWidth) + 'px';
    Object.assign(double.style, {position: 'fixed', left: r.left + 'px', top: r.top + 'px', width: r.width + 'px', height: r.height + 'px', boxSizing: 'border-box',
      border: 'solid transparent', borderWidth: style.borderWidth, whiteSpace: field.tagName === 'TEXTAREA' ? 'pre-wrap' : 'pre', pointerEvents: 'none',
      lineHeight, overflow: 'hidden', visibility: 'visible', margin: 0});
    if (field.tagName === 'SELECT' && style.appearance !== 'none') double.style.paddingLeft = parseFloat(style.paddingLeft) + 4 + 'px';
    double.textContent = text;
    document.body.appendChild(double);
    const inner = [r.left + parseFloat(style.borderLeftWidth), r.top, r.right - parseFloat(style.paddingRight) - parseFloat(style.borderRightWidth), r.bottom];
    read(double.firstChild, field, intersect(clipOf(field.parentElement), inner));
    double.remove();
  }
  return {elements, glyphs};
})()
