import assert from "node:assert/strict";
import { one } from "../aws/world-of-one.ts";

/** Asserts that a client was told so often that it is that role, whatever else stands on its terminal. */
export function assertIsRole(text: string, role: string, times = 1): void {
  const arn = new RegExp(`arn:aws:sts::${one.account}:assumed-role/${role}/[A-Za-z0-9_=,.@-]+\\s`, "g");
  assert.equal(text.match(arn)?.length, times, text);
}

/** Asserts that these texts stand in a text, one behind the other. */
export function assertTells(text: string, pieces: readonly string[]): void {
  let from = 0;
  for (const piece of pieces) {
    const found = text.indexOf(piece, from);
    assert.notEqual(found, -1, `${JSON.stringify(piece)} is not (or not there) in:\n${text}`);
    from = found + piece.length;
  }
}
