import assert from "node:assert/strict";
import test from "node:test";
import { type PassphraseOptions, passphraseFrom, WrongPassphrase } from "../../src/store/file/passphrase.ts";
import { Secret } from "../../src/system/secret.ts";
import { UserError } from "../../src/system/user-error.ts";

/** A person who types these answers (undefined: cancels), and who must not be asked more often. */
function person(...answers: (string | undefined)[]) {
  const questions: string[] = [];
  const askHidden = async (question: string): Promise<Secret | undefined> => {
    if (questions.length >= answers.length) throw new Error(`asked too often: ${question}`);
    const answer = answers[questions.push(question) - 1];
    return answer === undefined ? undefined : new Secret(answer);
  };
  return { askHidden, questions };
}

const options = (given: Partial<PassphraseOptions>): PassphraseOptions => ({
  environment: {},
  runCommand: (command) => Promise.reject(new Error(`must not run ${command}`)),
  ...given,
});

test("AWS_AS_PASSPHRASE comes first, then passphrase_process, then a person", async () => {
  const { askHidden } = person("typed");
  const runCommand = async (command: string): Promise<string> => `from ${command}\nsecond line\n`;
  const environment = { AWS_AS_PASSPHRASE: "given" };
  const give = async (more: Partial<PassphraseOptions>): Promise<string> =>
    (await passphraseFrom(options({ askHidden, runCommand, ...more }))("unlock", 1)).reveal();
  assert.equal(await give({ environment, passphraseProcess: "pass show x" }), "given");
  assert.equal(await give({ passphraseProcess: "pass show x" }), "from pass show x");
  assert.equal(await give({}), "typed");
});

test("an empty AWS_AS_PASSPHRASE counts as none", async () => {
  await assert.rejects(
    passphraseFrom(options({ environment: { AWS_AS_PASSPHRASE: "" } }))("create", 1),
    UserError,
  );
});

for (const output of ["", "\n", "\r\nsecret", "\nsecret\n"]) {
  test(`a passphrase_process that prints ${JSON.stringify(output)} gives no passphrase`, async () => {
    const give = passphraseFrom(options({ passphraseProcess: "x", runCommand: async () => output }));
    await assert.rejects(give("unlock", 1), /printed no passphrase on its first line/);
  });
}

test("without any way the error names all three", async () => {
  await assert.rejects(passphraseFrom(options({}))("unlock", 1), (error: UserError) => {
    const said = error.hints.join("\n");
    for (const way of ["AWS_AS_PASSPHRASE", "passphrase_process", "terminal"])
      assert.ok(said.includes(way), way);
    return error instanceof UserError;
  });
});

test("a given passphrase that is wrong is named by where it came from, and not tried again", async () => {
  const environment = { AWS_AS_PASSPHRASE: "canary" };
  await assert.rejects(passphraseFrom(options({ environment }))("unlock", 2), (error: WrongPassphrase) => {
    assert.match(error.message, /AWS_AS_PASSPHRASE/);
    assert.doesNotMatch(error.message, /canary/);
    return error instanceof WrongPassphrase;
  });
  await assert.rejects(
    passphraseFrom(options({ passphraseProcess: "x" }))("unlock", 2),
    /passphrase_process/,
  );
});

test("a new passphrase is typed twice, and is never empty", async () => {
  const { askHidden, questions } = person("", "one", "two", "three", "three");
  const secret = await passphraseFrom(options({ askHidden }))("create", 1);
  assert.equal(secret.reveal(), "three");
  assert.equal(questions.length, 5);
  assert.match(questions[1] ?? "", /must not be empty/);
  assert.match(questions[3] ?? "", /differ/);
  await assert.rejects(passphraseFrom(options(person("a", "b", "a", "b", "a", "b")))("create", 1), UserError);
});

test("a person who cancels, or types nothing, is left alone", async () => {
  for (const [why, answers] of [
    ["unlock", [undefined]],
    ["unlock", [""]],
    ["create", [undefined]],
    ["create", ["one", undefined]],
  ] as const) {
    await assert.rejects(
      passphraseFrom(options(person(...answers)))(why, 1),
      (error: UserError) => error.exitCode === 130,
    );
  }
});

test("a second try says that the first was wrong", async () => {
  const { askHidden, questions } = person("x", "y");
  const give = passphraseFrom(options({ askHidden }));
  await give("unlock", 1);
  await give("unlock", 2);
  assert.deepEqual(
    questions.map((question) => question.startsWith("Wrong.")),
    [false, true],
  );
});
