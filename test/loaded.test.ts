import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import test from "node:test";
import { commandNames } from "../src/argv.ts";
import { version } from "../src/cli/version.ts";
import { keyringSkip } from "./support/keyring.ts";
import { calls, runCalls } from "./support/loaded-calls.ts";

const skip = keyringSkip();

/** Parts of Node that take milliseconds to load, and that a hit can do without. */
const slowParts = [
  "crypto",
  "child_process",
  "http",
  "https",
  "tls",
  "tty",
  "fs/promises",
  "inspector",
  "perf_hooks",
];

test("a hit loads no part of Node that takes milliseconds", { skip }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "aws-as-parts-"));
  try {
    const preload = join(folder, "preload.cjs");
    const list = join(folder, "list");
    // What Node has loaded by itself before does not count.
    writeFileSync(
      preload,
      `const before = new Set(process.moduleLoadList);
      process.on("exit", () => require("node:fs").writeFileSync(${JSON.stringify(list)},
        process.moduleLoadList.filter((name) => !before.has(name)).join("\\n")));`,
    );
    await runCalls(["process my-role1"], { NODE_OPTIONS: `--require ${preload}` });
    const loaded = readFileSync(list, "utf8").split("\n");
    assert.ok(loaded.includes("NativeModule net"), loaded.join(" "));
    assert.deepEqual(
      slowParts.filter((part) => loaded.includes(`NativeModule ${part}`)),
      [],
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a call runs only so many files", { skip }, async () => {
  const found = await runCalls(Object.keys(calls));
  const wrong: string[] = [];
  for (const [call, most] of Object.entries(calls)) {
    const ran = found.get(call)?.ran ?? [];
    if (ran.length === 0 || ran.length > most)
      wrong.push(`${call} ran ${ran.length} files: ${ran.join(" ")}`);
  }
  assert.deepEqual(wrong, []);
  const hit = found.get("process my-role1");
  assert.equal(hit?.status, 0, hit?.stderr);
  assert.deepEqual(
    hit.loaded.filter((file) => file.startsWith("emit/")),
    [],
  );
  assert.equal(found.get("--version")?.stdout, `${version}\n`);
});

/** The file that each command is loaded from, as commands.ts says it. */
function doors(): Map<string, string> {
  const table = readFileSync(resolve(import.meta.dirname, "../../src/commands/commands.ts"), "utf8");
  const lines = table.matchAll(/^ {2}"?([a-z ]+)"?: async \(\) => \(await import\("([^"]+)"\)/gm);
  return new Map([...lines].map(([, name = "", path = ""]) => [name, join("commands", path)]));
}

test("a command loads its own files and none of another's", { skip }, async () => {
  const files = doors();
  assert.deepEqual([...files.keys()].sort(), [...commandNames].sort());
  // `use` takes every word for a name.
  const names = commandNames.filter((name) => name !== "use");
  const found = await runCalls(names.map((name) => `${name} --help`));
  const folder = (file: string) => /^(process|switch|commands\/[^/]+)/.exec(file)?.[1];
  const all = new Set([...files.values()].map(folder));
  for (const name of names) {
    const door = files.get(name) ?? "";
    const { status, loaded = [] } = found.get(`${name} --help`) ?? {};
    const others = loaded.filter((file) =>
      folder(file) === folder(door)
        ? file !== door && [...files.values()].includes(file)
        : all.has(folder(file)),
    );
    assert.deepEqual([status, loaded.includes(door), others], [0, true, []], name);
  }
});
