import assert from "node:assert/strict";
import test from "node:test";
import { getFromProcess } from "../../src/sources/foreign-process.ts";
import type { SourceHost, SourceRequest } from "../../src/sources/source.ts";
import { systemClock } from "../../src/system/clock.ts";
import { endpoint, processRoot } from "../support/identities.ts";

const told: string[] = [];
const host = {
  env: { PATH: process.env["PATH"] },
  home: "/home/me",
  platform: process.platform,
  clock: systemClock,
  tell: (sentence: string) => told.push(sentence),
} as unknown as SourceHost;

const ask = (command: string, deadline?: number) => {
  const root = { ...processRoot, command };
  const request: SourceRequest = {
    root,
    identity: "p",
    endpoint,
    roleSessionName: "me",
    mayAsk: false,
    ...(deadline === undefined ? {} : { deadline }),
  };
  return getFromProcess(root, request, host);
};

test("a program that does not end in time is ended, early enough for the role that comes after it", async () => {
  const began = performance.now();
  await assert.rejects(
    ask("sleep 30", systemClock.monotonic() + 4000),
    /^UserError: the credential_process of profile "p" \(~\/\.aws\/config:1\) did not end within 1 s$/,
  );
  assert.ok(performance.now() - began < 25_000, "it was waited for");
  await assert.rejects(
    ask("echo ran", systemClock.monotonic() + 2000),
    /could not be run, there was no time left/,
  );
});

test("a person who waits is told for what", async () => {
  told.length = 0;
  await assert.rejects(ask("sleep 2.5"), /printed nothing/);
  assert.deepEqual(told, ['waiting for the credential_process of profile "p"']);
});
