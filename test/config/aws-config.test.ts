import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import fc from "fast-check";
import { type AwsConfig, loadConfig, mergeDocuments, readConfigFile } from "../../src/config/aws-config.ts";
import { parseDocument } from "../../src/config/files/document.ts";
import type { FileKind } from "../../src/config/files/lines.ts";
import type { Section } from "../../src/config/resolve/identity.ts";
import { UserError } from "../../src/system/user-error.ts";
import { arbitraryConfigText } from "./files/arbitrary-config.ts";
import { awsConfig } from "./files/config-text.ts";

function values(section: Section | undefined): Record<string, string> | undefined {
  return section && Object.fromEntries([...section.properties].map(([name, { value }]) => [name, value]));
}

test("rule 6: each kind of section is found under its name, ours with its settings", () => {
  const config = awsConfig(
    "[default]\na = 1\n[profile p]\na = 2\n[sso-session p]\na = 3\n[services p]\na = 4\n[aws-as p]\na = 5\n[aws-as]\na = 6\n[else p]\na = 7",
  );
  assert.deepEqual(
    [
      config.profiles.get("default"),
      config.profiles.get("p"),
      config.ssoSessions.get("p"),
      config.services.get("p"),
      config.ours.get("p"),
      config.settings,
    ].map(values),
    [{ a: "1" }, { a: "2" }, { a: "3" }, { a: "4" }, { a: "5" }, { a: "6" }],
  );
});

test("rule 7: [profile NAME] in the credentials file makes no profile", () => {
  const config = awsConfig("", "[profile p]\na = 1\n[q]\na = 2");
  assert.deepEqual([...config.profiles.keys()], ["q"]);
});

for (const [where, text] of [
  ["behind", "[default]\na = 1\nb = 1\n[profile default]\na = 2"],
  ["before", "[profile default]\na = 2\n[default]\na = 1\nb = 1"],
  ["between", "[default]\nb = 1\n[profile default]\na = 2\n[default]\nb = 3"],
] as const) {
  test(`rule 10: [profile default] ${where} [default] drops its properties`, () => {
    assert.deepEqual(values(awsConfig(text).profiles.get("default")), { a: "2" });
  });
}

test("rule 10: the credentials file's [default] still merges with [profile default]", () => {
  const config = awsConfig("[default]\nz = 0\n[profile default]\na = 1", "[default]\nb = 2");
  assert.deepEqual(values(config.profiles.get("default")), { a: "1", b: "2" });
});

test("rule 11: sections of one name merge, later wins, and the credentials file wins per property", () => {
  const config = awsConfig(
    "[profile p]\na = 1\nb = 1\n[profile q]\n[profile p]\nb = 2\nc = 2",
    "[p]\nc = 3\nd = 3\n[p]\nd = 4",
  );
  assert.deepEqual(values(config.profiles.get("p")), { a: "1", b: "2", c: "3", d: "4" });
  assert.deepEqual(config.profiles.get("p")?.position, { file: "~/.aws/config", line: 1 });
  assert.deepEqual(config.profiles.get("p")?.properties.get("c")?.position, {
    file: "~/.aws/credentials",
    line: 2,
  });
  assert.deepEqual(config.profiles.get("p")?.properties.get("b")?.position, {
    file: "~/.aws/config",
    line: 6,
  });
});

test("rule 12: an empty section is a profile without properties", () => {
  assert.deepEqual(values(awsConfig("[profile p]").profiles.get("p")), {});
});

test("rule 14: a name with white space inside is no property", () => {
  assert.deepEqual(values(awsConfig("[profile p]\na b = 1\nA = 2").profiles.get("p")), { a: "2" });
});

test("rule 18: of a name said twice the last counts, and its line", () => {
  const property = awsConfig("[profile p]\na = 1\nA = 2\n").profiles.get("p")?.properties.get("a");
  assert.deepEqual(property, { value: "2", position: { file: "~/.aws/config", line: 3 } });
});

test("names such as __proto__ are names like others", () => {
  const config = awsConfig("[profile __proto__]\n__proto__ = 1\n[profile constructor]");
  assert.deepEqual([...config.profiles.keys()], ["__proto__", "constructor"]);
  assert.equal(config.profiles.get("__proto__")?.properties.get("__proto__")?.value, "1");
});

test("a missing file is an empty one", async () => {
  const config = await loadConfig(
    { config: "/nowhere/config", credentials: "/nowhere/credentials" },
    readConfigFile,
  );
  assert.equal(config.profiles.size, 0);
});

