import assert from "node:assert/strict";
import test from "node:test";
import { asCommand, type CliRoute, caller, type Route, route, verbs } from "../src/argv.ts";

const command = (name: string, words: readonly string[], evaluatedBy?: string) =>
  ({ kind: "command", name, words, evaluatedBy }) as Route;
const activate = (shell: string | undefined, flag?: "-s" | "-c"): Route => ({
  kind: "activate",
  shell,
  flag,
  evaluatedBy: shell ?? caller,
});
const env = (name: string): Route => ({ kind: "env", name, evaluatedBy: caller });
const help = (topic: string | undefined, isAsked: boolean): Route => ({ kind: "help", topic, isAsked });
const mistake = (message: string, hint: string, typed: string, known: readonly string[]): Route => ({
  kind: "mistake",
  message,
  hint,
  typed,
  known,
});
const unsupported = (word: string) =>
  mistake(`no option "${word}"`, "aws-as --help", word, ["--help", "--version", "--shell", "--previous"]);
const withoutCommand = (hint: string) =>
  mistake('aws-as exec runs the command that stands behind "--", and there is none', hint, "", []);
const ofKeys = ["list", "add", "import", "export", "rotate", "remove"];

const table: readonly (readonly [argv: readonly string[], expected: Route])[] = [
  // The calls of every day, and the same ones with more than the plainest form.
  [["process", "r"], { kind: "process", name: "r" }],
  [["process", "-"], { kind: "process", name: "-" }],
  [["process"], command("process", [])],
  [["process", "--help"], help("process", true)],
  [["process", "r", "x"], command("process", ["r", "x"])],
  [["env", "r"], env("r")],
  [["env", "-"], env("-")],
  [["env"], command("env", [], caller)],
  [["env", "r", "--code", "1"], command("env", ["r", "--code", "1"], caller)],
  [["env", "r", "--shell", "fish"], command("env", ["r", "--shell", "fish"], "fish")],
  [["env", "--shell=fish", "r"], command("env", ["--shell=fish", "r"], "fish")],
  [["env", "r", "--shell"], command("env", ["r", "--shell"], "")],
  [["env", "r", "--format", "json"], command("env", ["r", "--format", "json"])],
  [["env", "r", "--format=json"], command("env", ["r", "--format=json"])],
  [["switch", "sh", "r"], { kind: "switch", shell: "sh", name: "r" }],
  [["switch", "tcl", "-"], { kind: "switch", shell: "tcl", name: "-" }],
  [["switch", "sh", "--leave"], command("switch", ["sh", "--leave"])],
  [["switch", "sh", "r", "--code", "1"], command("switch", ["sh", "r", "--code", "1"])],
  [["switch", "sh"], command("switch", ["sh"])],
  // A command to run stands behind `--`, whatever it looks like.
  [["exec", "r", "--", "ls", "--help"], { kind: "exec", name: "r", run: ["ls", "--help"] }],
  [["exec", "--", "ls", "--", "-h"], { kind: "exec", name: undefined, run: ["ls", "--", "-h"] }],
  [
    ["exec", "--min-life", "45m", "r", "--", "ls"],
    { ...command("exec", ["--min-life", "45m", "r"]), run: ["ls"] } as Route,
  ],
  [["exec", "--help"], help("exec", true)],
  [["exec"], withoutCommand("aws-as exec NAME -- COMMAND")],
  [["exec", "r"], withoutCommand("aws-as exec r -- COMMAND")],
  [["exec", "r", "--"], withoutCommand("aws-as exec r -- COMMAND")],
  [["exec", "r", "ls", "-l", "it's"], withoutCommand("aws-as exec r -- ls -l 'it'\\''s'")],
  [["switch", "sh", "r", "ls", "-l"], command("switch", ["sh", "--", "r", "ls", "-l"])],
  // Activation, with its verb and without.
  [["activate"], activate(undefined)],
  [["activate", "-s"], activate(undefined, "-s")],
  [["-s"], activate(undefined, "-s")],
  [["-c"], activate(undefined, "-c")],
  [["--shell", "fish"], activate("fish")],
  [["--shell=fish"], activate("fish")],
  [["--shell=a\nb"], activate("a\nb")],
  [["activate", "--shell", "nu"], activate("nu")],
  [["--shell", ""], activate("")],
  [["--shell="], activate("")],
  [["--shell"], command("activate", ["--shell"], "")],
  [["-s", "x"], command("activate", ["-s", "x"], caller)],
  [["-s", "-c"], command("activate", ["-s", "-c"], caller)],
  [["-c", "--shell", "fish"], command("activate", ["-c", "--shell", "fish"], "fish")],
  [["-s", "--help"], help("activate", true)],
  [["env", "r", "-h"], help("env", true)],
  [["env", "--", "-h"], command("env", ["--", "-h"], caller)],
  [["use", "-h"], command("use", ["-h"])],
  [["switch", "sh", "--", "--help"], command("switch", ["sh", "--", "--help"])],
  [["activate", "r"], command("activate", ["r"], caller)],
  // Commands of one word, of two, and half of those.
  [["status"], { kind: "status", json: false }],
  [["status", "--json"], { kind: "status", json: true }],
  [["status", "--watch"], command("status", ["--watch"])],
  [["list"], { kind: "list", json: false }],
  [["list", "prod"], command("list", ["prod"])],
  [["keys", "list", "--json"], command("keys list", ["--json"])],
  [["keys"], help("keys", false)],
  [["keys", "--help"], help("keys", true)],
  [["keys", "-h", "x"], help("keys", true)],
  [["keys", "nope"], mistake('"keys nope" is no command', "aws-as keys --help", "nope", ofKeys)],
  [["help"], help(undefined, true)],
  [["help", "--help"], help(undefined, true)],
  [["help", "login"], help("login", true)],
  [["help", "keys"], help("keys", true)],
  [["help", "keys", "add"], help("keys add", true)],
  [["help", "keys", "ad"], mistake('"keys ad" is no command', "aws-as keys --help", "ad", ofKeys)],
  [["help", "lst"], mistake('"lst" is no command', "aws-as --help", "lst", verbs)],
  [["complete", "bash", "aws-as "], { kind: "complete", words: ["bash", "aws-as "] }],
  // No command.
  [[], help(undefined, false)],
  [["--help"], help(undefined, true)],
  [["-h", "x"], help(undefined, true)],
  [["--version"], { kind: "version" }],
  [["-v"], { kind: "version" }],
  [["version"], { kind: "version" }],
  [["--nope"], unsupported("--nope")],
  [["-sc"], unsupported("-sc")],
  // What the shell functions take.
  [["r"], command("use", ["r"])],
  [[""], command("use", [""])],
  [["keys list"], command("use", ["keys list"])],
  [["-"], command("use", ["-"])],
  [["--", "env"], command("use", ["env"])],
  [["use", "r"], command("use", ["r"])],
  [["renew"], command("renew", [])],
  [["-p"], command("use", ["-p"])],
  [["--previous"], command("use", ["--previous"])],
  [["--region", "x", "r"], command("use", ["--region", "x", "r"])],
  [["switch", "sh", "--due"], { kind: "due", shell: "sh" }],
  [["switch", "sh", "-p"], command("switch", ["sh", "-p"])],
  [["switch", "sh", "--region=x", "r"], command("switch", ["sh", "--region=x", "r"])],
  [["switch", "sh", "--renew", "--help"], help("renew", true)],
  [["switch", "sh", "-x"], command("switch", ["sh", "--", "-x"])],
];

test("a command line is understood from its words alone", () => {
  for (const [argv, expected] of table) assert.deepEqual(route(argv), expected, argv.join(" "));
});

test("a call in its plainest form is the command that the parser would take", () => {
  const plain: readonly (readonly [Exclude<Route, { kind: "complete" | "version" }>, CliRoute | Route])[] = [
    [{ kind: "process", name: "r" }, command("process", ["r"])],
    [env("r") as CliRoute, command("env", ["r"], caller)],
    [{ kind: "switch", shell: "sh", name: "r" }, command("switch", ["sh", "r"])],
    [{ kind: "exec", name: "r", run: ["ls"] }, { ...command("exec", ["r"]), run: ["ls"] } as Route],
    [{ kind: "list", json: false }, command("list", [])],
    [{ kind: "status", json: true }, command("status", ["--json"])],
    [{ kind: "due", shell: "sh" }, command("switch", ["sh", "--due"])],
    [activate(undefined) as CliRoute, command("activate", [], caller)],
    [activate(undefined, "-s") as CliRoute, command("activate", ["-s"], caller)],
    [activate("x") as CliRoute, command("activate", ["--shell", "x"], "x")],
  ];
  for (const [call, expected] of plain) assert.deepEqual(asCommand(call), expected);
});
