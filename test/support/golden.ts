import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";

const folder = resolve(import.meta.dirname, "../../../test/golden/shells");

/**
 * Compares with a text of test/golden/shells: for shells that do not run here. `AWS_AS_TEST_GOLDEN=1` writes the text
 * anew, to be read before it is committed.
 */
export function assertGolden(name: string, text: string): void {
  const file = resolve(folder, name);
  if (process.env["AWS_AS_TEST_GOLDEN"] === "1") writeFileSync(file, text);
  assert.equal(text, readFileSync(file, "utf8"));
}
