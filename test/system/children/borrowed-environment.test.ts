import assert from "node:assert/strict";
import test from "node:test";
import { withEnvironment } from "../../../src/system/children/borrowed-environment.ts";

test("an environment is lent for one piece of work, and given back whatever happens", () => {
  const own = process.env;
  assert.equal(
    withEnvironment({ COLOUR: "red" }, () => `${process.env["COLOUR"]} ${process.env["PATH"]}`),
    "red undefined",
  );
  assert.equal(process.env, own);
  const failing = () =>
    withEnvironment({}, () => {
      throw new Error("no");
    });
  assert.throws(failing, /^Error: no$/);
  assert.equal(process.env, own);
});
