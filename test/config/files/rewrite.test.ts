import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import type { Document } from "../../../src/config/files/document.ts";
import { addSection, setProperty } from "../../../src/config/files/edit.ts";
import { rewriteFile } from "../../../src/config/files/rewrite.ts";
import { UserError } from "../../../src/system/user-error.ts";
import { turned } from "./rewrite-child.ts";

const BEFORE = "# mine\r\n[profile a]\r\nx = 1";
const AFTER = `${BEFORE}\r\ny = 2`;
const child = join(import.meta.dirname, "rewrite-child.js");
const isRoot = process.getuid?.() === 0;

const edit = (document: Document) => setProperty(document, { type: "profile", name: "a" }, "y", "2");

function rewrite(path: string, how: (document: Document) => Document = edit): Promise<boolean> {
  return rewriteFile({ path, kind: "config", shown: "~/.aws/config", edit: how });
}

function temporaryFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "aws-as-rewrite-"));
  chmodSync(folder, 0o755);
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Skips, or fails where everything must run: the machine cannot do what the test needs. */
function cannot(context: TestContext, reason: string): void {
  if (process.env["AWS_AS_TEST_ALL"] === "1") assert.fail(reason);
  context.skip(`SKIPPED: ${reason}`);
}

function rejectsWith(message: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof UserError, String(error));
    assert.equal(error.message, message);
    return true;
  };
}

test("a rewrite changes the bytes that the edit means, and leaves nothing else in the folder", async (context) => {
  const folder = temporaryFolder(context);
  const path = join(folder, "config");
  writeFileSync(path, BEFORE);
  assert.equal(await rewrite(path), true);
  assert.equal(readFileSync(path, "utf8"), AFTER);
  assert.deepEqual(readdirSync(folder), ["config"]);
});

test("an edit that changes nothing does not touch the file", async (context) => {
  const path = join(temporaryFolder(context), "config");
  writeFileSync(path, BEFORE);
  const { ino } = statSync(path);
  assert.equal(await rewrite(path, (document) => document), false);
  assert.equal(statSync(path).ino, ino);
});

test("mode and owner stay", async (context) => {
  const path = join(temporaryFolder(context), "config");
  writeFileSync(path, BEFORE);
  if (isRoot) chownSync(path, 65534, 65533);
  for (const mode of [0o600, 0o644, 0o660, 0o400]) {
    chmodSync(path, mode);
    const { uid, gid } = statSync(path);
    await rewrite(path, (document) =>
      setProperty(document, { type: "profile", name: "a" }, "mode", mode.toString(8)),
    );
    const after = statSync(path);
    assert.deepEqual([after.mode & 0o7777, after.uid, after.gid], [mode, uid, gid]);
  }
});

test("a group that cannot be kept hands its rights to no other group", (context) => {
  if (!isRoot || spawnSync("setpriv", ["--version"]).status !== 0)
    return cannot(context, "needs root and setpriv");
  const folder = temporaryFolder(context);
  const path = join(folder, "config");
  writeFileSync(path, BEFORE);
  chmodSync(folder, 0o777);
  chmodSync(path, 0o664);
  assert.equal(asNobody(context, path), "true\n");
  assert.deepEqual([statSync(path).mode & 0o7777, statSync(path).uid], [0o604, 65534]);
});

test("symbolic links stay links, whether their target is there or not", async (context) => {
  const folder = temporaryFolder(context);
  mkdirSync(join(folder, "dotfiles"));
  mkdirSync(join(folder, ".aws"));
  const link = join(folder, ".aws", "config");
  const target = join(folder, "dotfiles", "aws-config");
  symlinkSync("../dotfiles/second", link);
  symlinkSync("aws-config", join(folder, "dotfiles", "second"));
  assert.equal(
    await rewrite(link, (document) => addSection(document, { type: "profile", name: "a", properties: [] })),
    true,
  );
  assert.equal(readFileSync(target, "utf8"), "[profile a]\n");
  assert.equal(await rewrite(link), true);
  assert.equal(readFileSync(target, "utf8"), "[profile a]\ny = 2\n");
  assert.equal(readlinkSync(link), "../dotfiles/second");
  assert.ok(lstatSync(target).isFile());
  assert.deepEqual(readdirSync(join(folder, "dotfiles")).sort(), ["aws-config", "second"]);
});

test("a missing folder and file are made for their owner alone", async (context) => {
  const path = join(temporaryFolder(context), ".aws", "config");
  await rewrite(path, (document) =>
    addSection(document, { type: "profile", name: "a", properties: [["x", "1"]] }),
  );
  assert.equal(readFileSync(path, "utf8"), "[profile a]\nx = 1\n");
  if (process.platform !== "win32") {
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal(statSync(join(path, "..")).mode & 0o777, 0o700);
  }
});

test("nothing is made when there is no file and nothing to say", async (context) => {
  const folder = temporaryFolder(context);
  assert.equal(await rewrite(join(folder, ".aws", "config"), (document) => document), false);
  assert.deepEqual(readdirSync(folder), []);
});

