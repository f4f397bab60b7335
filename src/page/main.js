// SPDX-License-Identifier: MIT
/** Layer 11. The page: its form, its two languages, and where the findings go. In a worker: the check alone. */
import { html } from "./element.js";
import { sort_of_file } from "./files.js";
import { Refused } from "./refused.js";
import { run_check, serve } from "./runner.js";
import { findings_view, refusal_view } from "./view.js";
import { words } from "./words.js";

/** @typedef {import("./numbers.js").Language} Language */
/** @typedef {import("./files.js").Sort} Sort */

function open_page() {
  const script = document.currentScript?.textContent ?? "";
  const at = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
  const input = (/** @type {string} */ id) => /** @type {HTMLInputElement} */ (document.getElementById(id));
  /** @type {Map<Sort, File>} */
  const files = new Map();
  /** @type {Language} */
  let language = navigator.language.startsWith("ja") ? "ja" : "en";
  /** @type {import("./runner.js").Message | null} what is shown */
  let shown = null;
  let stop = () => {};
  /** whether the chosen files were looked at */
  let taken = Promise.resolve();

  function show_words() {
    const w = words[language];
    document.documentElement.lang = language;
    document.title = w.title;
    for (const element of document.querySelectorAll("[data-word]")) {
      element.textContent = String(w[/** @type {keyof typeof w} */ (element.getAttribute("data-word") ?? "")]);
    }
    for (const button of document.querySelectorAll("[data-language]")) {
      button.setAttribute("aria-pressed", String(button.getAttribute("data-language") === language));
    }
    show_files();
    show();
  }

  function show_files() {
    const w = words[language];
    at("chosen").replaceChildren(...[...files].map(([sort, file]) =>
      html("li", {}, html("strong", {}, w.kinds[sort]), ` ${file.name} (${file.size.toLocaleString("en")} ${w.bytes})`)));
    at("clear").hidden = files.size === 0;
  }

  function show() {
    const w = words[language];
    const is_working = shown !== null && "progress" in shown;
    at("progress").hidden = !is_working;
    at("print").hidden = shown === null || !("findings" in shown);
    if (shown && "progress" in shown) {
      const percent = Math.floor(shown.progress * 100);
      /** @type {HTMLProgressElement} */ (at("bar")).value = percent;
      at("progress-text").textContent = `${w.working} ${w.lines_of(`${percent}%`)}`;
    }
    const view = shown && ("findings" in shown ? findings_view(language, shown.findings)
      : "refused" in shown ? refusal_view(language, shown.refused) : null);
    at("result").replaceChildren(...(view ? [view] : []));
  }

  /** @param {import("./runner.js").Message} message */
  function tell(message) {
    shown = message;
    show();
    if (!("progress" in message)) (document.getElementById("verdict") ?? at("result")).focus();
  }

  /** @param {string} code */
  const tell_refused = (code) => tell({ refused: { code, detail: "", seq: null } });

  /** @param {File[]} chosen */
  async function take_files(chosen) {
    stop();
    for (const file of chosen) {
      try {
        files.set(await sort_of_file(file), file);
      } catch (error) {
        tell({ refused: { code: error instanceof Refused ? error.code : "unknown_file", detail: file.name, seq: null } });
        return;
      }
    }
    shown = null;
    show_files();
    show();
  }

  async function check() {
    stop();
    await taken;
    if (files.size === 0) return shown && "refused" in shown ? tell(shown) : tell_refused("no_file");
    if (!files.has("ledger") && !files.has("receipt")) return tell_refused("no_ledger");
    tell({ progress: 0 });
    at("progress").scrollIntoView({ block: "nearest" });
    try {
      const entries = await Promise.all([...files].map(async ([sort, file]) => [sort, new Uint8Array(await file.arrayBuffer())]));
      const typed = { announced: input("announced").value.trim().toLowerCase(), member: input("member").value.trim().toLowerCase() };
      stop = run_check(script, { ...Object.fromEntries(entries), ...typed }, tell);
    } catch {
      tell_refused("unknown_file");
    }
  }

  input("files").addEventListener("change", () => {
    taken = take_files([...input("files").files ?? []]);
    input("files").value = ""; // so that the same file may be chosen again
  });
  for (const kind of ["dragover", "drop"]) {
    document.addEventListener(kind, (event) => {
      event.preventDefault();
      if (kind === "drop") taken = take_files([.../** @type {DragEvent} */ (event).dataTransfer?.files ?? []]);
    });
  }
  at("clear").addEventListener("click", () => {
    stop();
    files.clear();
    shown = null;
    show_files();
    show();
  });
  at("form").addEventListener("submit", (event) => {
    event.preventDefault();
    check();
  });
  at("print").addEventListener("click", () => {
    for (const details of document.querySelectorAll("details")) details.open = true;
    window.print();
  });
  for (const button of document.querySelectorAll("[data-language]")) {
    button.addEventListener("click", () => {
      language = /** @type {Language} */ (button.getAttribute("data-language"));
      show_words();
    });
  }
  show_words();
}

if (typeof document === "undefined") serve();
else open_page();
