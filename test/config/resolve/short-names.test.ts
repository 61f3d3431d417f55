import assert from "node:assert/strict";
import test from "node:test";
import { loadConfig } from "../../../src/config/aws-config.ts";
import { resolveIdentity } from "../../../src/config/resolve/resolve.ts";
import { roleOfName } from "../../../src/config/resolve/short-names.ts";

const base =
  "[profile u]\n[profile bearer]\nrole_arn = arn:aws:iam::222222222222:role/ops\nsource_profile = u\n";
const keys = "[u]\naws_access_key_id = AKIAUSER\naws_secret_access_key = s\n";

async function read(settings: string) {
  const files = { config: "config", credentials: "credentials" };
  return loadConfig(files, async (path) =>
    Buffer.from(path === "config" ? `${base}[aws-as]\n${settings}\n` : keys),
  );
}

test("an account's alias stands for its number before a role, in either writing of the list", async () => {
  for (const settings of [
    "accounts = prod=111111111111, dev = 222222222222",
    "accounts =\n  prod = 111111111111\n  dev = 222222222222",
  ]) {
    const config = await read(settings);
    assert.deepEqual(roleOfName(config, "prod/team/admin"), { account: "111111111111", role: "team/admin" });
    const { name, hops } = resolveIdentity(config, "prod/admin");
    assert.equal(name, "arn:aws:iam::111111111111:role/admin");
    assert.equal(hops[0]?.roleArn, name);
    // As with an ARN, the user's own profile of that role is the one that is meant.
    assert.equal(resolveIdentity(config, "dev/ops").name, "bearer");
    for (const other of ["prod", "prod/", "test/admin", "/admin"])
      assert.equal(roleOfName(config, other), undefined);
  }
});

test("an entry that is none is told with its line", async () => {
  const config = await read("accounts = prod=123");
  assert.throws(
    () => resolveIdentity(config, "prod/admin"),
    /config:\d+: accounts has the entry "prod=123", which is not/,
  );
});
