import assert from "node:assert/strict";
import test from "node:test";
import { inCallersShell } from "../../src/cli/in-shell.ts";

test("the line that starts an ssh-agent is one that the calling shell reads", () => {
  const start = (file: string) => inCallersShell('eval "$(ssh-agent)" && ssh-add', { file, words: [file] });
  assert.deepEqual(["bash", "fish", "tcsh", "nu", "pwsh"].map(start), [
    'eval "$(ssh-agent)" && ssh-add',
    "ssh-agent -c | source; ssh-add",
    "eval `ssh-agent -c`; ssh-add",
    "ssh-agent nu  # a shell beneath it, there: ssh-add",
    "ssh-agent pwsh  # a shell beneath it, there: ssh-add",
  ]);
});
