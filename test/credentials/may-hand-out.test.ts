import assert from "node:assert/strict";
import test from "node:test";
import { resolveIdentity } from "../../src/config/resolve/resolve.ts";
import { actAs, type CredentialRequest } from "../../src/credentials/act-as.ts";
import { mayHandOut, type Way } from "../../src/credentials/may-hand-out.ts";
import { readConfig } from "../../src/machine/open.ts";
import type { People, PromptResult } from "../../src/prompt/prompt.ts";
import { fakeMachine } from "../support/fake-machine.ts";

const config = `[profile u]\nmfa_serial = none
[profile prod]\nrole_arn = arn:aws:iam::111111111111:role/prod\nsource_profile = u
[aws-as prod]\nprotected = true\n`;
const credentials = "[u]\naws_access_key_id = AKIAUSER\naws_secret_access_key = s\n";

/** A person who types these lines at the questions, one after the other. */
function person(lines: string[]) {
  const asked: string[] = [];
  const people: People = {
    confirm: assert.fail,
    line: async (question, judge, preface = []): Promise<PromptResult<string>> => {
      asked.push([...preface, question].join("\n"));
      for (;;) {
        const line = lines.shift() ?? assert.fail(`nobody was expected to be asked: ${question}`);
        const verdict = judge(line);
        if ("answer" in verdict) return { kind: "answer", value: verdict.answer };
        asked.push(verdict.complaint);
      }
    },
    secret: assert.fail,
    pick: assert.fail,
  };
  return { asked, people };
}

function scene(lines: string[], more = "", env: Record<string, string> = {}) {
  const { asked, people } = person(lines);
  const machine = fakeMachine({ config: config + more, credentials, people, env });
  const act = (way: Way, request: Partial<CredentialRequest> = {}, at = machine) =>
    actAs({ name: "prod", way, unattended: way === "process", ...request }, at, assert.fail);
  return { asked, machine, act };
}

test("a protected identity is handed out once a person has typed its whole name", async () => {
  for (const way of ["env", "exec", "console", "process", "serve"] as const) {
    const { act, asked } = scene(["y", "pro", "prod"]);
    const { session } = await act(way);
    assert.equal(session.credentials.accessKeyId, "ASIA2");
    assert.deepEqual(asked, [
      '"prod" is protected (~/.aws/config:7)\nType prod to agree:',
      "that is not prod; an empty line means no",
      "that is not prod; an empty line means no",
    ]);
  }
});

test("an empty line is a no, and a program that comes again at once hears it without a question", async () => {
  const { act, asked, machine } = scene([""]);
  await assert.rejects(act("process"), { exitCode: 130, message: /nobody agreed to hand out.*"prod"/ });
  await assert.rejects(act("process"), { message: /a moment ago/ });
  assert.equal(asked.length, 1);
  assert.deepEqual(await machine.memory.list(), []);
});

test("a yes holds for some minutes, on its terminal, and for its identity", async () => {
  const { act, asked, machine } = scene(["prod", "prod", "prod"]);
  await act("env");
  await act("process");
  assert.equal(asked.length, 1);
  machine.clock.advance(15 * 60_000);
  await act("process");
  assert.equal(asked.length, 2);
  await act("process", {}, { ...machine, terminalSession: async () => "another" });
  assert.equal(asked.length, 3);
});

test("protected_minutes says how long, and 0 that each call asks; a later part of the same call does not", async () => {
  const { act, asked } = scene(["prod", "prod"], "protected_minutes = 0\n");
  await act("env");
  await act("env");
  await act("env", { isAgreed: true });
  assert.equal(asked.length, 2);
  await assert.rejects(scene([], "protected_minutes = soon\n").act("env"), /protected_minutes = soon is not/);
});

test("where nobody can be asked the credentials stay here, and also where the terminal has no name to remember it by", async () => {
  const machine = fakeMachine({ config, credentials });
  await assert.rejects(actAs({ name: "prod", way: "process", unattended: true }, machine, assert.fail), {
    message: '"prod" is protected, and nobody can be asked: there is no terminal',
    hints: ["in a terminal: aws-as exec prod -- COMMAND"],
  });
  await assert.rejects(scene([], "", { AWS_AS_PROMPT: "none" }).act("exec"), /AWS_AS_PROMPT is "none"/);
  const { act, asked, machine: nameless } = scene(["prod", "prod"]);
  const there = { ...nameless, terminalSession: async () => "" };
  await act("env", {}, there);
  await act("env", {}, there);
  assert.equal(asked.length, 2);
});

test("what only goes into the store asks nobody", async () => {
  await scene([]).act("keep");
});

test("a shell that renews by itself does so while the yes holds, and never asks", async () => {
  const { act, machine } = scene(["prod"]);
  await act("env");
  await act("prompt", { unattended: true });
  machine.clock.advance(16 * 60_000);
  await assert.rejects(act("prompt", { unattended: true }), /renewed at your word: aws-as renew/);
  const handOut = { identity: { name: "x" }, way: "prompt", isAgreed: false } as const;
  assert.equal(mayHandOut(handOut).kind, "yes");
});

test("a limited identity is as protected as the one that it limits, unless it says otherwise", async () => {
  const limited = "[aws-as ro]\nlimits = prod\npolicy = read-only\n";
  const guardOf = async (more: string, name: string) =>
    resolveIdentity(await readConfig(fakeMachine({ config: config + more, credentials })), name).guard;
  assert.equal((await guardOf(limited, "ro"))?.protected?.value, "true");
  assert.equal(await guardOf(`${limited}protected = false\n`, "ro"), undefined);
  const twice = `${limited}protected = false\n[aws-as less]\nlimits = ro\nduration_seconds = 900\n`;
  assert.equal(await guardOf(twice, "less"), undefined);
  await assert.rejects(guardOf(`${limited}protected = no\n`, "ro"), /neither true nor false/);
});
