// SPDX-License-Identifier: MIT
/** node build.mjs OUT.html — bundles the modules and puts script and style into page.html; the same bytes each time. */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2];
const common = { bundle: true, minify: true, write: false, legalComments: "none", charset: "ascii", target: ["es2022"], absWorkingDir: here };
const [bundled, styled] = await Promise.all([
  build({ ...common, entryPoints: ["main.js"], format: "iife" }),
  build({ ...common, entryPoints: ["page.css"], charset: "utf8" }),
]);

// A script ends at its first end tag, wherever that stands.
const script = bundled.outputFiles[0].text.trimEnd().replaceAll("</script", "<\\/script");
const style = styled.outputFiles[0].text.trimEnd();
const hash = (text) => `sha256-${createHash("sha256").update(text, "utf8").digest("base64")}`;

// What is bundled goes on with its licence.
const licences = ["@noble/curves", "@noble/hashes"].map((name) =>
  `${name}\n\n${readFileSync(join(here, "node_modules", name, "LICENSE"), "utf8").replaceAll("--", "- -").trim()}`).join("\n\n");

let page = readFileSync(join(here, "page.html"), "utf8");
for (const [name, text] of [["SCRIPT_HASH", hash(script)], ["STYLE_HASH", hash(style)], ["STYLE", style], ["SCRIPT", script], ["LICENCES", licences]]) {
  page = page.replace(`@${name}@`, () => text);
}
mkdirSync(dirname(out), { recursive: true });
writeFileSync(out, page);
