import assert from "node:assert/strict";
import test from "node:test";
import { resolveIdentity } from "../../src/config/resolve/resolve.ts";
import { agentIn, marks } from "../../src/credentials/agents.ts";
import { mayHandOut } from "../../src/credentials/may-hand-out.ts";
import { named } from "../../src/credentials/session-form.ts";
import { readConfig } from "../../src/machine/open.ts";
import { fakeMachine } from "../support/fake-machine.ts";

test("each mark names an agent, and another value of a mark with a value none", () => {
  for (const { agent, variable, value } of marks) {
    assert.deepEqual(agentIn({ [variable]: value ?? "x-1" }), { name: agent || "x-1", variable });
    assert.equal(agentIn({ [variable]: "" }), undefined);
    if (value !== undefined) assert.equal(agentIn({ [variable]: "0" }), undefined);
  }
  assert.equal(agentIn({ AI_AGENT: "devin@1 (x)" })?.name, "devin");
  assert.equal(agentIn({ AI_AGENT: "\u001b[31m" })?.name, "agent");
  assert.equal(agentIn({ PATH: "/bin" }), undefined);
});

const config = `[profile u]\nmfa_serial = none
[profile prod]\nrole_arn = arn:aws:iam::111111111111:role/prod\nsource_profile = u
[profile dev]\nrole_arn = arn:aws:iam::111111111111:role/dev\nsource_profile = prod\nrole_session_name = said
[profile web]\nrole_arn = arn:aws:iam::111111111111:role/web\nweb_identity_token_file = /token
`;
const credentials = "[u]\naws_access_key_id = AKIAUSER\naws_secret_access_key = s\n";

async function identity(name: string, more: string) {
  return resolveIdentity(await readConfig(fakeMachine({ config: config + more, credentials })), name);
}

test("agents = no is said for one identity or for all, and a limited one is not meant by what is said of the other", async () => {
  const agent = { name: "codex", variable: "CODEX_THREAD_ID" };
  const verdict = async (name: string, more: string) =>
    mayHandOut({ identity: await identity(name, more), way: "process", isAgreed: true, agent }).kind;
  const one = "[aws-as prod]\nagents = no\n[aws-as prod-ro]\nlimits = prod\npolicy = read-only\n";
  assert.deepEqual(
    await Promise.all(
      ["prod", "prod-ro", "u", "arn:aws:iam::111111111111:role/prod"].map((name) => verdict(name, one)),
    ),
    ["no", "yes", "yes", "no"],
  );
  const all = `[aws-as]\nagents = no\nsource_profile = u\n${one.replace("agents = no", "mfa_serial = none")}agents = yes\n`;
  assert.deepEqual(
    await Promise.all(["prod", "prod-ro", "u", "111111111111/other"].map((name) => verdict(name, all))),
    ["no", "yes", "no", "no"],
  );
  await assert.rejects(
    identity("prod", "[aws-as prod]\nagents = false\n"),
    /agents = false is neither yes nor no/,
  );
  const who = await identity("prod", one);
  assert.equal(mayHandOut({ identity: who, way: "process", isAgreed: false }).kind, "yes", "no agent asks");
  assert.equal(
    mayHandOut({ identity: who, way: "keep", isAgreed: false, agent }).kind,
    "yes",
    "it stays in the store",
  );
});

test("a form makes session names; what is not there goes with the sign that joins it", async () => {
  const at = { file: "f", line: 1 };
  const names = async (name: string, more: string, agent?: string, general?: string) => {
    const form = general === undefined ? undefined : { value: general, position: at };
    const { root, hops } = named(await identity(name, more), form, { user: "me", agent });
    const own = root.kind === "web-identity" ? [root.sessionName] : [];
    return [...own, ...hops.map(({ roleSessionName }) => roleSessionName)].join(" ");
  };
  const of = (form: string, agent?: string) =>
    names("prod", `[aws-as prod]\nsession_name = ${form}\n`, agent);
  assert.equal(await of("{user}-{agent}", "codex"), "me-codex");
  assert.equal(await of("{user}-{agent}"), "me");
  assert.equal(await of("{agent}.{user}", "codex"), "codex.me");
  assert.equal(await of("{agent}.{user}"), "me");
  assert.equal(await of("{agent}"), "", "nothing is left: the name is the usual one");
  assert.equal(await of("ci-{user}@{agent}-x", "pi"), "ci-me@pi-x");
  await assert.rejects(of("{host}"), /has \{host\}; there are \{user\} and \{agent\}/);
  await assert.rejects(of("{user}/x"), /gives "me\/x", and AWS takes 2 to 64/);
  await assert.rejects(of(`${"x".repeat(60)}-{user}-{agent}`, "codex"), /2 to 64/);

  // What the profile says counts before what is said for all, and after its own section.
  assert.equal(await names("dev", "", "codex", "{user}-{agent}"), "me-codex said");
  assert.equal(await names("dev", "[aws-as dev]\nsession_name = d-{agent}\n", "codex"), " d-codex");
  assert.equal(await names("web", "", "codex", "{user}-{agent}"), "me-codex");
  assert.equal(await names("web", "[aws-as web]\nsession_name = w-{agent}\n", "codex"), "w-codex");
  const limited = "[aws-as ro]\nlimits = dev\npolicy = read-only\nsession_name = ro-{agent}\n";
  assert.equal(await names("ro", limited, "codex"), " ro-codex");
});
