import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { one, policy } from "../support/aws/world-of-one.ts";
import { type Desk, makeDesk } from "../support/desk.ts";
import { assertAllPrinted, play, type Scene, worked } from "../support/hint-scenes.ts";
import { signIn } from "../support/shells/scripts.ts";

const second = `arn:aws:iam::${one.account}:mfa/second`;
const gone = `arn:aws:iam::${one.account}:mfa/gone`;
const passkey = `arn:aws:iam::${one.account}:u2f/user/my-user1/key`;

/** The user, as an administrator of the account sees it. */
function userOf({ fake }: Desk) {
  const [user] = fake.world.accounts[0]?.users ?? [];
  if (user === undefined) throw new Error("the world of one has no user");
  return user as { -readonly [K in keyof typeof user]: (typeof user)[K] };
}

/** A second key of the user, in the file key2. */
function secondKey(desk: Desk): void {
  const { id, secret } = desk.fake.makeKey(one.userArn);
  writeFileSync(join(desk.home.path, "key2"), `${id}\n${secret}\n`);
}

const may =
  (...actions: string[]) =>
  (desk: Desk): void => {
    userOf(desk).policies = [policy("Allow", ["sts:*", ...actions])];
  };
const hasDevices =
  (...serials: string[]) =>
  (desk: Desk): void => {
    const secret = one.mfaSecret;
    userOf(desk).mfaDevices = serials.map((serial) =>
      serial === passkey ? { kind: "fido", serial } : { kind: "virtual", serial, secret },
    );
  };

const noDevice = "sed -i /mfa_serial/d ~/.aws/config; rm -rf ~/.aws/aws-as/devices";
const scenes: Readonly<Record<string, readonly Scene[]>> = {
  "a key on its way into the store": [
    {
      once: "cp ~/.aws/credentials plain",
      line: "aws-as keys import my-user1 --force",
      take: /other tools find.*/,
      ends: worked,
    },
    {
      first: secondKey,
      line: "aws-as keys add my-user1 --replace",
      fill: { FILE: "key2" },
      ends: worked,
    },
    {
      once: "tail -n +2 plain | sed 's/.* = //' > key",
      line: "aws-as keys add my-user1 --stdin < key",
      fill: { FILE: "key" },
      code: true,
      ends: worked,
    },
    {
      first: secondKey,
      once: "aws-as login my-user1 --code $CODE",
      line: "aws-as keys rotate my-user1",
      take: /to use that key.*/,
      fill: { FILE: "key2" },
      code: true,
      ends: worked,
    },
    {
      first: secondKey,
      once: "printf '\\n[my-user1]\\naws_access_key_id = %s\\naws_secret_access_key = %s\\n' $(cat key2) >> ~/.aws/credentials",
      line: "aws-as keys import my-user1 --force",
      take: /the key that "my-user1" had.*/,
      ends: worked,
    },
  ],
  "two keys of a user": [
    {
      once: "cp ~/.aws/credentials plain; aws-as keys import my-user1 --force; sed 's/^.my-user1/[copy/' plain >> ~/.aws/credentials",
      line: "aws-as keys rotate my-user1 --dry-run",
    },
    {
      first: secondKey,
      once: "aws-as keys remove copy --yes; aws-as keys add other --stdin < key2; aws-as login my-user1 --code $CODE",
      line: "aws-as keys rotate my-user1",
      take: /(?<=^aws-as: hint: )(if|then) .*/,
      code: true,
      ends: "! aws-as keys list | grep -q other",
    },
    {
      once: "sed -i '/access_key_id/d' ~/.aws/config",
      line: "aws-as keys list",
      take: /no profile names it.*/,
    },
  ],
  "a rotation that stops": [
    {
      line: "aws-as keys import my-user1 --force",
      take: /backups of the file.*/,
      code: true,
      ends: worked,
    },
    {
      first: ({ fake }) => fake.faults.add({ kind: "reset", action: "CreateAccessKey", when: "after" }),
      once: "aws-as login my-user1 --code $CODE",
      line: "aws-as keys rotate my-user1",
      code: true,
      ends: worked,
    },
    {
      first: ({ fake }) => fake.faults.add({ kind: "html", action: "UpdateAccessKey" }),
      once: "aws-as login my-user1 --code $CODE",
      line: "aws-as keys rotate my-user1",
      code: true,
      ends: worked,
    },
    {
      first: may("iam:ListAccessKeys", "iam:CreateAccessKey", "iam:UpdateAccessKey", "iam:ListMFADevices"),
      once: "aws-as login my-user1 --code $CODE",
      line: "aws-as keys rotate my-user1",
      take: /or leave.*/,
      code: true,
      ends: worked,
    },
  ],
  "the devices of a user": [
    { line: `aws-as mfa choose my-user1 ${passkey}` },
    {
      first: hasDevices(),
      once: noDevice,
      line: "aws-as mfa choose my-user1",
      take: /if it shall.*/,
      ends: worked,
    },
    {
      first: hasDevices(one.mfaSerial, second),
      once: noDevice,
      line: "aws-as mfa list my-user1",
      take: /which one is used.*/,
    },
    { once: noDevice, given: "aws-as logout --all 2>/dev/null", line: "aws-as env my-role1" },
    {
      once: `${noDevice}; printf '[aws-as my-user1]\nmfa_serial = ${gone}\n' >> ~/.aws/config`,
      line: "aws-as mfa list my-user1",
      take: /IAM does not list.*/,
    },
    {
      once: `${noDevice}; printf '[aws-as my-user1]\nmfa_serial = ${passkey}\n' >> ~/.aws/config`,
      line: "aws-as env my-role1",
      take: /(?<=^aws-as: hint: )(see which|for what).*/,
    },
    {
      first: may("iam:ListMFADevices"),
      once: "aws-as keys import my-user1 --force; aws-as mfa choose my-user1 none",
      line: "aws-as keys rotate my-user1",
      take: /if IAM demands.*/,
    },
    {
      first: may(),
      once: noDevice,
      line: "aws-as mfa choose my-user1",
      take: /or have it written.*/,
      ends: worked,
    },
  ],
};

for (const [name, all] of Object.entries(scenes)) {
  test(`shells-10, shells-11: hints for ${name} are followed, and change the state`, async (t) => {
    const desk = await makeDesk(t);
    may("iam:*")(desk);
    await signIn(desk);
    for (const scene of all) await play(desk, scene);
  });
}

test("every text that is said to be printed above is", () => {
  assertAllPrinted("test/e2e/hints-keys.test.ts");
});
