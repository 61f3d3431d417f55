/** The README's pictures: what the program shows now is what they show. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import test from "node:test";
import { withoutAwsCli } from "../support/aws-clis.ts";
import { ended } from "../support/home.ts";
import { withoutPty } from "../support/pty.ts";

const root = resolve(import.meta.dirname, "../../..");

/** Without what differs from one run to the next: codes, ports, times. */
const lasting = (picture: string) =>
  picture
    .replaceAll(/\d+ h \d+ min|\d+ h|\d+ min/g, "TIME")
    .replaceAll(/[█▇▆▅▄▃▂▁░ ]{8} TIME +/g, "BAR TIME ")
    .replaceAll(/\b\d{4}-\d\d-\d\dT[\d:]+Z|\b\d{6}\b|(?<=127\.0\.0\.1:)\d+/g, "0");

test("the pictures of the README show what the program shows (npm run pictures draws them anew)", {
  skip: withoutPty() || withoutAwsCli(),
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "aws-as-pictures-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const drawn = spawn(process.execPath, [join(root, "build/demo/pictures.js"), folder], {
    env: { PATH: process.env["PATH"] },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const { status, stderr } = await ended(drawn);
  assert.equal(status, 0, stderr);
  const kept = join(root, "docs/pictures");
  const names = readdirSync(folder).sort();
  assert.deepEqual(readdirSync(kept).sort(), names);
  const readme = readFileSync(join(root, "README.md"), "utf8");
  for (const name of names) {
    assert.equal(
      lasting(readFileSync(join(folder, name), "utf8")),
      lasting(readFileSync(join(kept, name), "utf8")),
    );
    assert.ok(readme.includes(`docs/pictures/${name}`), `${name} is not in the README`);
  }
});
