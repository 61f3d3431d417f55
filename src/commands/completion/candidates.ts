import { startsActivation } from "../../argv.ts";
import type { Candidate } from "../../emit/answer.ts";

/** What people can type after `aws-as`, told by the commands themselves. */
export interface Grammar {
  /** The commands that help lists. */
  readonly verbs: readonly Verb[];
  /** The words that an option or an argument takes, where they are few: by verb, then by its name. */
  readonly choices: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

export interface Verb {
  /** One word, or two with a blank between: `login`, `store setup`. */
  readonly name: string;
  readonly description: string;
  readonly flags: readonly Flag[];
  /** The names of its arguments, in their order. */
  readonly parameters: readonly string[];
  /** Whether any number of words may follow. */
  readonly open: boolean;
}

export interface Flag {
  readonly names: readonly string[];
  readonly description: string;
  readonly takesValue: boolean;
}

/** Verbs that help does not list, and what follows them. */
const hiddenVerbs: readonly Verb[] = ["use", "--"].map((name) => ({
  name,
  description: "",
  flags: [],
  parameters: ["identity"],
  open: false,
}));

const help: Flag = { names: ["--help"], description: "show how it is used", takesValue: false };
const version: Flag = { names: ["--version"], description: "show the version", takesValue: false };

/**
 * What can stand in place of the last word, in the order in which people read it: identities first. Options are given
 * where a dash is typed. Words that shells match by rules of their own are given whether they fit what is typed or
 * not. Pure.
 *
 * @param words the words of the command line up to the cursor, the last perhaps empty
 */
export function candidates(
  words: readonly string[],
  grammar: Grammar,
  identities: readonly Candidate[],
): Candidate[] {
  const command = words.findIndex((word) => !/^[A-Za-z_]\w*=/.test(word));
  const [called = "", ...rest] = words.slice(Math.max(command, 0));
  if (/(^|[/\\])aws-as-deactivate$/.test(called)) {
    return rest.length > 1
      ? []
      : [{ word: "--keep-creds", description: "leave the credentials in this shell" }];
  }
  const [first = "", ...more] = rest;
  const activate = named(grammar.verbs, "activate");
  if (more.length === 0) {
    if (!first.startsWith("-")) return atStart(grammar, identities);
    const flags = [...(activate?.flags ?? []), help, version].flatMap((flag) => offered(flag));
    const previous = { word: "--previous", description: "act as the identity before this one" };
    return (
      withValue(first, activate, grammar) ?? [{ word: "-", description: "act as nobody" }, previous, ...flags]
    );
  }
  if (startsActivation(first)) return after(activate, [first, ...more], grammar, identities);
  const seconds = secondWords(grammar, first);
  if (seconds.length > 0) {
    const [second = "", ...others] = more;
    if (others.length > 0)
      return after(named(grammar.verbs, `${first} ${second}`), others, grammar, identities);
    return second.startsWith("-") ? offered(help) : seconds;
  }
  const verb = named([...grammar.verbs, ...hiddenVerbs], first);
  if (verb !== undefined) return after(verb, more, grammar, identities);
  // Behind a name.
  const env = named(grammar.verbs, "env");
  const flags = env?.flags.filter(({ names }) => /^--(code|region|limit|policy)$/.test(names[0] ?? ""));
  if (env === undefined || flags === undefined || first.startsWith("-")) return [];
  return after({ ...env, flags, parameters: [], open: false }, more, grammar, identities);
}

/** Identities and verbs. An identity that bears a verb's name cannot be meant here. */
function atStart(grammar: Grammar, identities: readonly Candidate[]): Candidate[] {
  const firstWords = new Set(grammar.verbs.map(({ name }) => name.replace(/ .*/, "")));
  const verbs = [...firstWords].map((word) => {
    const seconds = secondWords(grammar, word).map((second) => second.word);
    return { word, description: named(grammar.verbs, word)?.description ?? seconds.join(", ") };
  });
  return [...identities.filter(({ word }) => !verbs.some((verb) => verb.word === word)), ...verbs];
}

/** What can follow the first word of commands that have two, such as `setup` behind `store`. */
function secondWords(grammar: Grammar, first: string): Candidate[] {
  return grammar.verbs
    .filter(({ name }) => name.startsWith(`${first} `))
    .map(({ name, description }) => ({ word: name.slice(first.length + 1), description }));
}

function after(
  verb: Verb | undefined,
  words: readonly string[],
  grammar: Grammar,
  identities: readonly Candidate[],
): Candidate[] {
  if (verb === undefined) return [];
  const current = words.at(-1) ?? "";
  let position = 0;
  let onlyWords = verb.name === "--";
  let expected: string | undefined;
  const given = new Set<string>();
  for (const word of words.slice(0, -1)) {
    if (expected !== undefined) {
      expected = undefined;
    } else if (onlyWords || !word.startsWith("-") || word === "-") {
      position++;
    } else if (word === "--") {
      onlyWords = true;
    } else {
      const flag = verb.flags.find(({ names }) => names.includes(word.replace(/=.*$/s, "")));
      for (const name of flag?.names ?? []) given.add(name);
      if (flag?.takesValue && !word.includes("=")) expected = word;
    }
  }
  if (expected !== undefined) return choices(verb, expected, grammar);
  if (!onlyWords && current.startsWith("-")) {
    const flags = [...verb.flags, help].filter(({ names }) => !names.some((name) => given.has(name)));
    return withValue(current, verb, grammar) ?? flags.flatMap((flag) => offered(flag));
  }
  const parameter =
    verb.parameters[position] ?? (verb.open ? (verb.parameters.at(-1) ?? "identity") : undefined);
  if (parameter === undefined) return [];
  return parameter === "identity" ? [...identities] : choices(verb, parameter, grammar);
}

/** `--shell=…`: the words that can stand behind the sign, with all that stands before it. */
function withValue(word: string, verb: Verb | undefined, grammar: Grammar): Candidate[] | undefined {
  const [, name] = /^(--[\w-]+)=/.exec(word) ?? [];
  if (name === undefined || verb === undefined) return undefined;
  return choices(verb, name, grammar).map((each) => ({ ...each, word: `${name}=${each.word}` }));
}

function choices(verb: Verb, name: string, grammar: Grammar): Candidate[] {
  return (grammar.choices[verb.name]?.[name] ?? []).map((word) => ({ word, description: "" }));
}

function offered({ names, description }: Flag): Candidate[] {
  return names.map((word) => ({ word, description }));
}

function named(verbs: readonly Verb[], name: string): Verb | undefined {
  return verbs.find((verb) => verb.name === name);
}
