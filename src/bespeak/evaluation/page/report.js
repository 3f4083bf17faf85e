// Tables sort by a click on their heads, messages can be filtered, and all unfolds for the printer.
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  if (body.rows.length < 2) continue;
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const key = (row) => row.cells[column].dataset.v ?? row.cells[column].textContent;
      const rows = [...body.rows].sort((a, b) => {
        const [one, other] = [key(a), key(b)];
        const order = head.classList.contains("num") ? one - other : one.localeCompare(other);
        return up ? order : -order;
      });
      body.append(...rows);
    });
  });
}

const errors = document.querySelector("#errors table");
if (errors) {
  const label = document.createElement("label"), input = document.createElement("input");
  input.type = "search";
  label.className = "filter";
  label.append("Show only those with ", input);
  errors.parentElement.before(label);
  input.addEventListener("input", () => {
    const sought = input.value.toLowerCase();
    for (const row of errors.tBodies[0].rows)
      row.hidden = !row.textContent.toLowerCase().includes(sought);
  });
}

addEventListener("beforeprint", () => {
  for (const folded of document.querySelectorAll("details")) folded.open = true;
});
