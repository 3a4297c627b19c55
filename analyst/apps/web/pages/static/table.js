// Tables that can be sorted and copied; buttons that ask before they delete.
function value(cell) {
  return cell.dataset.number === undefined ? cell.textContent.trim() : Number(cell.dataset.number);
}

function compare(a, b) {
  if (a === "" || b === "") return (a === "") - (b === "");
  return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true });
}

function sort(table, place, head) {
  const down = head.getAttribute("aria-sort") !== "descending";
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", down ? "descending" : "ascending");
  const rows = [...table.tBodies[0].rows];
  rows.sort((a, b) => {
    const [left, right] = [value(a.cells[place]), value(b.cells[place])];
    if (left === "" || right === "") return compare(left, right);
    return down ? -compare(left, right) : compare(left, right);
  });
  table.tBodies[0].append(...rows);
}

function copyButton(table) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "link";
  button.textContent = "Copy table";
  button.addEventListener("click", async () => {
    const cells = (row) => [...row.cells].map((cell) => cell.dataset.number ?? cell.textContent.trim()).join("\t");
    const text = [...table.rows].map(cells).join("\n");
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      button.textContent = "The browser did not allow copying";
    }
    setTimeout(() => { button.textContent = "Copy table"; }, 2000);
  });
  return button;
}

for (const table of document.querySelectorAll("table[data-sortable]")) {
  [...table.tHead.rows[0].cells].forEach((head, place) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    button.title = "Sort";
    button.addEventListener("click", () => sort(table, place, head));
    head.replaceChildren(button);
  });
  table.parentElement.after(copyButton(table));
}

for (const button of document.querySelectorAll("[data-confirm]")) {
  button.addEventListener("click", (event) => {
    if (!confirm(button.dataset.confirm)) event.preventDefault();
  });
}
