import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import test from "node:test";
import { one } from "../support/aws/world-of-one.ts";
import { outside } from "../support/aws/world-of-sources.ts";
import { awsClis, withoutAwsCli } from "../support/aws-clis.ts";
import { served, sourceScene } from "../support/source-scene.ts";

/** `aws configure export-credentials` came with 2.9.0; version 1 never had it. */
function canExport(version: string): boolean {
  const [, major = 0, minor = 0] = /(\d+)\.(\d+)/.exec(version)?.map(Number) ?? [];
  return major === 2 && minor >= 9;
}

const clis = awsClis().filter(({ version }) => canExport(version));

test("there is an aws-cli that exports credentials", { skip: withoutAwsCli() }, () => {
  assert.ok(clis.length > 0);
});

for (const { path, version } of clis) {
  test(`a profile served by ${version} configure export-credentials works, keys and sessions`, async (t) => {
    const line = (profile: string) =>
      `[profile by-${profile}]\ncredential_process = ${path} configure export-credentials --format process --profile ${profile}\nregion = eu-west-1\n`;
    const config = `${line("static")}\n${line("temporary")}\n[profile on-top]\nrole_arn = ${outside.roleOnTop}\nsource_profile = by-temporary\nregion = eu-west-1\n`;
    const { fake, home } = await sourceScene(t, config);
    const session = fake.grant(outside.machineRole);
    const keys = (name: string, id: string, secret: string, more = "") =>
      `[${name}]\naws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n${more}\n`;
    const token = `aws_session_token = ${session.sessionToken}\n`;
    writeFileSync(
      home.credentialsFile,
      keys("static", one.accessKeyId, one.secretAccessKey) +
        keys("temporary", session.accessKeyId, session.secretAccessKey, token),
    );
    const run = { env: { AWS_PROFILE: "by-static" } };
    assert.match(String(served(await home.run(["process", "by-static"], run))["AccessKeyId"]), /^ASIA/);
    assert.deepEqual(fake.requests.counts(), { GetSessionToken: 1 });
    served(await home.run(["process", "on-top"], run));
    assert.match(fake.requests.last()?.callerArn ?? "", /:assumed-role\/machine\//);
  });
}
