// What is written beside each widget, in CSS pixels.
(() => {
  for (const mixed of document.querySelectorAll('[data-mixed]')) mixed.indeterminate = true;
  const sides = (e) => { const r = e.getBoundingClientRect(); return [r.left, r.top, r.right, r.bottom]; };
  return [...document.querySelectorAll('[data-k]')].map((e) => {
    const told = JSON.parse(e.dataset.k), mark = e.matches('[data-m]') ? e : e.querySelector('[data-m]');
    return {...told, box: sides(told.whole || !mark ? e : mark), row: sides(e)};
  }).filter((t) => t.row[3] < innerHeight && t.row[2] < innerWidth + 2 && t.box[2] - t.box[0] > 4);
})()
