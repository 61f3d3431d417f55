import assert from "node:assert/strict";
import test from "node:test";
import { setImmediate } from "node:timers/promises";
import { actAs } from "../../src/credentials/act-as.ts";
import { supplyOf } from "../../src/serving/supply.ts";
import { fakeMachine } from "../support/fake-machine.ts";

const config = `[profile u]\nmfa_serial = none
[profile r]\nrole_arn = arn:aws:iam::111111111111:role/r\nsource_profile = u\n`;
const credentials = "[u]\naws_access_key_id = AKIAUSER\naws_secret_access_key = s\n";

test("a session that cannot be renewed is served to its end, and why is said once", async () => {
  const machine = fakeMachine({ config, credentials });
  const first = await actAs({ name: "r", way: "exec", unattended: true }, machine, assert.fail);
  const warnings: string[] = [];
  const supply = supplyOf(new Map([["r", first]]), "exec", machine, (message) => warnings.push(message));
  machine.files.set("/home/me/.aws/credentials", "");
  const end = first.session.expiresAt;
  const before = async (milliseconds: number) => {
    machine.clock.advance(end - milliseconds - machine.clock.now());
    const { session } = await supply.credentialsOf("r");
    for (let turns = 0; turns < 50; turns += 1) await setImmediate();
    return session.credentials.accessKeyId;
  };
  const key = first.session.credentials.accessKeyId;
  assert.equal(await before(30 * 60_000), key);
  assert.deepEqual(warnings, [], "nothing is due");
  assert.equal(await before(4 * 60_000), key);
  assert.equal(await before(2 * 60_000), key);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? "", /^could not renew "r": .*; to do it by hand: aws-as login r$/);
  await assert.rejects(before(0), /"u"/);
});