for (const [what, disturb] of [
  ["written", (path: string) => writeFileSync(path, "[profile a]\nz = 9\n")],
  [
    "written with the same length and time",
    (path: string) => {
      const { atime, mtime } = statSync(path);
      writeFileSync(path, BEFORE.replace("1", "7"));
      utimesSync(path, atime, mtime);
    },
  ],
  [
    "replaced",
    (path: string) => {
      writeFileSync(`${path}.new`, BEFORE);
      renameSync(`${path}.new`, path);
    },
  ],
  ["removed", (path: string) => unlinkSync(path)],
  ["given another mode", (path: string) => chmodSync(path, 0o640)],
  [
    "made a link to another file",
    (path: string) => {
      writeFileSync(`${path}.other`, BEFORE);
      unlinkSync(path);
      symlinkSync(`${path}.other`, path);
    },
  ],
] as const) {
  test(`a file that is ${what} meanwhile is left as it is`, async (context) => {
    const folder = temporaryFolder(context);
    const path = join(folder, "config");
    writeFileSync(path, BEFORE);
    let disturbed: string | undefined;
    const attempt = rewrite(path, (document) => {
      disturb(path);
      disturbed = existsSync(path) ? readFileSync(path, "utf8") : undefined;
      return edit(document);
    });
    await assert.rejects(
      attempt,
      rejectsWith("~/.aws/config was changed by another program meanwhile; nothing was written"),
    );
    assert.equal(existsSync(path) ? readFileSync(path, "utf8") : undefined, disturbed);
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.endsWith(".tmp")),
      [],
    );
  });
}

test("a file that appears meanwhile is left as it is", async (context) => {
  const path = join(temporaryFolder(context), "config");
  await assert.rejects(
    rewrite(path, (document) => {
      writeFileSync(path, "theirs");
      return addSection(document, { type: "profile", name: "a", properties: [] });
    }),
    UserError,
  );
  assert.equal(readFileSync(path, "utf8"), "theirs");
});

test("a file in another encoding is not written (config-18)", async (context) => {
  const folder = temporaryFolder(context);
  const path = join(folder, "config");
  const bytes = Buffer.from("\ufeff[profile a]\nx = 1\n", "utf16le");
  writeFileSync(path, bytes);
  await assert.rejects(
    rewrite(path),
    rejectsWith("~/.aws/config:1: the file is in UTF-16, and AWS clients read UTF-8"),
  );
  assert.deepEqual(readFileSync(path), bytes);
  assert.deepEqual(readdirSync(folder), ["config"]);
});

test("a line that cannot be read stays as it is where another section is written", async (context) => {
  const path = join(temporaryFolder(context), "config");
  writeFileSync(path, "[profile b]\nbare\n[profile a]\nx = 1\n[profile c\n");
  await rewrite(path);
  assert.equal(readFileSync(path, "utf8"), "[profile b]\nbare\n[profile a]\nx = 1\ny = 2\n[profile c\n");
});

test("what is no regular file is never replaced", async (context) => {
  const folder = temporaryFolder(context);
  const path = join(folder, "config");
  mkdirSync(path);
  await assert.rejects(
    rewrite(path),
    rejectsWith("~/.aws/config is not a regular file; nothing was written"),
  );
  if (process.platform === "win32") return;
  execFileSync("mkfifo", [join(folder, "pipe")]);
  const add = (document: Document) => addSection(document, { type: "profile", name: "a", properties: [] });
  for (const other of ["/dev/null", join(folder, "pipe")]) {
    await assert.rejects(
      rewrite(other, add),
      rejectsWith("~/.aws/config is not a regular file; nothing was written"),
    );
    assert.ok(!lstatSync(other).isFile());
  }
});

test("symbolic links in a circle are an error", async (context) => {
  const folder = temporaryFolder(context);
  symlinkSync("b", join(folder, "a"));
  symlinkSync("a", join(folder, "b"));
  await assert.rejects(
    rewrite(join(folder, "a")),
    rejectsWith('could not write "~/.aws/config": its symbolic links lead in a circle; nothing was changed'),
  );
});

test("what a killed run left behind is removed once it is old", async (context) => {
  const folder = temporaryFolder(context);
  const path = join(folder, "config");
  writeFileSync(path, BEFORE);
  for (const name of [
    ".config.aws-as-old.tmp",
    ".config.aws-as-young.tmp",
    ".credentials.aws-as-old.tmp",
    "config.tmp",
  ]) {
    writeFileSync(join(folder, name), "canary");
    if (name.includes("old")) utimesSync(join(folder, name), 1, 1);
  }
  await rewrite(path);
  assert.deepEqual(readdirSync(folder).sort(), [
    ".config.aws-as-young.tmp",
    ".credentials.aws-as-old.tmp",
    "config",
    "config.tmp",
  ]);
});

