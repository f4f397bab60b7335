// SPDX-License-Identifier: MIT
/**
 * Layer 10. Runs a check beside the page, so that it stays responsive: in a worker made of the page's own script, or, where
 * a browser allows none, in short turns.
 */
import { check_given } from "./check.js";
import { Refused } from "./refused.js";

/** @typedef {import("./check.js").Given} Given */
/** @typedef {import("./check.js").Findings} Findings */
/** @typedef {{progress: number} | {findings: Findings} | {refused: import("./check.js").Refusal}} Message progress: 0 to 1 */

const turn_ms = 40;

/** @param {unknown} error @returns {Message} */
function refused(error) {
  const { code, detail, seq } = error instanceof Refused ? error : new Refused("internal");
  return { refused: { code, detail, seq } };
}

/** One turn of a check. @param {Generator<number, Findings>} steps @returns {Message} */
function turn(steps) {
  try {
    const end = performance.now() + turn_ms;
    for (;;) {
      const step = steps.next();
      // What follows is shown, or sent to another thread, where only plain values go.
      if (step.done) return { findings: step.value };
      if (performance.now() > end) return { progress: step.value };
    }
  } catch (error) {
    return refused(error);
  }
}

/** The worker's side. */
export function serve() {
  self.onmessage = ({ data }) => {
    const steps = check_given(data);
    let message = turn(steps);
    for (; "progress" in message; message = turn(steps)) self.postMessage(message);
    self.postMessage(message);
  };
}

/** @param {Given} given @param {(message: Message) => void} tell @returns {() => void} stops it */
function run_in_turns(given, tell) {
  const steps = check_given(given);
  let timer = setTimeout(function next() {
    const message = turn(steps);
    tell(message);
    if ("progress" in message) timer = setTimeout(next);
  });
  return () => clearTimeout(timer);
}

/**
 * @param {string} script the page's own
 * @param {Given} given
 * @param {(message: Message) => void} tell is called with progress, and in the end with what was found
 * @returns {() => void} stops it
 */
export function run_check(script, given, tell) {
  const address = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  let [stop, has_answered] = [() => {}, false];
  try {
    const worker = new Worker(address);
    stop = () => worker.terminate();
    worker.onmessage = ({ data }) => {
      has_answered = true;
      if (!("progress" in data)) worker.terminate();
      tell(data);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      worker.terminate();
      if (has_answered) tell(refused(null));
      else stop = run_in_turns(given, tell);
    };
    worker.postMessage(given);
  } catch {
    stop = run_in_turns(given, tell);
  } finally {
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  }
  return () => stop();
}
