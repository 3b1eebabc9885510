// Each text with the box of its line.
(() => {
  const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), range = document.createRange();
  while (walker.nextNode()) {
    range.selectNodeContents(walker.currentNode);
    const r = range.getBoundingClientRect(), said = walker.currentNode.data.trim();
    if (said.length > 1 && r.right < innerWidth && r.bottom < innerHeight && r.left >= 0) found.push([said, r.left, r.top, r.right, r.bottom]);
  }
  return found;
})()
