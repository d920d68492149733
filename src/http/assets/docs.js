// Adds to the page of a contract what needs a script: search, a switch between
// light and dark, buttons to copy, and forms to send requests. A key that is
// entered is read from its field when a request is sent, and stored nowhere.
"use strict";

const SCHEME = "usher-docs-scheme";
const system = matchMedia("(prefers-color-scheme: dark)");

/** The rules of the style sheets for a dark screen. */
function darkRules() {
  const rules = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]);
  return rules.filter((rule) => rule.media && (rule.isDark ||= /prefers-color-scheme: dark/.test(rule.media.mediaText)));
}

/** Shows the page in a colour scheme: the chosen one, else the system's. */
function showScheme(scheme) {
  const isDark = scheme ? scheme === "dark" : system.matches;
  for (const rule of darkRules()) rule.media.mediaText = isDark ? "all" : "not all";
  document.documentElement.style.colorScheme = isDark ? "dark" : "light";
  return isDark;
}

/** The scheme that was chosen before, if the browser lets us know. */
function chosenScheme() {
  try {
    return localStorage.getItem(SCHEME);
  } catch {
    return null;
  }
}

function addSchemeSwitch() {
  const button = document.getElementById("scheme");
  const show = (scheme) => {
    button.textContent = showScheme(scheme) ? "Light" : "Dark";
    button.setAttribute("aria-label", `Switch to ${button.textContent.toLowerCase()} colours`);
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    const next = button.textContent === "Dark" ? "dark" : "light";
    try {
      localStorage.setItem(SCHEME, next);
    } catch {
      // The choice then lasts as long as the page.
    }
    show(next);
  });
  system.addEventListener("change", () => show(chosenScheme()));
  show(chosenScheme());
}

function addSearch() {
  const input = document.getElementById("search");
  const found = document.getElementById("found");
  const entries = [...document.querySelectorAll("main .entry")].map((entry) => ({
    entry,
    link: document.querySelector(`[data-of="${entry.id}"]`),
    text: `${entry.id} ${entry.textContent}`.toLowerCase(),
  }));
  const filter = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const counts = { operation: 0, schema: 0 };
    for (const { entry, link, text } of entries) {
      const matches = words.every((word) => text.includes(word));
      entry.hidden = !matches;
      if (link) link.hidden = !matches;
      const kind = entry.id.split("-")[0];
      if (matches && kind in counts) counts[kind] += 1;
    }
    for (const group of document.querySelectorAll("main .group")) {
      const inside = group.querySelectorAll(".entry");
      const isEmpty = inside.length > 0 ? [...inside].every((entry) => entry.hidden) : words.length > 0;
      group.hidden = isEmpty;
    }
    document.getElementById("begin").hidden = words.length > 0;
    found.textContent = words.length > 0 ? `${counts.operation} operations, ${counts.schema} schemas` : "";
  };
  input.closest(".search").hidden = false;
  input.addEventListener("input", filter);
  const clear = () => {
    input.value = "";
    filter();
  };
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest("input, textarea, select");
    if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      input.focus();
      input.select();
    } else if (event.key === "Escape" && event.target === input) {
      clear();
    }
  });
  // A link leads to what the search has hidden.
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    const target = link && document.getElementById(link.hash.slice(1));
    if (target?.closest("[hidden]")) clear();
  });
}

/** A button that copies a text. */
function copyButton(code) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(code);
      button.textContent = "Selected";
    }
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });
  return button;
}

function addCopyButtons() {
  for (const block of document.querySelectorAll("pre.code")) {
    block.prepend(copyButton(block.querySelector("code")));
  }
}

/** The request that a form describes. What is empty is not sent. */
function requestOf(form) {
  const headers = new Headers();
  const query = new URLSearchParams();
  let path = form.dataset.path;
  for (const { name, value, dataset } of form.querySelectorAll("[data-place]")) {
    if (dataset.place === "path") path = path.replace(`{${name}}`, encodeURIComponent(value));
    else if (value === "") continue;
    else if (dataset.place === "query") query.append(name, value);
    else headers.set(name, value);
  }
  const key = document.getElementById("key").value.trim();
  if (key) headers.set("Authorization", `Bearer ${key}`);
  const body = form.querySelector(".body:not([hidden])");
  if (body) headers.set("Content-Type", body.dataset.type);
  const options = { method: form.dataset.method, headers, cache: "no-store", redirect: "manual" };
  // A key is tried by itself: the session would answer for a wrong one.
  options.credentials = key ? "omit" : "same-origin";
  if (body) options.body = body.querySelector("textarea").value;
  return [query.size > 0 ? `${path}?${query}` : path, options];
}

/** A body as it is shown: JSON indented. */
function bodyText(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

async function send(form) {
  const result = form.querySelector(".result");
  const say = (element, text) => {
    const child = document.createElement(element);
    child.textContent = text;
    result.append(child);
    return child;
  };
  result.replaceChildren();
  const button = form.querySelector("button[type=submit]");
  button.disabled = true;
  try {
    const response = await fetch(...requestOf(form));
    const text = await response.text();
    say("p", `${response.status} ${response.statusText}`).className = "status";
    const lines = [...response.headers].map(([name, value]) => `${name}: ${value}`);
    const details = document.createElement("details");
    result.append(details);
    details.append(Object.assign(document.createElement("summary"), { textContent: "Headers" }));
    details.append(Object.assign(document.createElement("pre"), { className: "code", textContent: lines.join("\n") }));
    if (text) say("pre", bodyText(text)).className = "code";
  } catch (error) {
    say("p", `The request could not be sent: ${error.message}`);
  } finally {
    button.disabled = false;
  }
}

function addForms() {
  const keyForm = document.getElementById("key-form");
  keyForm.hidden = false;
  keyForm.addEventListener("submit", (event) => event.preventDefault());
  for (const details of document.querySelectorAll("details.try")) {
    const form = details.querySelector("form");
    details.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      send(form);
    });
    const type = form.querySelector(".media-type");
    const bodies = [...form.querySelectorAll(".body")];
    const show = () => bodies.forEach((body) => (body.hidden = body.dataset.type !== type.value));
    if (type) {
      type.addEventListener("change", show);
      show();
    }
  }
}

showScheme(chosenScheme());
document.addEventListener("DOMContentLoaded", () => {
  addSchemeSwitch();
  addSearch();
  addCopyButtons();
  addForms();
});
