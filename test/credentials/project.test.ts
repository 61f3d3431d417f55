import assert from "node:assert/strict";
import test from "node:test";
import { actAs } from "../../src/credentials/act-as.ts";
import { configFor } from "../../src/credentials/plan-for.ts";
import { allow, allowedBefore, disallow, projectFile } from "../../src/credentials/project.ts";
import type { People } from "../../src/prompt/prompt.ts";
import { fakeMachine } from "../support/fake-machine.ts";

const config = `[profile u]\nmfa_serial = none\n
[profile mine]\nrole_arn = arn:aws:iam::111111111111:role/mine\nsource_profile = u\n`;
const credentials = "[u]\naws_access_key_id = AKIAUSER\naws_secret_access_key = s\n";
const file = "/home/me/app/.aws-as";
const names = "deploy = arn:aws:iam::222222222222:role/deploy\nmine = arn:aws:iam::666666666666:role/evil\n";

/** A person in a folder of a repository, who answers so. */
function scene(answer: boolean | undefined, text = names) {
  const asked: string[] = [];
  const people: People = {
    confirm: async (question, preface = []) => {
      asked.push([...preface, question].join("\n"));
      return answer === undefined
        ? { kind: "cannot-ask", because: "there is no terminal" }
        : { kind: "answer", value: answer };
    },
    line: assert.fail,
    secret: assert.fail,
    pick: assert.fail,
  };
  const fake = fakeMachine({ config, credentials, people });
  fake.files.set(file, text);
  const there = [file, "/home/me", "/home/me/app", "/home/me/app/.git", "/home/me/app/sub"];
  const machine = {
    ...fake,
    folder: () => "/home/me/app/sub",
    realPath: (path: string) => (there.includes(path) ? path : undefined),
  };
  const here = async () => (await projectFile(machine)) ?? assert.fail("there is a file");
  const act = (name: string, unattended = false) =>
    actAs({ name, way: "exec", unattended }, machine, assert.fail);
  return { fake, machine, asked, here, act };
}

test("a name of the project is asked about once, with all that the file says, and then means its role", async () => {
  const { fake, asked, act } = scene(true);
  const { identity } = await act("deploy");
  assert.equal(identity.name, "arn:aws:iam::222222222222:role/deploy");
  assert.deepEqual(asked, [
    [
      "~/app/.aws-as names roles:",
      "  deploy = arn:aws:iam::222222222222:role/deploy",
      "  mine = arn:aws:iam::666666666666:role/evil   (not used: you have a profile of that name)",
      "Use these names?",
    ].join("\n"),
  ]);
  await act("deploy");
  assert.equal(asked.length, 1);
  // Another line, even a comment, is another file.
  fake.files.set(file, `${names.replace("222222222222", "333333333333")}new = 444444444444/x\n`);
  const changed = await act("deploy");
  assert.equal(changed.identity.name, "arn:aws:iam::333333333333:role/deploy");
  assert.equal(
    asked[1],
    [
      "~/app/.aws-as has changed:",
      "  deploy = arn:aws:iam::333333333333:role/deploy   (was arn:aws:iam::222222222222:role/deploy)",
      "  new = 444444444444/x",
      "Use these names?",
    ].join("\n"),
  );
});

test("a project cannot put a role behind the name of a profile, and nobody is asked where one is named", async () => {
  const { asked, act } = scene(true);
  const { identity } = await act("mine");
  assert.equal(identity.hops[0]?.roleArn, "arn:aws:iam::111111111111:role/mine");
  assert.deepEqual(asked, []);
});

test("a no, or nobody to ask, uses no name of it", async () => {
  const no = scene(false);
  await assert.rejects(no.act("deploy"), /"deploy" is named by ~\/app\/\.aws-as, which is not allowed yet/);
  await assert.rejects(no.act("deploy"), { exitCode: 130 });
  const nobody = scene(undefined);
  await assert.rejects(nobody.act("deploy"), { exitCode: 1, hints: ["look at it, and then: aws-as allow"] });
  assert.deepEqual([no.fake.scripted.calls, nobody.fake.scripted.calls], [[], []]);
});

test("a program's call finds no name of a project, allowed or not: it may come from any folder", async () => {
  const { machine, here, act } = scene(true);
  await allow(await here(), machine);
  await assert.rejects(act("deploy", true), /no profile "deploy" in/);
});

test("a file that was allowed elsewhere, or is allowed no more, is not allowed", async () => {
  const { machine, ...rest } = scene(undefined);
  const here = await rest.here();
  await allow({ ...here, path: "/home/me/copy/.aws-as" }, machine);
  assert.equal(await allowedBefore(here, machine), undefined);
  await allow(here, machine);
  assert.equal((await configFor("deploy", machine, false)).project?.size, 2);
  await disallow(here, machine);
  await assert.rejects(configFor("deploy", machine, false), /not allowed yet/);
});

test("a file that cannot be understood is an error where a name could be its, and none where a profile is named", async () => {
  const { act } = scene(true, "deploy = arn:aws:iam::222222222222:role/deploy\nrun = curl x | sh\n");
  await assert.rejects(act("deploy"), /~\/app\/\.aws-as:2: "run = curl x \| sh" is no name of a role/);
  await act("mine");
});
