/** Every command: the words that follow `aws-as`. Completion has its own way, because clipanion takes too long for it. */
export const commandNames = [
  "init",
  "login",
  "logout",
  "status",
  "log",
  "list",
  "explain",
  "doctor",
  "env",
  "renew",
  "console",
  "exec",
  "keys list",
  "keys add",
  "keys import",
  "keys export",
  "keys rotate",
  "keys remove",
  "mfa list",
  "mfa choose",
  "store status",
  "store setup",
  "store change",
  "store migrate",
  "activate",
  "allow",
  "completion",
  "process",
  "serve",
  "switch",
  "use",
] as const;

export type CommandName = (typeof commandNames)[number];

/** Commands that only programs and the shell functions call: the list of commands leaves them out. */
export const hidden: readonly CommandName[] = ["switch", "use"];

/**
 * The first words of the commands that people type, sorted: no names of identities, so the shell functions run the
 * program for them.
 */
export const verbs: readonly string[] = [
  ...new Set(commandNames.filter((name) => !hidden.includes(name)).map((name) => name.split(" ")[0] ?? "")),
  "help",
  "version",
].sort();

/** Those for which the shell functions run the program as it is. The others change the shell. */
export const programVerbs: readonly string[] = verbs.filter((verb) => verb !== "renew");

/** The words that may follow a verb and make a command with it. */
export function secondWords(verb: string): string[] {
  return commandNames.flatMap((name) => (name.startsWith(`${verb} `) ? name.slice(verb.length + 1) : []));
}

/** In place of a shell's name: the one that calls, if it is one. */
export const caller = "the caller";

/**
 * What a command line asks for. The calls that are frequent have kinds of their own, for their plainest form: they need no
 * parser. `evaluatedBy` is the shell that evaluates the result, where one does.
 */
export type Route =
  | { readonly kind: "complete"; readonly words: readonly string[] }
  /** Without a shell: the one that calls, and where that is none, the one that `-s` or `-c` stands for. */
  | {
      readonly kind: "activate";
      readonly shell: string | undefined;
      readonly flag: "-s" | "-c" | undefined;
      readonly evaluatedBy: string;
    }
  | { readonly kind: "process"; readonly name: string }
  | { readonly kind: "env"; readonly name: string; readonly evaluatedBy: string }
  | { readonly kind: "switch"; readonly shell: string; readonly name: string }
  /** Without a name: the identity of the shell that calls. */
  | { readonly kind: "exec"; readonly name: string | undefined; readonly run: readonly string[] }
  /** The prompt of a shell asks whether its credentials are renewed. */
  | { readonly kind: "due"; readonly shell: string }
  | { readonly kind: "version" }
  | CliRoute;

/** Help for a command, for those that begin with a verb, or for all; not asked for where a command line has no command. */
export interface HelpRoute {
  readonly kind: "help";
  readonly topic: string | undefined;
  readonly isAsked: boolean;
}

/** What needs the parser and its descriptions. */
export type CliRoute =
  | HelpRoute
  /** `typed` is the wrong word, `known` what may stand in its place. */
  | {
      readonly kind: "mistake";
      readonly message: string;
      readonly hint: string;
      readonly typed: string;
      readonly known: readonly string[];
    }
  | {
      readonly kind: "command";
      readonly name: CommandName;
      readonly words: readonly string[];
      readonly evaluatedBy: string | undefined;
      /** What stands behind `--` where that is a command to run. */
      readonly run?: readonly string[];
    };

/** Understands the words that follow the program's name. Pure. */
export function route(argv: readonly string[]): Route {
  const words = startsActivation(argv[0]) ? ["activate", ...argv] : argv;
  const [first, second] = words;
  if (first === "complete") return { kind: "complete", words: words.slice(1) };
  if (first === "--version" || first === "-v" || first === "version") return { kind: "version" };
  if (first === undefined) return { kind: "help", topic: undefined, isAsked: false };
  if (isHelp(first)) return { kind: "help", topic: undefined, isAsked: true };
  if (first === "help") return helpOn(words.slice(1).filter((word) => !isHelp(word)));
  const name = commandAt(words);
  if (name !== undefined) return routeTo(name, words.slice(name.split(" ").length));
  if (verbs.includes(first)) {
    if (second === undefined || isHelp(second)) {
      return { kind: "help", topic: first, isAsked: second !== undefined };
    }
    return noCommand(first, second);
  }
  // A name, or another word that the shell functions take: "use" explains that.
  if (first === "--") return routeTo("use", words.slice(1));
  if (first === "-" || !first.startsWith("-") || startsSwitch(first)) return routeTo("use", words);
  return {
    kind: "mistake",
    message: `no option "${first}"`,
    hint: "aws-as --help",
    typed: first,
    known: ["--help", "--version", "--shell", "--previous"],
  };
}

/** The command that the words begin with. */
function commandAt(words: readonly string[]): CommandName | undefined {
  return commandNames.find((name) => name.split(" ").every((word, at) => words[at] === word));
}

/** `aws-as help WORDS`. */
function helpOn(words: readonly string[]): Route {
  const [first, second] = words;
  if (first === undefined || first === "help" || first === "version") {
    return { kind: "help", topic: undefined, isAsked: true };
  }
  const topic = commandAt(words) ?? (verbs.includes(first) && second === undefined ? first : undefined);
  return topic === undefined ? noCommand(first, second) : { kind: "help", topic, isAsked: true };
}

function noCommand(first: string, second: string | undefined): Route {
  const isVerb = second !== undefined && verbs.includes(first);
  const [typed, hint] = isVerb ? [second, `aws-as ${first} --help`] : [first, "aws-as --help"];
  return {
    kind: "mistake",
    message: `"${isVerb ? `${first} ${second}` : first}" is no command`,
    hint,
    typed,
    known: isVerb ? secondWords(first) : verbs,
  };
}