test("a file that cannot be read is an error with its path and the reason", async () => {
  const folder = mkdtempSync(join(tmpdir(), "aws-as-config-"));
  try {
    writeFileSync(join(folder, "file"), "");
    const files = (config: string) => ({ config, credentials: join(folder, "none") });
    await assert.rejects(
      loadConfig(files(folder), readConfigFile, () => "~/.aws/config"),
      new UserError('could not read "~/.aws/config": it is a folder', {
        cause: new Error("EISDIR: illegal operation on a directory, read"),
      }),
    );
    // Windows calls that a file that is not there.
    if (process.platform !== "win32") {
      await assert.rejects(
        loadConfig(files(join(folder, "file", "config")), readConfigFile),
        /something on its path is not a folder/,
      );
    }
    const denied = Object.assign(new Error("EACCES"), { code: "EACCES" });
    await assert.rejects(
      loadConfig(files("x"), () => Promise.reject(denied)),
      (error) =>
        error instanceof UserError &&
        error.message === 'could not read "x": permission denied' &&
        error.cause === denied,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** Both files as text, read as the program reads them. */
function load(config: string, credentials = "") {
  return loadConfig(
    { config: "/h/a", credentials: "/h/b" },
    async (path) => Buffer.from(path === "/h/b" ? credentials : config),
    (path) => path.replace("/h", "~"),
  );
}

test("an error in the credentials file names that file as it is shown", async () => {
  const { strayLines } = await load("", "x");
  assert.deepEqual(
    strayLines.map(({ message }) => message),
    ["~/b:1: a property before the first section"],
  );
});

test("a line that cannot be read spoils its profile in either file, and no other profile", async () => {
  const { profiles } = await load("[profile a]\nword\n[profile b]\nx = 1\n", "[b]\ny = 2\n[c]\nword\n[a]\n");
  assert.deepEqual(
    [...profiles.values()].map(({ name, error }) => [name, error?.message]),
    [
      ["a", '~/a:2: a line without "=" (not shown: it may hold a secret)'],
      ["b", undefined],
      ["c", '~/b:4: a line without "=" (not shown: it may hold a secret)'],
    ],
  );
});

test("a line that cannot be read in [aws-as] is an error for all: it may have named the store", async () => {
  await assert.rejects(load("[profile a]\nx = 1\n[aws-as]\nstore pass\n"), {
    message: '~/a:4: a line without "=" (not shown: it may hold a secret)',
  });
});

test("a section that is looked up says what it says when both files are read as a whole, whatever the files", async () => {
  const names = ["default", "a", "b", "c", "q", "q r", "s", "aws-as", "nobody", "__proto__", ""];
  const plain = (section: Section | undefined) =>
    section && [section.name, [...section.properties], section.position, section.error?.message];
  let lookedUp = 0;
  await fc.assert(
    fc.asyncProperty(arbitraryConfigText, arbitraryConfigText, async (config, credentials) => {
      const load = () =>
        loadConfig({ config: "config", credentials: "credentials" }, async (path) =>
          path === "config" ? config : credentials,
        );
      let whole: AwsConfig;
      try {
        const parse = (bytes: Buffer, kind: FileKind) => parseDocument(bytes, kind, kind);
        whole = mergeDocuments(parse(config, "config"), parse(credentials, "credentials"));
        if (whole.settings?.error) throw whole.settings.error;
      } catch (error) {
        await assert.rejects(load(), { message: (error as Error).message });
        return;
      }
      const found = await load();
      if (!(found.profiles instanceof Map)) lookedUp += 1;
      assert.deepEqual(plain(found.settings), plain(whole.settings));
      for (const kind of ["profiles", "ours", "services", "ssoSessions"] as const) {
        for (const name of names)
          assert.deepEqual([name, plain(found[kind].get(name))], [name, plain(whole[kind].get(name))]);
        assert.deepEqual([...found[kind].keys()], [...whole[kind].keys()]);
      }
      assert.deepEqual([found.unread, found.strayLines], [whole.unread, whole.strayLines]);
    }),
    { numRuns: 1000 },
  );
  assert.ok(lookedUp > 200, `only ${lookedUp} of 1000 were looked up`);
});

test("one profile of thousands is read without the others", async () => {
  const others = Array.from({ length: 2000 }, (_, number) => `[profile r${number}]\nx = 1\n`).join("");
  const file = Buffer.from(`[profile a]\nx = 1\n[profile b]\nbare\n${others}[profile a]\ny = 2\n`);
  const { profiles } = await loadConfig({ config: "config", credentials: "none" }, async (path) =>
    path === "config" ? file : undefined,
  );
  assert.ok(!(profiles instanceof Map));
  assert.deepEqual([...(profiles.get("a")?.properties.keys() ?? [])], ["x", "y"]);
  assert.equal(profiles.get("a")?.properties.get("y")?.position.line, 4006);
  assert.equal(profiles.get("b")?.error?.at?.line, 4);
  assert.equal(profiles.size, 2002);
});
