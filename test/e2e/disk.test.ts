import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { configOfFive } from "../support/aws/world-of-five.ts";
import { one } from "../support/aws/world-of-one.ts";
import { assertServed } from "../support/crowd.ts";
import { type DiskHome, homeOnDisk, withoutDisk } from "../support/disk.ts";
import type { Run } from "../support/home.ts";
import { type StoreKind, sceneOfFive, withoutStore } from "../support/scene.ts";

async function diskScene(t: TestContext, store: StoreKind = "file") {
  const { fake, home } = await sceneOfFive(t, store);
  const disk = await homeOnDisk(home);
  t.after(() => disk.remove());
  const code = () => ({ AWS_AS_MFA_CODE: fake.code(one.mfaSerial) });
  return { fake, disk, code };
}

const troubles: [name: string, inWords: RegExp, cause: (disk: DiskHome) => void][] = [
  ["a full disk", /no space left on the disk/, (disk) => disk.fill()],
  ["a read-only home", /the file system is read-only/, (disk) => disk.makeReadOnly()],
];

/** Asserts a failure that says on its first line what is wrong, and nothing on standard output. */
function assertRefused({ status, stdout, stderr }: Run, message: RegExp): void {
  assert.deepEqual([status, stdout], [1, ""], stderr);
  assert.match(stderr.split("\n")[0] ?? "", message);
}

const skip = withoutDisk();

for (const [name, inWords, cause] of troubles) {
  test(`init on ${name} says so and leaves the config as it is`, { skip }, async (t) => {
    const { disk } = await diskScene(t);
    cause(disk);
    const run = await disk.run(["init", "--offline"]);
    assertRefused(run, /^aws-as: error: could not write "?~\/\.aws\/config"?: .*; nothing was changed$/);
    assert.match(run.stderr, inWords);
    assert.equal(disk.config(), configOfFive());
  });

  test(`init --remove on ${name} leaves the config as it is`, { skip }, async (t) => {
    const { disk } = await diskScene(t);
    assert.equal((await disk.run(["init", "--offline"])).status, 0);
    const written = disk.config();
    cause(disk);
    assertRefused(await disk.run(["init", "--remove"]), /^aws-as: error: could not write/);
    assert.equal(disk.config(), written);
  });

  test(`attack-06: on ${name} no code is spent, since no session could be kept`, { skip }, async (t) => {
    const { disk, code, fake } = await diskScene(t);
    cause(disk);
    for (const args of [
      ["login", "my-user1"],
      ["process", "role1"],
      ["env", "role1", "--format", "json"],
    ]) {
      const run = await disk.run(args, code());
      assertRefused(run, /^aws-as: error: cannot (?:write|make)/);
      assert.match(run.stderr, inWords);
      assert.match(run.stderr, /\naws-as: hint: .*set AWS_AS_DIR/);
    }
    assert.deepEqual(fake.requests.counts(), {});
  });

  test(`sessions from before are served on ${name}`, { skip }, async (t) => {
    const { disk, code, fake } = await diskScene(t);
    const login = await disk.run(["login", "role1"], code());
    assert.equal(login.status, 0, login.stderr);
    cause(disk);
    assertServed({ role: "role1", ...(await disk.run(["process", "role1"])) }, fake);
    const { status, stderr } = await disk.run(["env", "role1"]);
    assert.deepEqual([status, stderr], [0, ""]);
    assert.deepEqual(fake.requests.counts(), { GetSessionToken: 1, AssumeRole: 1 });
    // Another role needs AWS, and no code.
    assertServed({ role: "role2", ...(await disk.run(["process", "role2"])) }, fake);
    assert.deepEqual(fake.requests.counts(), { GetSessionToken: 1, AssumeRole: 2 });
  });

  test(`on ${name} and with nobody to ask, process and env say what is wrong`, { skip }, async (t) => {
    const { disk, fake } = await diskScene(t);
    cause(disk);
    for (const args of [
      ["process", "role1"],
      ["env", "role1", "--format", "json"],
    ]) {
      assertRefused(
        await disk.run(args),
        /^aws-as: error: "role1" needs an MFA code, and there is no way to ask/,
      );
    }
    assert.deepEqual(fake.requests.counts(), {});
  });

  test(`with a keychain, ${name} costs no session`, { skip: skip || withoutStore("keychain") }, async (t) => {
    const { disk, code, fake } = await diskScene(t, "keychain");
    cause(disk);
    const login = await disk.run(["login", "role1"], code());
    assert.equal(login.status, 0, login.stderr);
    assertServed({ role: "role1", ...(await disk.run(["process", "role1"])) }, fake);
    assert.deepEqual(fake.requests.counts(), { GetSessionToken: 1, AssumeRole: 1 });
  });
}

test("a disk that was full harms nothing once it has room", { skip }, async (t) => {
  const { disk, code, fake } = await diskScene(t);
  disk.fill();
  assert.equal((await disk.run(["login", "role1"], code())).status, 1);
  assert.equal((await disk.run(["init", "--offline"])).status, 1);
  disk.clear();
  const login = await disk.run(["login", "role1"], code());
  assert.equal(login.status, 0, login.stderr);
  assertServed({ role: "role1", ...(await disk.run(["process", "role1"])) }, fake);
  assert.equal((await disk.run(["init", "--offline"])).status, 0);
});
