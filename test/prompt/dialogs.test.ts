import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { askByDialog, type Dialog } from "../../src/prompt/window/dialog.ts";
import { kdialog, osascript, powershell, zenity } from "../../src/prompt/window/dialogs.ts";
import { askByPinentry } from "../../src/prompt/window/pinentry.ts";
import type { WindowQuestion } from "../../src/prompt/window/window.ts";
import { eventually, isAlive } from "../support/pty.ts";

/** What a hostile configuration would call its device. */
const hostile = `x" & (do shell script "id") & "$(id)'; <b>&amp;</b> my_user \\n --entry %s`;

function question(more: Partial<WindowQuestion> = {}): WindowQuestion {
  return {
    lines: ["MFA code for my-user1", hostile],
    label: "Code:",
    hidden: false,
    timeLimit: 20_000,
    signal: new AbortController().signal,
    ...more,
  };
}

/** A program of this name that runs a script, and notes what it got. */
function stub(t: TestContext, name: string, script: string) {
  const folder = mkdtempSync(join(tmpdir(), "aws-as-stub-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, name);
  writeFileSync(
    file,
    `#!/usr/bin/env bash\nprintf '%s\\0' "$@" > ${folder}/words\nenv -0 > ${folder}/variables\n${script}\n`,
  );
  chmodSync(file, 0o755);
  return {
    folder,
    env: {
      PATH: `${folder}:${process.env["PATH"]}`,
      AWS_SECRET_ACCESS_KEY: "canary",
      AWS_PROFILE: "p",
    },
    words: () => readFileSync(join(folder, "words"), "utf8").split("\0").slice(0, -1),
    variables: () => readFileSync(join(folder, "variables"), "utf8"),
  };
}

const dialogs: readonly Dialog[] = [zenity, kdialog, osascript, powershell];

for (const dialog of dialogs) {
  test(`${dialog.program}: the answer is its first line, and it gets no keys of the caller`, async (t) => {
    const { env, variables } = stub(t, dialog.program, "echo 123456");
    const ending = await askByDialog(dialog, env)(question());
    assert.deepEqual(ending, { kind: "answer", value: "123456" });
    assert.doesNotMatch(variables(), /canary|AWS_PROFILE/);
    assert.match(variables(), /AWS_AS_GUARD=1/);
  });

  test(`${dialog.program}: closed when nobody wants the answer, and when time is up`, async (t) => {
    const { env, folder } = stub(t, dialog.program, `sleep 600 & echo $! > "$(dirname "$0")/child"; wait`);
    const child = () => Number(readFileSync(join(folder, "child"), "utf8"));
    assert.deepEqual(await askByDialog(dialog, env)(question({ timeLimit: 1000 })), { kind: "timed-out" });
    await eventually(() => !isAlive(child()), "the end of what it started");
    const abandoned = new AbortController();
    const asking = askByDialog(dialog, env)(question({ signal: abandoned.signal }));
    await eventually(() => isAlive(child()), "the dialog");
    abandoned.abort();
    assert.deepEqual(await asking, { kind: "cancelled" });
    await eventually(() => !isAlive(child()), "the end of what it started");
  });

  test(`${dialog.program}: one that is not there, or fails, is no answer and no refusal`, async (t) => {
    const missing = await askByDialog(dialog, { PATH: "/nonexistent" })(question());
    assert.match(missing.kind === "cannot-ask" ? missing.because : "", /ENOENT/);
    const { env } = stub(t, dialog.program, "echo 'Gtk: cannot open display' >&2; exit 255");
    assert.deepEqual(await askByDialog(dialog, env)(question()), {
      kind: "cannot-ask",
      because: `${dialog.program}: Gtk: cannot open display`,
    });
  });
}

test("zenity shows texts as they are, with what its label would read otherwise doubled", async (t) => {
  const { env, words } = stub(t, "zenity", "exit 1");
  const ending = await askByDialog(zenity, env)(question({ complaint: "wrong", hidden: true }));
  assert.deepEqual(ending, { kind: "cancelled" });
  const shown = hostile.replaceAll("\\", "\\\\").replaceAll("_", "__");
  assert.deepEqual(words(), [
    "--entry",
    "--title=aws-as",
    `--text=wrong\\n\\nMFA code for my-user1\\n${shown}\\n\\nCode:`,
    "--width=420",
    "--timeout=21",
    "--hide-text",
  ]);
});

test("a dialog gets a locale that can say any name, where the caller's cannot", async (t) => {
  const { env, variables } = stub(t, "zenity", "exit 1");
  for (const [given, got] of [
    [{}, "C.UTF-8"],
    [{ LC_ALL: "C" }, "C.UTF-8"],
    [{ LANG: "en_US.UTF-8", LC_ALL: "de_DE.utf8" }, "de_DE.utf8"],
  ] as const) {
    await askByDialog(zenity, { ...env, ...given })(question());
    assert.ok(variables().split("\0").includes(`LC_ALL=${got}`), JSON.stringify(given));
  }
});

test("kdialog gets one text without tags or escapes", async (t) => {
  const { env, words } = stub(t, "kdialog", "exit 1");
  assert.deepEqual(await askByDialog(kdialog, env)(question()), { kind: "cancelled" });
  const [title, name, kind, text = "", ...rest] = words();
  assert.deepEqual([title, name, kind, rest], ["--title", "aws-as", "--inputbox", []]);
  assert.doesNotMatch(text, /[<&\\]/);
});

test("osascript gets texts as arguments, and the same script for every question", async (t) => {
  const { env, words } = stub(t, "osascript", "echo 'execution error: User canceled. (-128)' >&2; exit 1");
  assert.deepEqual(await askByDialog(osascript, env)(question()), { kind: "cancelled" });
  const first = words();
  assert.equal(first.at(-2), `MFA code for my-user1\n${hostile}\n\nCode:`);
  assert.equal(first.at(-1), "20");
  await askByDialog(osascript, env)(question({ lines: ["other"] }));
  assert.deepEqual(words().slice(0, -2), first.slice(0, -2));
  assert.ok(!first.slice(0, -2).join("\n").includes("my-user1"));
});

test("osascript that gave up, and one that may not show windows", async (t) => {
  const gaveUp = stub(t, "osascript", "echo 'execution error: nobody answered (-1712)' >&2; exit 1");
  assert.deepEqual(await askByDialog(osascript, gaveUp.env)(question()), { kind: "timed-out" });
  const remote = stub(
    t,
    "osascript",
    "echo 'execution error: No user interaction allowed. (-1713)' >&2; exit 1",
  );
  assert.equal((await askByDialog(osascript, remote.env)(question())).kind, "cannot-ask");
});

test("PowerShell gets texts in variables, which WSL hands on, and the same script for every question", async (t) => {
  const { env, words, variables } = stub(t, "powershell.exe", "printf '123456\\r\\n'");
  assert.deepEqual(await askByDialog(powershell, env)(question()), { kind: "answer", value: "123456" });
  const script = Buffer.from(words().at(-1) ?? "", "base64").toString("utf16le");
  assert.match(script, /ShowDialog/);
  assert.ok(!script.includes("my-user1"));
  assert.ok(variables().includes(`AWS_AS_DIALOG_TEXT=MFA code for my-user1\n${hostile}\n\nCode:`));
  assert.match(variables(), /WSLENV=AWS_AS_DIALOG_TEXT:AWS_AS_DIALOG_HIDDEN:AWS_AS_DIALOG_SECONDS/);
  assert.match(variables(), /AWS_AS_DIALOG_SECONDS=20/);
  const late = stub(t, "powershell.exe", "exit 4");
  assert.deepEqual(await askByDialog(powershell, late.env)(question()), { kind: "timed-out" });
  const cancelled = stub(t, "powershell.exe", "exit 3");
  assert.deepEqual(await askByDialog(powershell, cancelled.env)(question()), { kind: "cancelled" });
});

/** A pinentry that answers GETPIN with these lines, and everything else with OK, and notes what it was told. */
function pinentry(t: TestContext, reply: string) {
  return stub(
    t,
    "pinentry-stub",
    `echo "OK hello"; while IFS= read -r line; do printf '%s\\n' "$line" >> "$(dirname "$0")/told"
     case $line in GETPIN) printf '${reply}';; SETTIMEOUT*) echo "ERR 83886355 Unknown command";; BYE) echo OK; exit;; *) echo OK;; esac; done`,
  );
}

for (const [reply, expected] of [
  ["D 123456\\nOK\\n", { kind: "answer", value: "123456" }],
  ["OK\\n", { kind: "answer", value: "" }],
  ["ERR 83886179 Operation cancelled <Pinentry>\\n", { kind: "cancelled" }],
  ["ERR 83886278 Fully cancelled <Pinentry>\\n", { kind: "cancelled" }],
  ["ERR 83886142 Timeout <Pinentry>\\n", { kind: "timed-out" }],
  [
    "ERR 83918950 Inappropriate ioctl for device <Pinentry>\\n",
    { kind: "cannot-ask", because: "pinentry: Inappropriate ioctl for device" },
  ],
] as const) {
  test(`pinentry that says ${reply.slice(0, 40)} gives ${expected.kind}`, async (t) => {
    const { env, folder } = pinentry(t, reply);
    const ask = askByPinentry(join(folder, "pinentry-stub"), env);
    assert.deepEqual(await ask(question({ complaint: "wrong\nOK D 1" })), expected);
    const told = readFileSync(join(folder, "told"), "utf8").split("\n");
    assert.ok(told.includes(`SETDESC MFA code for my-user1%0A${hostile.replaceAll("%", "%25")}`));
    assert.ok(told.includes("SETERROR wrong%0AOK D 1"));
  });
}

test("pinentry that dies over the question did not work", async (t) => {
  const { env, folder } = stub(t, "pinentry-stub", "echo OK hello; kill -SEGV $$");
  const ending = await askByPinentry(join(folder, "pinentry-stub"), env)(question());
  assert.deepEqual(ending, { kind: "cannot-ask", because: "pinentry: was ended by SIGSEGV" });
});

test("pinentry that hangs is ended with all that it started when time is up, and when nobody wants the answer", async (t) => {
  const { env, folder } = stub(
    t,
    "pinentry-stub",
    `trap '' TERM INT HUP; echo OK hello; sleep 600 & echo $! > "$(dirname "$0")/child"; while :; do wait; done`,
  );
  const ask = askByPinentry(join(folder, "pinentry-stub"), env);
  const child = () => Number(readFileSync(join(folder, "child"), "utf8"));
  assert.deepEqual(await ask(question({ timeLimit: 500 })), { kind: "timed-out" });
  await eventually(() => !isAlive(child()), "the end of what it started");
  const abandoned = new AbortController();
  const asking = ask(question({ signal: abandoned.signal }));
  await eventually(() => isAlive(child()), "the pinentry");
  abandoned.abort();
  assert.deepEqual(await asking, { kind: "cancelled" });
  await eventually(() => !isAlive(child()), "the end of what it started");
});
