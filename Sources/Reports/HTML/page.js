"use strict";

// Tables: a click on a title sorts by its column, one more turns the order round, a third one restores it.
function sortTable(table, column) {
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  rows.forEach((row, index) => { row.dataset.place = row.dataset.place || String(index); });
  const titles = Array.from(table.tHead.rows[0].cells);
  const title = titles[column];
  const isNumeric = title.classList.contains("number");
  const first = isNumeric ? "descending" : "ascending";
  const second = isNumeric ? "ascending" : "descending";
  const now = title.getAttribute("aria-sort");
  const next = now === first ? second : now === second ? "none" : first;
  titles.forEach((other) => other.setAttribute("aria-sort", "none"));
  title.setAttribute("aria-sort", next);
  const sign = next === "descending" ? -1 : 1;
  const key = (row) => {
    const cell = row.cells[column];
    if (!isNumeric) return cell.textContent.trim();
    return cell.dataset.value === undefined ? null : Number(cell.dataset.value);
  };
  rows.sort((a, b) => {
    const original = Number(a.dataset.place) - Number(b.dataset.place);
    if (next === "none") return original;
    const [x, y] = [key(a), key(b)];
    // What is not there comes last, whatever the order.
    if (x === null || y === null) return (x === null) - (y === null) || original;
    const order = isNumeric ? x - y : x.localeCompare(y, "en", { numeric: true });
    return sign * order || original;
  });
  rows.forEach((row) => body.append(row));
}

function addFilter(table) {
  const label = document.createElement("label");
  label.className = "filter";
  const input = document.createElement("input");
  input.type = "search";
  input.placeholder = "show rows with …";
  input.setAttribute("aria-label", "show rows with");
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\s+/).filter((word) => word);
    for (const row of table.tBodies[0].rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
    }
  });
  label.append(input);
  table.parentElement.before(label);
}

for (const table of document.querySelectorAll("table.sortable")) {
  Array.from(table.tHead.rows[0].cells).forEach((title, column) => {
    title.querySelector("button").addEventListener("click", () => sortTable(table, column));
  });
  if (table.tBodies[0].rows.length > 12) addFilter(table);
}

// Links into a folded part unfold it.
function unfold() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  for (let part = target; part; part = part.parentElement) {
    if (part.tagName === "DETAILS") part.open = true;
  }
  const row = target.closest("tr");
  if (row) row.hidden = false;
  target.scrollIntoView({ block: "center" });
}
addEventListener("hashchange", unfold);
if (location.hash) unfold();

// What stands for a cell or a table in a figure leads there.
document.addEventListener("click", (event) => {
  const mark = event.target.closest("svg [data-place]");
  if (mark) location.hash = mark.dataset.place;
});

for (const figure of document.querySelectorAll("figure")) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "save SVG";
  button.addEventListener("click", () => {
    const link = document.createElement("a");
    const svg = new XMLSerializer().serializeToString(figure.querySelector("svg"));
    link.href = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
    link.download = figure.id.replace(/^figure-/, "") + ".svg";
    link.click();
    URL.revokeObjectURL(link.href);
  });
  figure.querySelector("figcaption").append(" ", button);
}

// Light, dark, or as the system has it.
const scheme = document.createElement("button");
scheme.type = "button";
scheme.textContent = "light / dark";
scheme.addEventListener("click", () => {
  const style = document.documentElement.style;
  const isDark = matchMedia("(prefers-color-scheme: dark)").matches;
  const now = style.colorScheme || (isDark ? "dark" : "light");
  style.colorScheme = now === "dark" ? "light" : "dark";
});
document.querySelector("nav > div").append(scheme);
