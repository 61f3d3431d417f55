import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { PassThrough } from "node:stream";
import test from "node:test";
import { commandNames, hidden, route } from "../../src/argv.ts";
import { version } from "../../src/cli/version.ts";
import { commands } from "../../src/commands/commands.ts";
import { verbsOf } from "../../src/commands/completion/program-grammar.ts";
import { shells } from "../../src/emit/shells.ts";
import { failureIn } from "../../src/switch/say.ts";
import { type FakeMachineOptions, fakeMachine } from "../support/fake-machine.ts";
import { runArgv } from "../support/run-argv.ts";
import { scriptedPrompt } from "../support/scripted-prompt.ts";
import { text, told } from "../support/told.ts";

const config = `
[profile u]
mfa_serial = arn:aws:iam::111111111111:mfa/my-user1
[profile r]
role_arn = arn:aws:iam::111111111111:role/r
source_profile = u
region = eu-west-1
`;
const credentials = "[u]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = s\n";

/** What a failure leaves on standard output. */
async function failureOf(argv: readonly string[]): Promise<string> {
  const asked = route(argv);
  return "evaluatedBy" in asked && asked.evaluatedBy !== undefined
    ? await failureIn(asked.evaluatedBy, async () => undefined)
    : "";
}

/** Runs a command line on a machine with nothing real in it. */
async function run(argv: string[], options: FakeMachineOptions = {}, columns?: number) {
  const machine = fakeMachine({ config, credentials, ...options });
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
  const status = await runArgv(argv, {
    machine,
    ...streams,
    colorDepth: 1,
    columns,
    failure: await failureOf(argv),
  });
  return { status, stdout: text(streams.stdout), stderr: text(streams.stderr), machine };
}

test("the version is the package's", () => {
  const file = resolve(import.meta.dirname, "../../../package.json");
  assert.equal(JSON.parse(readFileSync(file, "utf8")).version, version);
});

test("help that is asked for is a result; of commands that are evaluated it goes to standard error", async () => {
  for (const argv of [
    ["--help"],
    ["-h"],
    ["help"],
    ["help", "init"],
    ["init", "--help"],
    ["help", "keys", "add"],
  ]) {
    const { status, stdout, stderr } = await run(argv);
    assert.deepEqual([status, stderr], [0, ""], argv.join(" "));
    assert.match(stdout, /^(venv for AWS|aws-as (init|keys add): ).*\n[\s\S]*\nUsage:\n {2}aws-as /);
  }
  for (const argv of [
    ["env", "--help"],
    ["process", "-h"],
    ["-s", "--help"],
    ["help", "env"],
  ]) {
    const { status, stdout, stderr } = await run(argv);
    assert.deepEqual([status, stdout], [0, ""], argv.join(" "));
    assert.match(stderr, /^aws-as (env|process|activate): .*\n[\s\S]*\nUsage:\n {2}aws-as /);
  }
});