test("a full disk leaves the file as it was, and no scraps", async (context) => {
  const folder = temporaryFolder(context);
  const mount = spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k", "none", folder], { encoding: "utf8" });
  if (mount.status !== 0) return cannot(context, `a small tmpfs cannot be mounted here: ${mount.stderr}`);
  try {
    const path = join(folder, "config");
    const content = `[profile a]\n${"# 3456789\n".repeat(4000)}`;
    writeFileSync(path, content);
    await assert.rejects(
      rewrite(path),
      rejectsWith('could not write "~/.aws/config": no space left on the disk; nothing was changed'),
    );
    assert.equal(readFileSync(path, "utf8"), content);
    assert.deepEqual(readdirSync(folder), ["config"]);
  } finally {
    execFileSync("umount", [folder]);
  }
});

/** One rewrite by somebody who is not root and so is bound by modes. Undefined when that cannot be had here. */
function asNobody(context: TestContext, path: string): string | undefined {
  const command = [process.execPath, child, "once", path];
  const nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
  const [program = "", ...rest] = isRoot ? [...nobody, ...command] : command;
  const run = spawnSync(program, rest, { encoding: "utf8", env: {} });
  if (run.status === 0) return run.stdout;
  cannot(context, `another user cannot run this program: ${run.error ?? run.stderr}`);
  return undefined;
}

test("a folder that cannot be written to is an error, and the file stays", (context) => {
  const folder = temporaryFolder(context);
  const path = join(folder, "config");
  writeFileSync(path, BEFORE);
  chmodSync(folder, 0o555);
  const said = asNobody(context, path);
  chmodSync(folder, 0o755);
  if (said === undefined) return;
  assert.equal(said, 'UserError: could not write "~/.aws/config": permission denied; nothing was changed\n');
  assert.equal(readFileSync(path, "utf8"), BEFORE);
});

test("a file that cannot be read is an error, and stays", (context) => {
  const folder = temporaryFolder(context);
  const path = join(folder, "config");
  writeFileSync(path, BEFORE);
  chmodSync(folder, 0o777);
  chmodSync(path, 0);
  const said = asNobody(context, path);
  if (said === undefined) return;
  assert.equal(said, 'UserError: could not write "~/.aws/config": permission denied; nothing was changed\n');
  assert.equal(statSync(path).size, BEFORE.length);
});

test("kill -9 at any moment leaves the old content or the new, the mode, and the link", async (context) => {
  const kills = 120;
  const [old, fresh] = contents();
  const one = async (folder: string, count: number): Promise<number> => {
    const path = join(folder, "real");
    const link = join(folder, "config");
    writeFileSync(path, old, { mode: 0o640 });
    symlinkSync("real", link);
    let scraps = 0;
    for (let turn = 0; turn < count; turn += 1) {
      const writer = spawn(process.execPath, [child, "loop", link], {
        stdio: ["ignore", "pipe", "inherit"],
        env: {},
      });
      const gone = once(writer, "exit");
      await once(writer.stdout, "data");
      // The moment of the kill is the one thing here that is left to chance.
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 25));
      writer.kill("SIGKILL");
      assert.deepEqual(await gone, [null, "SIGKILL"]);
      const now = readFileSync(path);
      assert.ok(now.equals(old) || now.equals(fresh), `turn ${turn}: ${now.length} bytes that are neither`);
      assert.equal(readlinkSync(link), "real");
      assert.equal(statSync(path).mode & 0o777, 0o640);
      for (const name of readdirSync(folder).filter((name) => name.endsWith(".tmp"))) {
        scraps += 1;
        assert.ok((statSync(join(folder, name)).mode & 0o017) === 0, "a temporary file is open to others");
        unlinkSync(join(folder, name));
      }
    }
    return scraps;
  };
  const scraps = await Promise.all([
    one(temporaryFolder(context), kills / 2),
    one(temporaryFolder(context), kills / 2),
  ]);
  context.diagnostic(`${kills} kills, ${scraps.reduce((a, b) => a + b)} of them in the middle of a write`);
});

/** Two contents that the child goes back and forth between. */
function contents(): [Buffer, Buffer] {
  let text = "[profile a]\nturn = tick\n";
  for (let index = 0; index < 500; index += 1)
    text += `\n[profile p${index}]\nregion = eu-west-1\n# ${"x".repeat(60)}\n`;
  const old = Buffer.from(text);
  return [old, turned(old)];
}

test("a reader never sees anything but a whole file while it is being rewritten", async (context) => {
  const path = join(temporaryFolder(context), "config");
  const [old, fresh] = contents();
  writeFileSync(path, old);
  const writer = spawn(process.execPath, [child, "loop", path], {
    stdio: ["ignore", "pipe", "inherit"],
    env: {},
  });
  const gone = once(writer, "exit");
  await once(writer.stdout, "data");
  const seen = new Set<string>();
  for (let reads = 0; reads < 3000 || seen.size < 2; reads += 1) {
    const now = readFileSync(path);
    seen.add(now.equals(old) ? "old" : now.equals(fresh) ? "new" : `${now.length} bytes`);
  }
  writer.kill("SIGKILL");
  await gone;
  assert.deepEqual([...seen].sort(), ["new", "old"]);
});
