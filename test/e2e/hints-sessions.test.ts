import test from "node:test";
import { one, trust } from "../support/aws/world-of-one.ts";
import { type Desk, makeDesk } from "../support/desk.ts";
import { assertAllPrinted, play, type Scene } from "../support/hint-scenes.ts";

/** The clock of AWS beside ours. */
const at =
  (minutes: number) =>
  ({ fake }: Desk): void =>
    fake.setClock(Date.now() + minutes * 60_000);

/** The role takes no code that is older than a quarter of an hour. */
function demandsRecentCode(desk: Desk): void {
  const role = desk.fake.world.accounts[0]?.roles.find(({ name }) => name === "my-role2");
  Object.assign(role ?? {}, { trust: trust({ principals: [one.userArn], mfa: true, maxMfaAge: 900 }) });
  at(0)(desk);
}

/** Whoever serves goes on in the background, and is waited for until it serves, or has ended. */
const serving =
  'aws-as() { command aws-as "$@" >told 2>&1 & until grep -q "serving\\|error" told; do sleep 0.05; done; }';

const scenes: readonly Scene[] = [
  {
    // A session of an hour has less than a minute left.
    first: at(-59.1),
    once: "aws-as login my-user1 --code $CODE",
    line: "aws-as env my-role2",
    take: /is the clock of.*/,
    code: true,
  },
  {
    first: demandsRecentCode,
    line: "aws-as env my-role2",
    take: /the MFA code is.*/,
    code: true,
  },
  {
    given: serving,
    line: "aws-as serve --socket s my-role2; command aws-as process --socket s my-role1; status=$?; kill $!; wait; (exit $status)",
    take: /it must be named where.*/,
    fill: { PATH: "t" },
    ends: "command aws-as process --socket t my-role1 | grep -q Version; status=$?; kill $!; wait; (exit $status)",
  },
  { line: "aws-as doctor --offline", take: /(?<=^ {2}fix: )aws-as doctor(?= )/ },
  {
    once: "printf '\\n[profile a\"b]\\nregion = eu-west-1\\n' >> ~/.aws/config",
    line: "aws-as list",
    take: /\S+ .* not read .*/,
  },
];

test("shells-10, shells-11: hints about sessions are followed, and change the state", async (t) => {
  const desk = await makeDesk(t);
  for (const scene of scenes) await play(desk, scene);
  assertAllPrinted("test/e2e/hints-sessions.test.ts");
});
