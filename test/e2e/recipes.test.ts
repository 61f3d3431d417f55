/** The recipes of docs/clients.md, word for word. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { delimiter, join, resolve } from "node:path";
import test from "node:test";
import { makeCertificate, withoutOpenssl } from "../support/aws/certificate.ts";
import { one } from "../support/aws/world-of-one.ts";
import { outside } from "../support/aws/world-of-sources.ts";
import { awsClis } from "../support/aws-clis.ts";
import { makeDesk } from "../support/desk.ts";
import { ended, type Home } from "../support/home.ts";
import { programsOnPath } from "../support/installed.ts";
import { served, sourceScene } from "../support/source-scene.ts";

const document = readFileSync(resolve(import.meta.dirname, "../../../docs/clients.md"), "utf8");

/** The blocks of a language below a heading. */
function blocks(heading: string, language: string): string[] {
  const [, below = ""] = document.split(`\n## ${heading}\n`);
  const [section = ""] = below.split("\n## ");
  const found = [...section.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, "g"))];
  assert.ok(found.length > 0, `docs/clients.md has no ${language} below "${heading}"`);
  return found.map(([, text = ""]) => text);
}

/** Puts a program that says what the real one documents on the PATH of a home. */
function standIn(home: Home, name: string, script: string): void {
  const bin = join(home.path, "stand-ins");
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, name), `#!/bin/sh\necho "$*" >> "$HOME/calls"\n${script}\n`, { mode: 0o755 });
  home.env["PATH"] = `${bin}${delimiter}${home.env["PATH"]}`;
}

const calls = (home: Home) => readFileSync(join(home.path, "calls"), "utf8").trim().split("\n");

test("1Password: the code, and the key too", async (t) => {
  const [codes = "", keys = ""] = blocks("1Password", "ini");
  const { fake, home } = await sourceScene(t, `${keys}\n${codes}`);
  standIn(
    home,
    "op",
    `case $* in
      "item get my-user1 --otp") echo ${fake.code(one.mfaSerial)} ;;
      "read op://Private/my-user1/id") echo ${one.accessKeyId} ;;
      "read op://Private/my-user1/secret") echo ${one.secretAccessKey} ;;
      *) exit 1 ;;
    esac`,
  );
  const another = /\[profile my-role1\][^[]*/.exec(keys)?.[0].replaceAll("my-role1", "my-role2");
  home.writeConfig(`${home.config()}\n${another}`);
  served(await home.run(["process", "my-role1"]));
  served(await home.run(["process", "my-role1"]));
  served(await home.run(["process", "my-role2"]));
  assert.equal(calls(home).length, 3, "two parts of the key, and one code");
  assert.deepEqual(fake.requests.counts(), { GetSessionToken: 1, AssumeRole: 2 });
});

test("Roles Anywhere: the helper's session is shared, and roles stand on it", async (t) => {
  const [config = ""] = blocks("IAM Roles Anywhere", "ini");
  const { fake, home } = await sourceScene(t, config);
  const session = fake.grant(outside.machineRole, 3600);
  const answer = {
    Version: 1,
    AccessKeyId: session.accessKeyId,
    SecretAccessKey: session.secretAccessKey,
    SessionToken: session.sessionToken,
    Expiration: new Date(session.expiresAt).toISOString(),
  };
  standIn(home, "aws_signing_helper", `echo '${JSON.stringify(answer)}'`);
  served(await home.run(["process", "my-role"]));
  served(await home.run(["process", "my-server"]));
  served(await home.run(["process", "my-role"]));
  const [only, ...others] = calls(home);
  assert.match(only ?? "", /^credential-process --certificate /);
  assert.deepEqual(others, []);
});

test("docker: --env-file gets the role's variables, and no other line", async (t) => {
  const recipe = /docker run --env-file (<\(aws-as env my-role --format dotenv\)) …/.exec(document);
  assert.ok(recipe);
  const desk = await makeDesk(t);
  const env = { ...desk.env, AWS_AS_MFA_CODE: desk.fake.code(one.mfaSerial) };
  const line = (recipe[1] ?? "").replace("my-role", "my-role1");
  const run = await ended(spawn("bash", ["-c", `cat ${line}`], { env, stdio: ["ignore", "pipe", "pipe"] }));
  const text = run.stdout;
  // Docker reads NAME=value lines, and takes quotes for a part of the value.
  for (const each of text.trim().split("\n")) assert.match(each, /^AWS_[A-Z_]+=[^"']*$/);
  assert.match(text, /^AWS_SESSION_TOKEN=./m);
});

test("kubectl gets its token as the role, by the kubeconfig that aws-cli writes", {
  skip: withoutOpenssl,
}, async (t) => {
  const [kubectl] = programsOnPath("kubectl");
  const [aws] = awsClis();
  if (kubectl === undefined || aws === undefined) return t.skip("NOT TESTED: no kubectl, or no aws-cli");
  const desk = await makeDesk(t, { aws });
  const tokens: (string | undefined)[] = [];
  const certificate = await makeCertificate();
  t.after(() => certificate.remove());
  const server = createServer(certificate, (request, response) => {
    tokens.push(request.headers.authorization);
    response.setHeader("content-type", "application/json");
    response.end('{"kind":"APIVersions","versions":["v1"]}');
  }).listen(0, "127.0.0.1");
  t.after(() => server.close());
  await new Promise((ready) => server.once("listening", ready));
  const { port } = server.address() as AddressInfo;
  // What `aws eks update-kubeconfig --name my-cluster --profile as-my-role1` writes.
  const user = {
    exec: {
      apiVersion: "client.authentication.k8s.io/v1beta1",
      command: "aws",
      args: ["--region", "eu-west-1", "eks", "get-token", "--cluster-name", "my-cluster", "--output", "json"],
      env: [{ name: "AWS_PROFILE", value: "as-my-role1" }],
      interactiveMode: "IfAvailable",
    },
  };
  const kubeconfig = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": "c",
    clusters: [
      {
        name: "c",
        cluster: { server: `https://127.0.0.1:${port}`, "certificate-authority": certificate.caFile },
      },
    ],
    users: [{ name: "u", user }],
    contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
  };
  writeFileSync(join(desk.home.path, "kubeconfig"), JSON.stringify(kubeconfig));
  const env = {
    ...desk.env,
    KUBECONFIG: join(desk.home.path, "kubeconfig"),
    AWS_AS_MFA_CODE: desk.fake.code(one.mfaSerial),
  };
  const run = await ended(
    spawn(kubectl, ["get", "--raw", "/api"], { env, stdio: ["ignore", "pipe", "pipe"] }),
  );
  assert.equal(run.status, 0, run.stderr);
  assert.match(tokens[0] ?? "", /^Bearer k8s-aws-v1\./);
  assert.deepEqual(desk.fake.requests.counts(), { GetSessionToken: 1, AssumeRole: 1 });
});
