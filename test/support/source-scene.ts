import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { type FakeAws, startFakeAws } from "./aws/fake-aws.ts";
import { worldOfSources } from "./aws/world-of-sources.ts";
import { foundOnDisk, holdsSecret } from "./canary.ts";
import { type Home, makeHome, type Run } from "./home.ts";

export { refused, served } from "./sso-scene.ts";

/** A person, or a machine, whose credentials come from somewhere else, and the AWS that knows them. Ends with the test. */
export async function sourceScene(
  t: TestContext,
  config: string,
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<{ fake: FakeAws; home: Home }> {
  const fake = await startFakeAws({
    world: worldOfSources(),
    // Tests look at a later time than the fake's.
    rules: { skewSeconds: Number.POSITIVE_INFINITY },
  });
  t.after(() => fake.close());
  const home = makeHome({ url: fake.url, config, credentials: "", env });
  t.after(() => home.remove());
  return { fake, home };
}

/** Runs `process NAME` so many times at once. */
export function crowdOf(home: Home, name: string, count: number): Promise<Run[]> {
  return Promise.all(Array.from({ length: count }, () => home.run(["process", name])));
}

/** Asserts that all were served, and answers the access key ids that they got. */
export function keysOf(runs: readonly Run[]): Set<string> {
  for (const run of runs) assert.deepEqual([run.status, run.stderr], [0, ""]);
  return new Set(runs.map(({ stdout }) => String(JSON.parse(stdout).AccessKeyId)));
}

/** Asserts that no run said a secret, but for the document on standard output, and that none lies on the disk. */
export function assertHidden(
  home: Home,
  secrets: readonly string[],
  runs: readonly Run[],
  except: readonly string[] = [],
): void {
  for (const secret of secrets) {
    for (const { status, stdout, stderr } of runs) {
      const texts = status === 0 ? stderr : stdout + stderr;
      assert.ok(!holdsSecret(Buffer.from(texts), secret), texts);
    }
    assert.deepEqual(foundOnDisk(home.path, secret, except), []);
  }
}
