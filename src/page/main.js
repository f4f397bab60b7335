// SPDX-License-Identifier: MIT
/** Layer 11. The page: its form, its two languages, and where the findings go. In a worker: the check alone. */
import { html } from "./element.js";
import { arranged, look_at_file } from "./files.js";
import { forget_pin, keep_pin, read_pins } from "./memory.js";
import { Refused } from "./refused.js";
import { run_check, serve } from "./runner.js";
import { findings_view, memory_view, refusal_view, short_id } from "./view.js";
import { words } from "./words.js";

/** @typedef {import("./numbers.js").Language} Language */

function open_page() {
  const script = document.currentScript?.textContent ?? "";
  const at = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
  const input = (/** @type {string} */ id) => /** @type {HTMLInputElement} */ (document.getElementById(id));
  /** @type {Map<string, import("./files.js").Chosen<File>>} one ledger and one snapshot a community, one receipt */
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
    show_memory();
    show();
  }

  function show_files() {
    const w = words[language];
    const are_several = new Set([...files.values()].map(({ dao }) => dao)).size > 1;
    at("chosen").replaceChildren(...[...files.values()].map(({ sort, dao, file }) =>
      html("li", {}, html("strong", {}, w.kinds[sort]), ` ${file.name} (${file.size.toLocaleString("en")} ${w.bytes})`,
        are_several && html("span", { class: "hint" }, ` ${w.community(short_id(dao))}`))));
    at("clear").hidden = files.size === 0;
  }

  function show_memory() {
    const view = memory_view(language, read_pins(), (dao) => {
      const is_forgotten = forget_pin(dao);
      show_memory();
      if (!is_forgotten) at("remembered").append(html("p", { role: "alert" }, words[language].not_forgotten));
      at("memory-title").focus();
    });
    at("remembered").replaceChildren(view);
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
    if ("findings" in message && !keep(message.findings)) return void check();
    shown = message;
    show();
    if (!("progress" in message)) (document.getElementById("verdict") ?? at("result")).focus();
  }

  /** Keeps what was seen. @param {import("./check.js").Findings} findings @returns {boolean} false: another window has seen more meanwhile */
  function keep(findings) {
    for (const { seen } of [findings, ...findings.partners]) {
      if (!seen || typeof seen === "string" || "refusal" in seen) continue;
      const done = keep_pin(seen);
      if (done === "changed") return false;
      seen.is_unwritten = done === "refused";
    }
    show_memory();
    return true;
  }

  /** @param {string} code */
  const tell_refused = (code, detail = "") => tell({ refused: { code, detail, seq: null } });

  /** @param {File[]} chosen */
  async function take_files(chosen) {
    stop();
    for (const file of chosen) {
      try {
        const one = await look_at_file(file);
        files.set(one.sort === "receipt" ? one.sort : `${one.sort} ${one.dao}`, one);
      } catch (error) {
        tell_refused(error instanceof Refused ? error.code : "unknown_file", file.name);
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
    tell({ progress: 0 });
    at("progress").scrollIntoView({ block: "nearest" });
    try {
      const { ledger, snapshot, receipt, partners } = arranged([...files.values()]);
      if (!ledger && !receipt) return tell_refused("no_ledger");
      const bytes_of = async (/** @type {File | undefined} */ file) => file && new Uint8Array(await file.arrayBuffer());
      const [own, ...others] = await Promise.all([{ ledger, snapshot, receipt }, ...partners].map(async (one) =>
        Object.fromEntries(await Promise.all(Object.entries(one).map(async ([sort, file]) => [sort, await bytes_of(file)])))));
      const typed = { announced: input("announced").value.trim().toLowerCase(), member: input("member").value.trim().toLowerCase() };
      stop = run_check(script, { ...own, partners: others, ...typed, pins: read_pins() }, tell);
    } catch (error) {
      tell_refused(error instanceof Refused ? error.code : "unknown_file", error instanceof Refused ? error.detail : "");
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
