import assert from "node:assert/strict";
import test from "node:test";
import { chooseAgentKey } from "../../src/store/file/agent-slot.ts";
import type { UserError } from "../../src/system/user-error.ts";

test("an agent that lists no key is locked or empty, and the hints are for both", () => {
  for (const wanted of [undefined, "me@laptop"]) {
    assert.throws(
      () => chooseAgentKey([], wanted),
      (error: UserError) => {
        assert.equal(error.message, "the ssh-agent is locked or holds no key");
        assert.deepEqual(error.hints, ["ssh-add", "ssh-add -X  # if it is locked"]);
        return true;
      },
    );
  }
});
