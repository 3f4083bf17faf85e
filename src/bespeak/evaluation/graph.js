// Point at a place, and the ways that lead through it stand out.
const sheet = document.getElementById("stories");
if (sheet) {
  const edges = [...sheet.querySelectorAll(".edge")];
  const nodes = [...sheet.querySelectorAll(".node")];
  const reach = (from, a, b) => {
    const found = new Set([from]), rest = [from];
    while (rest.length) {
      const at = rest.pop();
      for (const edge of edges) {
        if (edge.dataset[a] === at && !found.has(edge.dataset[b])) {
          found.add(edge.dataset[b]);
          rest.push(edge.dataset[b]);
        }
      }
    }
    return found;
  };
  for (const node of nodes) {
    node.addEventListener("mouseenter", () => {
      const after = reach(node.dataset.n, "a", "b"), before = reach(node.dataset.n, "b", "a");
      sheet.classList.add("faded");
      for (const one of nodes)
        one.classList.toggle("lit", after.has(one.dataset.n) || before.has(one.dataset.n));
      for (const edge of edges) {
        const {a, b} = edge.dataset;
        const lit = (after.has(a) && after.has(b)) || (before.has(a) && before.has(b));
        edge.classList.toggle("lit", lit);
      }
    });
    node.addEventListener("mouseleave", () => sheet.classList.remove("faded"));
  }
}
