import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { installed } from "../support/installed.ts";
import { assertReached, killEverywhere } from "../support/killed.ts";
import {
  assertKeyOpens,
  assertNoSecret,
  holdings,
  ok,
  type Scene,
  scene,
  withoutStores,
} from "../support/storage-scene.ts";

const skip = withoutStores();

/** The keyring's items of ours. */
function keyringItems({ keyring, home }: Scene) {
  const tool = (args: string[], input?: string) => {
    const options = {
      env: keyring.environment,
      encoding: "utf8",
      ...(input === undefined ? {} : { input }),
    } as const;
    return spawnSync("secret-tool", args, options).stdout;
  };
  const index = join(home.path, ".aws", "aws-as", "index");
  const names = existsSync(index)
    ? readdirSync(index)
        .filter((file) => file.endsWith(".json"))
        .map((file) => (JSON.parse(readFileSync(join(index, file), "utf8")) as { name: string }).name)
    : [];
  const schema = ["xdg:schema", "org.freedesktop.Secret.Generic"];
  const at = (name: string) => ["service", "aws-as", "account", name, ...schema];
  const texts = names.map((name) => [name, tool(["lookup", ...at(name)])] as const);
  return {
    count: texts.filter(([, text]) => text !== "").length,
    /** As it is now. */
    putBack: () => {
      tool(["clear", "service", "aws-as"]);
      for (const [name, text] of texts) tool(["store", "--label", name, ...at(name)], text);
    },
    isEmpty: () => tool(["search", "--all", "service", "aws-as"]) === "",
  };
}

for (const [from, to] of [
  ["keychain", "file"],
  ["file", "keychain"],
] as const) {
  test(`a migration from ${from} to ${to} killed anywhere loses nothing, and the next run completes it`, {
    skip,
  }, async (t) => {
    if (!installed("strace", t) || !installed("secret-tool", t)) return;
    const all = await scene(t, from, ["role1"]);
    const { home } = all;
    const items = keyringItems(all);
    assert.equal(items.count, from === "keychain" ? 3 : 0);
    const args = ["store", "migrate", "--to", to];
    const kills = await killEverywhere(t, home, args, items.putBack, async ({ index, when }) => {
      if (index % 3 === 0) await assertKeyOpens(all, when);
      assertNoSecret(all, when);
      await ok(home, args);
      if (index % 3 === 1) assert.deepEqual(await holdings(home), [`${to} 1 + 0, used`], when);
      else await assertKeyOpens(all, when);
      if (to === "file") assert.ok(items.isEmpty(), when);
    });
    assertReached(t, kills);
  });
}
