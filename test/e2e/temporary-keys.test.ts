/** Profiles whose temporary keys another program keeps up to date: saml2aws, gimme-aws-creds, okta-aws-cli, aws-mfa. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import test, { type TestContext } from "node:test";
import { startFakeAws } from "../support/aws/fake-aws.ts";
import { one, worldOfOne } from "../support/aws/world-of-one.ts";
import { makeHome } from "../support/home.ts";

const hour = 3_600_000;

/** `saml` with keys of my-role1 that another program wrote, as role my-role3 wants them, and no store to keep anything in. */
async function scene(t: TestContext, env: Readonly<Record<string, string | undefined>> = {}) {
  const fake = await startFakeAws({ world: worldOfOne() });
  t.after(() => fake.close());
  const home = makeHome({
    url: fake.url,
    config: `[profile target]\nrole_arn = ${one.role3}\nsource_profile = saml\n`,
    env,
  });
  t.after(() => home.remove());
  /** What such a program writes; answers the id of the key. */
  const write = (end: string) => {
    const { accessKeyId, secretAccessKey, sessionToken } = fake.grant(one.role1);
    writeFileSync(
      home.credentialsFile,
      `[saml]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\naws_session_token = ${sessionToken}\n${end}\n`,
    );
    return accessKeyId;
  };
  return { fake, home, write };
}

for (const [program, line] of [
  ["saml2aws", (end: Date) => `x_security_token_expires = ${end.toISOString().slice(0, 19)}+00:00`],
  ["okta-aws-cli", (end: Date) => `aws_session_token_expiration = ${end.toISOString()}`],
  ["gimme-aws-creds", (end: Date) => `aws_credential_expiration = ${end.toISOString().slice(0, 19)}+0000`],
  ["aws-mfa", (end: Date) => `expiration = ${end.toISOString().slice(0, 19).replace("T", " ")}`],
] as const) {
  test(`credentials-06: temporary keys are served with the end that ${program} notes`, async (t) => {
    // No store is needed: the file is the only place that they are in.
    const { fake, home, write } = await scene(t, { AWS_AS_PASSPHRASE: undefined });
    const end = new Date(Math.floor((Date.now() + hour / 2) / 1000) * 1000);
    const id = write(line(end));
    const run = await home.run(["process", "saml"]);
    assert.equal(run.status, 0, run.stderr);
    const document = JSON.parse(run.stdout);
    assert.equal(document.AccessKeyId, id);
    assert.equal(Date.parse(document.Expiration), end.getTime());
    assert.match((await home.run(["env", "saml"])).stdout, new RegExp(id));
    assert.deepEqual(fake.requests.counts(), {});
    // A new login is seen at once.
    const next = write(line(end));
    assert.equal(JSON.parse((await home.run(["process", "saml"])).stdout).AccessKeyId, next);
  });
}

test("credentials-06: a role on top goes on as the file does, and doctor finds nothing broken", async (t) => {
  const { fake, home, write } = await scene(t);
  const end = `x_security_token_expires = ${new Date(Date.now() + hour).toISOString()}`;
  write(end);
  for (const calls of [1, 1]) {
    const run = await home.run(["process", "target"]);
    assert.equal(run.status, 0, run.stderr);
    assert.equal(fake.requests.counts()["AssumeRole"], calls);
  }
  write(end);
  assert.equal((await home.run(["process", "target"])).status, 0);
  assert.equal(fake.requests.counts()["AssumeRole"], 2);
  const findings = JSON.parse((await home.run(["doctor", "--offline", "--json"])).stdout).findings;
  assert.deepEqual(
    findings.filter(({ severity }: { severity: string }) => severity === "broken"),
    [],
  );
  assert.match(
    (await home.run(["explain", "saml"])).stdout,
    /temporary key …\w{4}, kept up to date by another program/,
  );
  assert.match((await home.run(["init", "saml"])).stderr, /added profile as-saml/);
});

test("credentials-06: keys that have ended name their profile and file", async (t) => {
  const { fake, home, write } = await scene(t);
  write(`x_security_token_expires = ${new Date(Date.now() - hour).toISOString()}`);
  for (const name of ["saml", "target"]) {
    const run = await home.run(["process", name]);
    assert.equal(
      run.stderr,
      'aws-as: error: the credentials that profile "saml" gives have expired (~/.aws/credentials:2)\n' +
        "aws-as: hint: renew them where they come from\n",
    );
  }
  assert.deepEqual(fake.requests.counts(), {});
  // Where no line says the end, AWS does.
  for (const end of ["", `expiration = ${new Date(Date.now() + hour).toISOString()}`]) {
    write(end);
    fake.revoke(one.role1);
    const run = await home.run(["process", "target"]);
    assert.match(
      run.stderr,
      /^aws-as: error: the credentials of profile "saml" \(~\/\.aws\/credentials:2\) have ended: /,
    );
  }
});

test("credentials-06: keys whose end no line says get no generated profile, and are not broken", async (t) => {
  const { home, write } = await scene(t);
  write("");
  const run = await home.run(["init"]);
  assert.match(run.stderr, /left out "saml": profile "saml" holds temporary credentials/);
  assert.doesNotMatch(home.config(), /as-saml/);
  const doctor = await home.run(["doctor", "--offline", "--json"]);
  const found = JSON.parse(doctor.stdout).findings.find(({ id }: { id: string }) => id === "temporary-keys");
  assert.equal(found?.severity, "note", doctor.stdout);
});
