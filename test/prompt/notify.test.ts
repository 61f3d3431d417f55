import assert from "node:assert/strict";
import test from "node:test";
import { noticeOf } from "../../src/prompt/notify.ts";

const text = "a <b> & 'c' $(d)";
const display = { DISPLAY: ":0" };

test("a notice is shown by what the desktop has, and its text is never code or markup", () => {
  const by = (...there: string[]) => noticeOf(text, display, "linux", (program) => there.includes(program));
  const body = "a &lt;b> &amp; 'c' $(d)";
  assert.deepEqual(by("notify-send", "zenity"), {
    program: "notify-send",
    words: ["--app-name=aws-as", "--", "aws-as", body],
  });
  assert.deepEqual(by("kdialog")?.words, ["--title", "aws-as", "--passivepopup", body, "10"]);
  assert.deepEqual(by("zenity")?.words, ["--notification", `--text=aws-as: ${body}`]);
  assert.equal(by(), undefined);
  const mac = noticeOf(text, {}, "darwin", () => false);
  assert.equal(mac?.words.at(-1), text);
  assert.ok(mac.words.slice(0, -1).every((word) => !word.includes(text)));
  for (const [env, platform] of [
    [{}, "win32"],
    [{ WSL_DISTRO_NAME: "Debian" }, "linux"],
  ] as const) {
    const { program, input, words = [] } = noticeOf(text, env, platform, () => true) ?? {};
    assert.deepEqual([program, input], ["powershell.exe", text]);
    assert.ok(
      !Buffer.from(words.at(-1) ?? "", "base64")
        .toString("utf16le")
        .includes(text),
    );
  }
});

test("where nobody would see it, nothing is started", () => {
  assert.equal(
    noticeOf(text, {}, "linux", () => true),
    undefined,
  );
});
