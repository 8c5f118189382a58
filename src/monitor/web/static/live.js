// Small conveniences; every page works without them. An open page is told when a new copy is published, and its reader decides
// when to look; a question in SQL can be cancelled while it is at work; the list of relations is searched; keys zoom the timeline.
"use strict";
const bar = document.getElementById("published");
if (bar && window.EventSource) {
  const source = new EventSource("/events");
  const changed = (event) => {
    if (bar.dataset.version && event.data && event.data !== bar.dataset.version) bar.hidden = false;
  };
  source.addEventListener("version", changed);
  source.addEventListener("published", changed);
  bar.querySelector("button").addEventListener("click", () => window.location.reload());
  // A browser opens few connections to one host: a page that is left must not hold one of them.
  window.addEventListener("pagehide", () => source.close());
}

const asking = document.getElementById("asking");
if (asking) {
  const waiting = document.getElementById("cancelling");
  const text = asking.querySelector("textarea");
  asking.addEventListener("submit", () => { waiting.hidden = false; });
  waiting.querySelector("button").addEventListener("click", () => { window.stop(); waiting.hidden = true; });
  window.addEventListener("pageshow", (event) => { if (event.persisted) waiting.hidden = true; });  // came back to, not loaded: who asks at once keeps the button
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) asking.requestSubmit();
  });
}

const finding = document.getElementById("finding");
if (finding) {
  finding.addEventListener("input", () => {
    const wanted = finding.value.trim().toLowerCase();
    for (const one of document.querySelectorAll("#schema .relation")) one.hidden = !one.dataset.names.toLowerCase().includes(wanted);
    for (const group of document.querySelectorAll("#schema .group")) {
      group.hidden = !group.querySelector(".relation:not([hidden])");
      if (wanted) group.open = true;
    }
  });
}

const zooms = [...document.querySelectorAll("[data-key]")];
if (zooms.length) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
    const link = zooms.find((one) => one.dataset.key === event.key);
    if (link) link.click();
  });
}