/** A call in its plainest form as the command that the parser takes, for one that failed and for tests. Pure. */
export function asCommand(route: Exclude<Route, { kind: "complete" | "version" }>): CliRoute {
  const command = (name: CommandName, words: readonly string[], evaluatedBy?: string): CliRoute => ({
    kind: "command",
    name,
    words,
    evaluatedBy,
  });
  switch (route.kind) {
    case "process":
      return command("process", [route.name]);
    case "env":
      return command("env", [route.name], route.evaluatedBy);
    case "switch":
      return command("switch", [route.shell, route.name]);
    case "exec":
      return {
        kind: "command",
        name: "exec",
        words: route.name === undefined ? [] : [route.name],
        evaluatedBy: undefined,
        run: route.run,
      };
    case "due":
      return command("switch", [route.shell, "--due"]);
    case "activate": {
      const words = route.shell === undefined ? [route.flag ?? []].flat() : ["--shell", route.shell];
      return command("activate", words, route.evaluatedBy);
    }
    default:
      return route;
  }
}

/** `aws-as -s`, `-c` and `--shell X` are `aws-as activate …`, as with ssh-agent. */
export function startsActivation(word = ""): boolean {
  return /^(-[sc]|--shell(=.*)?)$/s.test(word);
}

/** Options with which `aws-as` is a switch of the shell: `aws-as --previous`, `aws-as --region R NAME`. */
function startsSwitch(word: string): boolean {
  return /^(-p|--previous|--(region|limit|policy)(=.*)?)$/s.test(word);
}

function routeTo(name: CommandName, words: readonly string[]): Route {
  const [first = "", second = ""] = words;
  // To "use", every word is a name. Behind `--` there are only names.
  const options = words.includes("--") ? words.slice(0, words.indexOf("--")) : words;
  if (name !== "use" && options.some(isHelp)) {
    const topic = name === "switch" && options.includes("--renew") ? "renew" : name;
    return { kind: "help", topic, isAsked: true };
  }
  switch (name) {
    case "process":
      if (words.length === 1 && isName(first)) return { kind: "process", name: first };
      return { kind: "command", name, words, evaluatedBy: undefined };
    case "switch":
      if (words.length === 2 && isName(second)) return { kind: "switch", shell: first, name: second };
      if (words.length === 2 && second === "--due") return { kind: "due", shell: first };
      return { kind: "command", name, words: withNameThatLooksLikeOption(words), evaluatedBy: undefined };
    case "env": {
      if (words.length === 1 && isName(first)) return { kind: "env", name: first, evaluatedBy: caller };
      const isData = givenFor("--format", words) !== undefined;
      const evaluatedBy = isData ? undefined : (givenFor("--shell", words) ?? caller);
      return { kind: "command", name, words, evaluatedBy };
    }
    case "exec": {
      const run = words.slice(options.length + 1);
      if (run.length === 0) return withoutCommand(words);
      const isPlain = options.length < 2 && options.every(isName);
      if (isPlain) return { kind: "exec", name: options[0], run };
      return { kind: "command", name, words: options, evaluatedBy: undefined, run };
    }
    case "activate": {
      const shell = givenFor("--shell", words);
      const evaluatedBy = shell ?? caller;
      const flag = first === "-s" || first === "-c" ? first : undefined;
      const isPlain = words.length === (first === "--shell" ? 2 : 1) && startsActivation(first);
      if (words.length === 0 || isPlain) return { kind: "activate", shell, flag, evaluatedBy };
      return { kind: "command", name, words, evaluatedBy };
    }
    default:
      return { kind: "command", name, words, evaluatedBy: undefined };
  }
}

/** `aws-as exec NAME` without `--`, or with nothing behind it. */
function withoutCommand(words: readonly string[]): Route {
  const at = words.findIndex((word) => !word.startsWith("-"));
  const [name = "NAME", ...run] = at < 0 ? [] : words.slice(at).filter((word) => word !== "--");
  return {
    kind: "mistake",
    message: 'aws-as exec runs the command that stands behind "--", and there is none',
    hint: execLine(name, run.length === 0 ? ["COMMAND"] : run),
    typed: "",
    known: [],
  };
}

/** What a person types to run a command as an identity. */
export function execLine(name: string, run: readonly string[]): string {
  const typed = (word: string) =>
    /^[\w.@:/+,=%~-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
  return ["aws-as exec", typed(name), "--", ...run.map(typed)].join(" ");
}

/** The functions hand on only names, but for these options: `aws-as use -x` means the identity `-x`. */
function withNameThatLooksLikeOption(words: readonly string[]): readonly string[] {
  const [shell = "", name = "", ...rest] = words;
  // A command typed behind a name, with options of its own.
  if (isName(name) && isName(rest[0] ?? "-x")) return [shell, "--", name, ...rest];
  const isOption =
    isName(name) ||
    name === "--" ||
    startsSwitch(name) ||
    /^--(leave|renew|code(=.*)?|help)$|^-h$/s.test(name);
  return isOption ? words : [shell, "--", name, ...rest];
}

function isHelp(word: string): boolean {
  return word === "--help" || word === "-h";
}

/** A word that is no option; `-` is nobody. */
function isName(word: string): boolean {
  return word === "-" || !word.startsWith("-");
}

/** The value of an option, found without a parser, because the words may be wrong. */
function givenFor(option: string, words: readonly string[]): string | undefined {
  const at = words.findIndex((word) => word === option || word.startsWith(`${option}=`));
  const word = words[at];
  if (word === undefined) return undefined;
  return word === option ? (words[at + 1] ?? "") : word.slice(option.length + 1);
}
