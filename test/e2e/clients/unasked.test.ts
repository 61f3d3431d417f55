/** Clients whose process fails: how soon, and which words the person sees. */
import assert from "node:assert/strict";
import test from "node:test";
import { one, trust } from "../../support/aws/world-of-one.ts";
import { assertTells } from "../../support/clients/asserts.ts";
import { type ClientDesk, makeClientDesk } from "../../support/clients/client-desk.ts";
import { announceMissing, findClients } from "../../support/clients/clients.ts";
import { keyringSkip } from "../../support/keyring.ts";
import { withoutPty } from "../../support/pty.ts";

/** Milliseconds for a client to fail in: a second or two, on a machine that is busy with other tests. */
const soon = 15_000;

const skip = keyringSkip();

const unasked = (why: string) =>
  `aws-as: error: "role1" needs an MFA code, and there is no way to ask for one: ${why}\n` +
  "aws-as: hint: start a session in a terminal first: aws-as login role1";

/** What may be wrong, how it comes about, and what aws-as says. */
const troubles: readonly {
  readonly what: string;
  readonly words: string;
  /** Answers variables for the client. */
  cause(desk: ClientDesk): Promise<Record<string, string>> | Record<string, string>;
}[] = [
  {
    what: "there is nobody to ask",
    words: unasked("there is no terminal"),
    cause: () => ({}),
  },
  {
    what: "AWS denies the role",
    words:
      `aws-as: error: AWS denied sts:AssumeRole on arn:aws:iam::${one.account}:role/role1: ` +
      `User: ${one.userArn} is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::${one.account}:role/role1`,
    cause: ({ fake }) => {
      const role = fake.world.accounts[0]?.roles.find(({ name }) => name === "role1");
      if (role) role.trust = trust({ principals: [one.otherAccount] });
      return { AWS_AS_MFA_CODE: fake.code(one.mfaSerial) };
    },
  },
  {
    what: "the keychain is locked",
    words:
      "aws-as: error: the keychain is locked (no display to ask on)\n" +
      "aws-as: hint: unlock the keyring on the desktop (seahorse), and try again",
    cause: async ({ keyring }) => {
      await keyring.lock();
      return {};
    },
  },
  {
    what: "the profile of the key is gone",
    words:
      'aws-as: error: ~/.aws/config:14: profile "role1" names "my-user2" as source_profile, and there is no such profile\n' +
      'aws-as: hint: did you mean "my-user1"?',
    cause: ({ home }) => {
      home.writeConfig(home.config().replace("source_profile = my-user1", "source_profile = my-user2"));
      return {};
    },
  },
];

announceMissing(test);

for (const { what, words, cause } of troubles) {
  test(`clients fail at once, and show why: ${what}`, { skip }, async (t) => {
    const desk = await makeClientDesk(t);
    const env = await cause(desk);
    for (const client of findClients()) {
      await t.test(`${client.name}${client.hides ? ", which hides why" : ""}`, async (t) => {
        const before = desk.runs().length;
        const run = await desk.alone(client, "role1", env);
        t.diagnostic(`after ${Math.round(run.milliseconds)} ms`);
        assert.notEqual(run.status, 0);
        assert.equal(run.stdout, "");
        assertTells(run.stderr, client.failure(words, 1));
        if (client.hides) assert.doesNotMatch(run.stderr, /aws-as: /);
        assert.ok(run.milliseconds < soon, `it took ${run.milliseconds} ms`);
        assert.equal(desk.runs().length - before, client.runs.failing);
      });
    }
    assert.ok((desk.fake.requests.counts()["GetSessionToken"] ?? 0) <= 1);
    // A denied role has AWS asked once for the user's name, for the session name.
    assert.ok(
      (desk.fake.requests.counts()["GetCallerIdentity"] ?? 0) <= (what === "AWS denies the role" ? 1 : 0),
    );
  });
}

test("clients in the background are not stopped, and fail at once", {
  skip: skip || withoutPty(),
}, async (t) => {
  const desk = await makeClientDesk(t);
  for (const client of findClients()) {
    await t.test(client.name, async (t) => {
      const before = desk.runs().length;
      const shell = await desk.shell(client);
      const began = performance.now();
      // A job that was stopped would be waited for until the test gives up.
      const jobs = await shell.run("who-is role1 & wait; jobs -l");
      t.diagnostic(`after ${Math.round(performance.now() - began)} ms`);
      assert.doesNotMatch(jobs, /Stopped/);
      assertTells(shell.output(), client.failure(unasked("this is a background job"), 1));
      assert.equal(await shell.run("jobs"), "");
      assert.equal(desk.runs().length - before, client.runs.failing);
    });
  }
  assert.deepEqual(desk.fake.requests.counts(), {});
});
