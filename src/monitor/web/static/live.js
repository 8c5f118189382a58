// A page that is open is told when a new copy is published; the reader decides when to look.
"use strict";
const bar = document.getElementById("published");
if (bar && window.EventSource) {
  const source = new EventSource("/events");
  source.addEventListener("version", (event) => {
    if (bar.dataset.version && event.data && event.data !== bar.dataset.version) bar.hidden = false;
  });
  source.addEventListener("published", () => { bar.hidden = false; });
  bar.querySelector("button").addEventListener("click", () => window.location.reload());
}