test("help names every command, and every option with its value, in plain text", async () => {
  const all = await run(["help"]);
  for (const name of commandNames.filter((each) => !hidden.includes(each))) {
    const [verb = "", second] = name.split(" ");
    const line = new RegExp(
      `^  ${verb} +\\S.*${second === undefined ? "" : `(\\n +.*)*\\b${second}\\b`}`,
      "m",
    );
    assert.match(all.stdout, line);
    const { stdout, stderr } = await run(["help", ...name.split(" ")]);
    const text = stdout + stderr;
    for (const verb of verbsOf([await commands[name]()])) {
      for (const { names, takesValue } of verb.flags)
        assert.match(text, new RegExp(`^  ${names.join(", ")}${takesValue ? " [A-Z]+" : ""}  `, "m"));
    }
    assert.doesNotMatch(text.replaceAll(/^- .*/gm, ""), /#0|`|<[a-z]|undefined|VALUE/);
    assert.match(text, /^ {2}-h, --help/m);
  }
});

test("help fits the terminal, and is ASCII", async () => {
  for (const name of commandNames) {
    const argv = name === "use" ? [] : ["help", ...name.split(" ")];
    for (const columns of [undefined, ...(name === "use" ? [] : [70]), 200]) {
      const { stdout, stderr } = await run(argv, {}, columns);
      const text = (stdout + stderr).split("\n").filter((line) => !/^( {2}[#$]|- )/.test(line));
      const longest = Math.max(...text.map((line) => line.length));
      assert.ok(longest <= Math.min(columns ?? 80, 100), `${name}: ${longest} of ${columns}`);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: this is what is looked for
      assert.match(text.join("\n"), /^[\x00-\x7f]*$/);
    }
  }
});

test("no command at all is wrong usage, and shows how it is used", async () => {
  const { status, stdout, stderr } = await run([]);
  assert.deepEqual([status, stdout], [2, ""]);
  assert.match(stderr, /^Usage:\n {2}aws-as NAME [\s\S]*\nCommands: [\s\S]*login[\s\S]*aws-as --help/m);
});

test("the first word of commands that have two shows them", async () => {
  const help = await run(["store", "--help"]);
  assert.deepEqual([help.status, help.stderr], [0, ""]);
  assert.match(help.stdout, /^ {2}setup +set up the place .*\n(.*\n)* {2}migrate +move/m);
  assert.deepEqual([(await run(["store"])).status, (await run(["store"])).stderr], [2, help.stdout]);
});

test("a slip of the keyboard is answered with what was meant", async () => {
  for (const [argv, meant] of [
    [["keys", "ad"], "add"],
    [["help", "lst"], "list"],
    [["lst"], "aws-as list"],
    [["--verison"], "--version"],
    [["login", "r", "--renw"], "--renew"],
  ] as const) {
    const { status, stderr } = await run([...argv]);
    assert.equal(status, 2);
    assert.ok(stderr.includes(`aws-as: hint: did you mean ${meant}?\n`), stderr);
  }
});

const wrong: [string, string[], RegExp, string][] = [
  ["an unknown option", ["process", "r", "--nope"], /has no option "--nope"/, ""],
  ["a missing name", ["process"], /aws-as process needs NAME$/, ""],
  ["a name too many", ["login", "a", "b"], /does not know what to do with "b"/, ""],
  ["an unknown option of env", ["env", "r", "--nope"], /has no option/, "false;\n"],
  ["an unknown shell", ["env", "r", "--shell", "tcl"], /unknown shell "tcl"/, "false;\n"],
  ["an unknown format", ["env", "r", "--format", "xml"], /unknown format "xml"/, ""],
  ["a shell and a format", ["env", "r", "--format", "json", "--shell", "sh"], /exclude each other/, ""],
  ["a name in place of a command", ["r"], /a program cannot switch the shell by itself/, ""],
  ["nobody in place of a command", ["-"], /"-" is not a command/, ""],
  ["a verb's name as an identity", ["--", "env"], /"env" is not a command/, ""],
  ["a first word with no such second one", ["store", "nope"], /"store nope" is no command/, ""],
  ["a wrong option of two words", ["store", "status", "--nope"], /has no option/, ""],
  ["a store that is none", ["store", "migrate", "--to", "moon"], /unknown store "moon"/, ""],
  ["no store to migrate to", ["store", "migrate"], /--to/, ""],
  ["no change of the file store", ["store", "change"], /nothing says what shall be changed/, ""],
  ["a key for nothing", ["store", "change", "--key", "x"], /--key says which key --add-ssh-key/, ""],
  ["slots of the keychain", ["store", "setup", "keychain", "--ssh-agent"], /are of the file store/, ""],
  ["a name after use", ["use", "r"], /"r" is not a command/, ""],
  ["shells-11: an empty name", [""], /the name is empty/, ""],
  ["shells-11: a command that is none", ["switch", "sh", "exec", "r", "--", "env"], /"exec" is neither/, ""],
  ["shells-11: words behind a name", ["switch", "sh", "r", "terraform"], /one name, and "terraform" is/, ""],
  ["two shells to activate", ["activate", "-s", "-c"], /-s, -c and --shell exclude each other/, "false;\n"],
  ["a switch to nobody named", ["switch", "sh"], /no identity is named/, ""],
  ["logout of nobody", ["logout"], /say which identity, or --all/, ""],
  ["logout of one and all", ["logout", "u", "--all"], /say which identity, or --all/, ""],
];
for (const [name, argv, message, stdout] of wrong) {
  test(`${name} is wrong usage, told on standard error with a hint`, async () => {
    const result = await run(argv);
    assert.deepEqual([result.status, result.stdout], [2, stdout]);
    assert.match(result.stderr.split("\n")[0] ?? "", message);
    assert.match(result.stderr, /^aws-as: error: .*\naws-as: hint: /);
  });
}

test("shells-15: logout without a name hints at one that is there", async () => {
  const files = { config: "[profile 'my work']\nregion = x\n" };
  const logout = async (given: Parameters<typeof fakeMachine>[0]) =>
    (await told(fakeMachine(given), ["logout"])).stderr.match(/(?<=hint: ).*/g);
  const role = "[profile prod]\nrole_arn = arn:aws:iam::111111111111:role/r\nsource_profile = u\n";
  assert.deepEqual(await logout({ ...files, config: `${files.config}${role}` }), [
    "aws-as logout prod",
    "aws-as logout --all",
  ]);
  const env = { AWS_AS_IDENTITY: "ops", AWS_AS_ACCESS_KEY_ID: "A", AWS_ACCESS_KEY_ID: "A" };
  assert.equal((await logout({ ...files, env }))?.[0], "aws-as logout ops");
  assert.deepEqual(await logout({ config: "" }), ["aws-as logout --all"]);
});

test("shells-15: status, explain and keys list draw no letter that an ASCII terminal lacks", async () => {
  const files = {
    config: "[profile u]\nregion = eu-west-1\n",
    credentials:
      "[u]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = abcdEFGHijklMNOPqrstUVWXyz0123456789abcd\n",
  };
  for (const argv of [["status"], ["explain", "u"], ["keys", "list"]]) {
    const env = { TERM: "xterm", LC_ALL: "POSIX", AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE" };
    const { stdout } = await told(fakeMachine({ ...files, env }), argv, 80);
    assert.match(stdout, /\.\.\.MPLE/, argv.join(" "));
    assert.doesNotMatch(stdout, /[^ -~\n]/, argv.join(" "));
    const wide = await told(fakeMachine({ ...files, env: { ...env, LC_ALL: "C.UTF-8" } }), argv, 80);
    assert.match(wide.stdout, /…MPLE/, argv.join(" "));
  }
});

test("shells-11: what is meant as a command behind a name is told with the line to type", async () => {
  const { stderr } = await run(["switch", "sh", "exec", "r", "--", "env"]);
  assert.match(stderr, /hint: to run a command as r: aws-as exec r -- COMMAND\n/);
  const dash = await run(["switch", "sh", "-dash"]);
  assert.match(dash.stderr, /no profile "-dash"/);
  for (const name of ["switch", "use"]) {
    const help = await run([name === "use" ? "activate" : name, "--help"]);
    assert.deepEqual([help.status, help.stdout], [0, ""]);
    assert.match(help.stderr, /shell functions/);
  }
});

test("help shows the line for a shell's file as it is to be typed, backquotes included", async () => {
  const setups = shells.flatMap(({ setup }) => setup);
  const { stderr } = await run(["activate", "--help"]);
  for (const { line } of setups) assert.ok(stderr.includes(line), line);
  assert.ok(setups.some(({ line }) => line.includes("`")));
});

test("env gives changes in the chosen syntax", async () => {
  const { status, stdout } = await run(["env", "r", "--format", "json"], { ask: scriptedPrompt("123456") });
  assert.equal(status, 0);
  const { AWS_AS_IDENTITY, AWS_REGION, AWS_PROFILE } = JSON.parse(stdout);
  assert.deepEqual([AWS_AS_IDENTITY, AWS_REGION, AWS_PROFILE], ["r", "eu-west-1", null]);
});

test("env of nobody takes back what aws-as set, and asks nobody", async () => {
  const env = { AWS_AS_IDENTITY: "r", AWS_AS_ACCESS_KEY_ID: "A", AWS_ACCESS_KEY_ID: "A" };
  const { stdout } = await run(["env", "-", "--format", "json"], { env });
  assert.deepEqual(JSON.parse(stdout), {
    AWS_ACCESS_KEY_ID: null,
    AWS_AS_IDENTITY: null,
    AWS_AS_ACCESS_KEY_ID: null,
  });
});

test("login says how long the role lasts, and how long it is renewed without a code", async () => {
  const { status, stdout, stderr } = await run(["login", "r"], { ask: scriptedPrompt("123456") });
  assert.deepEqual([status, stdout], [0, ""]);
  assert.match(stderr, /"r" is good for 1 h 0 min, until 2026-01-01T01:00:00Z/);
  assert.match(stderr, /renewed without a code for 12 h 0 min, until 2026-01-01T12:00:00Z/);
});

test("login --renew gets a new session although the old one is good", async () => {
  const ask = scriptedPrompt("123456", "654321");
  const { machine } = await run(["login", "u"], { ask });
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
  await runArgv(["login", "u", "--renew"], { machine, ...streams, colorDepth: 1, failure: "" });
  assert.deepEqual(machine.scripted.calls, ["base 123456", "base 654321"]);
});

test("logout forgets the sessions of one identity, or all", async () => {
  const { machine } = await run(["login", "r"], { ask: scriptedPrompt("123456") });
  const again = async (...argv: string[]) => {
    const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
    await runArgv(argv, { machine, ...streams, colorDepth: 1, failure: await failureOf(argv) });
    return text(streams.stderr);
  };
  assert.match(await again("logout", "r"), /forgot the session of user u .*\n.*forgot the session of role r/);
  assert.match(await again("logout", "--all"), /there was no session to forget/);
  assert.equal(machine.memory.contents.size, 0);
});

test("status tells who the shell acts as without reading a secret", async () => {
  const acting = {
    AWS_AS_IDENTITY: "r",
    AWS_AS_ACCESS_KEY_ID: "ASIA1234",
    AWS_ACCESS_KEY_ID: "ASIA1234",
    AWS_CREDENTIAL_EXPIRATION: "2026-01-01T01:30:00Z",
  };
  const first = async (env: Record<string, string>) => {
    const { stdout, machine } = await run(["status"], { env });
    assert.deepEqual(machine.memory.reads, []);
    return stdout.split("\n")[0];
  };
  assert.equal(await first({}), "(-) this shell acts as nobody");
  assert.equal(await first(acting), '(r) this shell acts as "r" for 1 h 30 min, until 2026-01-01T01:30:00Z');
  assert.match((await first({ ...acting, AWS_ACCESS_KEY_ID: "AKIAX" })) ?? "", /^\(\?\) .*changed by hand/);
  assert.match(
    (await first({ ...acting, AWS_CREDENTIAL_EXPIRATION: "2025-12-31T23:00:00Z" })) ?? "",
    /session of "r" ended/,
  );
  assert.match((await first({ AWS_ACCESS_KEY_ID: "AKIAX123" })) ?? "", /did not set \(key …X123\)/);
});

test("status for programs is one JSON document with seconds", async () => {
  const { stdout } = await run(["status", "--json"], {
    env: { AWS_AS_IDENTITY: "r", AWS_CREDENTIAL_EXPIRATION: "2026-01-01T00:01:30Z" },
  });
  assert.deepEqual(JSON.parse(stdout), {
    shell: {
      identity: "r",
      key: null,
      changed: false,
      expiration: "2026-01-01T00:01:30Z",
      left: 90,
      profile: null,
      region: null,
      protected: false,
    },
    sessions: [],
  });
});
