import assert from "node:assert/strict";
import { createHash, generateKeyPairSync } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { type FakeAws, startFakeAws } from "./aws/fake-aws.ts";
import { startUrl } from "./aws/sign-in.ts";
import { one } from "./aws/world-of-one.ts";
import { assignedRoles, configOfSso, worldOfSso } from "./aws/world-of-sso.ts";
import { type Home, makeHome, type Run } from "./home.ts";
import { keychainEnvironment, type StoreKind } from "./scene.ts";

/** A person who comes by IAM Identity Center or `aws login`, signed in to neither yet, and the AWS that knows them. */
export interface SsoScene {
  readonly fake: FakeAws;
  readonly home: Home;
  /** The files that aws-cli keeps tokens in. */
  readonly files: { readonly session: string; readonly legacy: string; readonly login: string };
  /** Signs in, as if by `aws sso login --sso-session corp` a while ago. */
  signIn(options?: { refreshable?: boolean; seconds?: number }): Record<string, unknown>;
  /** Signs in, as if by `aws login --profile console`. */
  logIn(seconds?: number): void;
  /** Puts an `aws` on the PATH that says to be this version; answers the environment with it. */
  awsStub(version: string, script: string): Record<string, string>;
}

/**
 * Makes it, and clears it away after the test. With `hosts`, the fake speaks TLS under these names, and nothing in the
 * environment says where it is.
 */
export async function ssoScene(
  t: TestContext,
  { hosts, store = "file" }: { readonly hosts?: readonly string[]; readonly store?: StoreKind } = {},
): Promise<SsoScene> {
  const env = store === "keychain" ? await keychainEnvironment(t) : {};
  const fake = await startFakeAws({
    world: worldOfSso(),
    rules: { skewSeconds: Number.POSITIVE_INFINITY },
    ...(hosts === undefined ? {} : { https: true, hosts }),
  });
  t.after(() => fake.close());
  fake.signIn.assignments = assignedRoles();
  const url = hosts === undefined ? { url: fake.url } : {};
  const home = makeHome({ ...url, config: configOfSso(), credentials: "", env });
  t.after(() => home.remove());
  const cache = join(home.path, ".aws", "sso", "cache");
  const sha1 = (text: string) => createHash("sha1").update(text).digest("hex");
  const files = {
    session: join(cache, `${sha1("corp")}.json`),
    legacy: join(cache, `${sha1(startUrl)}.json`),
    login: join(
      home.path,
      ".aws/login/cache",
      `${createHash("sha256").update(one.userArn).digest("hex")}.json`,
    ),
  };
  return {
    fake,
    home,
    files,
    signIn: (options) => {
      const token = fake.signIn.signIn(options);
      put(files.session, token);
      put(files.legacy, token);
      return token;
    },
    logIn: (seconds) => put(files.login, fake.signIn.logIn(one.userArn, newLoginKey(), seconds)),
    awsStub: (version, script) => {
      const bin = join(home.path, `aws-${version}`);
      mkdirSync(bin);
      const says = `#!/bin/sh\nif [ "$1" = --version ]; then echo aws-cli/${version} Python/3; exit; fi\n`;
      writeFileSync(join(bin, "aws"), says + script, { mode: 0o755 });
      return { PATH: `${bin}${delimiter}${home.env["PATH"]}` };
    },
  };
}

/** Writes a document as aws-cli does. */
export function put(path: string, document: unknown): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(document), { mode: 0o600 });
}

export const documentIn = (path: string): Record<string, unknown> =>
  existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {};

/** A key as `aws login` makes it: P-256, in SEC 1. */
export function newLoginKey() {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = privateKey.export({ type: "sec1", format: "pem" }).toString();
  return { pem, jwk: publicKey.export({ format: "jwk" }) };
}

/** Asserts success with nothing on standard error, and answers the document. */
export function served(run: Run): Record<string, string> {
  assert.deepEqual([run.status, run.stderr], [0, ""]);
  return JSON.parse(run.stdout) as Record<string, string>;
}

/** Asserts a failure with nothing on standard output, and answers its lines. */
export function refused(run: Run, status = 1): string[] {
  assert.deepEqual([run.status, run.stdout], [status, ""], run.stderr);
  return run.stderr.trimEnd().split("\n");
}

/** Asserts that no secret of AWS's stands in these texts. */
export function assertNoSecrets(fake: FakeAws, ...texts: string[]): void {
  for (const secret of fake.secrets()) {
    if (texts.some((text) => text.includes(secret))) throw new Error(`${secret} is in ${texts.join("\n")}`);
  }
}
