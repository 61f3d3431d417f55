import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { changeKeyFile } from "../../src/store/file/change-key-file.ts";
import { systemClock as clock } from "../../src/system/clock.ts";
import { lockFile } from "../../src/system/files/lock.ts";
import { movingClock } from "../support/moving-clock.ts";

function fileFor(t: TestContext, text?: string): string {
  const folder = mkdtempSync(join(tmpdir(), "aws-as-change-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "master-key.json");
  if (text !== undefined) writeFileSync(file, text);
  return file;
}

const left = (file: string): string[] =>
  readdirSync(join(file, "..")).filter((name) => name.endsWith(".tmp"));

for (const before of [undefined, "old"]) {
  test(`a new text is proven as it lies on the disk, before it takes the place of ${before ?? "nothing"}`, async (t) => {
    const file = fileFor(t, before);
    const change = {
      text: "new",
      prove: async (text: string) => {
        assert.equal(text, "new");
        assert.deepEqual(
          left(file).map((name) => readFileSync(join(file, "..", name), "utf8")),
          ["new"],
        );
        assert.equal(readdirSync(join(file, "..")).includes("master-key.json"), before !== undefined);
      },
    };
    assert.equal(await changeKeyFile(file, clock, () => ({ change })), "changed");
    assert.equal(readFileSync(file, "utf8"), "new");
    if (process.platform !== "win32") assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.deepEqual(left(file), []);
  });

  test(`what does not prove good leaves ${before ?? "nothing"} behind`, async (t) => {
    const file = fileFor(t, before);
    const change = { text: "new", prove: () => Promise.reject(new Error("not what it should be")) };
    await assert.rejects(changeKeyFile(file, clock, () => ({ change })));
    assert.equal(readdirSync(join(file, "..")).includes("master-key.json"), before !== undefined);
    if (before !== undefined) assert.equal(readFileSync(file, "utf8"), before);
    assert.deepEqual(left(file), []);
  });

  test(`what another program put in the place of ${before ?? "nothing"} meanwhile stays`, async (t) => {
    const file = fileFor(t, before);
    const change = { text: "new", prove: async () => writeFileSync(file, "theirs") };
    await assert.rejects(
      changeKeyFile(file, clock, () => ({ change })),
      /changed by another program at the same moment/,
    );
    assert.equal(readFileSync(file, "utf8"), "theirs");
    assert.deepEqual(left(file), []);
  });
}

test("an answer in the place of a change changes nothing", async (t) => {
  const file = fileFor(t, "old");
  assert.deepEqual(await changeKeyFile(file, clock, (text) => ({ answer: text })), { answer: "old" });
  assert.equal(readFileSync(file, "utf8"), "old");
});

test("one that waits in vain for another says so", async (t) => {
  const file = fileFor(t, "old");
  const lock = await lockFile(join(file, "..", ".lock-master-key"), { clock });
  try {
    await assert.rejects(
      changeKeyFile(file, movingClock(), () => ({ answer: "never asked" })),
      /another aws-as is changing how the file store is opened/,
    );
  } finally {
    // Before its folder is removed, which Windows refuses while a file in it is open.
    lock?.release();
  }
});
