import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { type Desktop, desktopOf } from "../../src/prompt/desktop.ts";
import { unixOnly } from "../support/unix-only.ts";

const found = (desktop: Desktop): Desktop => ({ unseen: undefined, pinentry: undefined, ...desktop });

/** A folder with these programs, as the whole PATH. */
function path(t: TestContext, ...programs: string[]): string {
  const folder = mkdtempSync(join(tmpdir(), "aws-as-path-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const program of programs) {
    writeFileSync(join(folder, program), "");
    chmodSync(join(folder, program), 0o755);
  }
  return folder;
}

test("a display makes windows seen, and the desktop says which dialog suits it", (t) => {
  const PATH = path(t, "zenity", "kdialog");
  const home = "/nonexistent";
  assert.deepEqual(
    desktopOf({ PATH }, "linux", home),
    found({
      unseen: "there is no display",
      dialogs: ["zenity", "kdialog"],
    }),
  );
  assert.deepEqual(
    desktopOf({ PATH, DISPLAY: ":0" }, "linux", home),
    found({ dialogs: ["zenity", "kdialog"] }),
  );
  const kde = { PATH, WAYLAND_DISPLAY: "wayland-0", XDG_CURRENT_DESKTOP: "KDE" };
  assert.deepEqual(desktopOf(kde, "linux", home), found({ dialogs: ["kdialog", "zenity"] }));
});

test("WSL asks by Windows where Linux has no display", (t) => {
  const PATH = path(t, "zenity", "powershell.exe");
  const WSL_DISTRO_NAME = "Debian";
  assert.deepEqual(desktopOf({ PATH, WSL_DISTRO_NAME }, "linux", "/x"), found({ dialogs: ["powershell"] }));
  assert.deepEqual(
    desktopOf({ PATH, WSL_DISTRO_NAME, DISPLAY: ":0" }, "linux", "/x"),
    found({
      dialogs: ["zenity", "powershell"],
    }),
  );
});

test("nobody sees the windows of a Mac over SSH", (t) => {
  const PATH = path(t, "osascript", "pinentry-mac", "pinentry");
  const pinentry = { program: "pinentry-mac", needsTerminal: false };
  assert.deepEqual(desktopOf({ PATH }, "darwin", "/x"), found({ dialogs: ["osascript"], pinentry }));
  assert.deepEqual(
    desktopOf({ PATH, SSH_CONNECTION: "a 1 b 2" }, "darwin", "/x"),
    found({
      unseen: "this is an SSH session, whose windows nobody sees",
      dialogs: ["osascript"],
      pinentry,
    }),
  );
});

test(
  "a pinentry that a link leads to is known by its own name",
  unixOnly("links that anybody may make"),
  (t) => {
    const PATH = path(t, "pinentry-curses");
    symlinkSync(join(PATH, "pinentry-curses"), join(PATH, "pinentry"));
    const { pinentry } = desktopOf({ PATH, DISPLAY: ":0" }, "linux", "/x");
    assert.deepEqual(pinentry, { program: "pinentry", needsTerminal: true });
  },
);

test("the pinentry is the one named for us, else the one named for gpg", (t) => {
  const PATH = path(t, "pinentry", "pinentry-qt", "pinentry-x");
  const home = path(t);
  mkdirSync(join(home, ".gnupg"));
  writeFileSync(join(home, ".gnupg", "gpg-agent.conf"), `# mine\npinentry-program ${PATH}/pinentry-qt\n`);
  assert.equal(desktopOf({ PATH }, "linux", home).pinentry?.program, `${PATH}/pinentry-qt`);
  const named = desktopOf({ PATH, AWS_AS_PINENTRY: "pinentry-x" }, "linux", home);
  assert.equal(named.pinentry?.program, "pinentry-x");
  assert.equal(desktopOf({ PATH, AWS_AS_PINENTRY: "gone" }, "linux", "/x").pinentry?.program, "pinentry");
});
