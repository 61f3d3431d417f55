import { isAwsKey } from "../../../clients/line-rule.ts";
import type { Property, Section } from "../../../config/resolve/identity.ts";
import { identityProperties } from "../../../config/resolve/identity-properties.ts";
import { accountsOf } from "../../../config/resolve/short-names.ts";
import { isMfaSeconds, isSessionSeconds } from "../../../config/settings.ts";
import { quote } from "../../../config/shown.ts";
import { storeKinds } from "../../../store/secret-store.ts";
import { suggest } from "../../../system/suggest.ts";
import { UserError } from "../../../system/user-error.ts";
import { type Findings, finding } from "../finding.ts";
import type { CommandFacts, Snapshot } from "../snapshot.ts";

/** Settings in `[aws-as]`. */
export const globalSettings: readonly string[] = [
  "accounts",
  "agents",
  "firefox_containers",
  "log",
  "mfa_process",
  "mfa_seconds",
  "pass_prefix",
  "passphrase_process",
  "prefix",
  "protected_minutes",
  "session_name",
  "session_seconds",
  "source_profile",
  "store",
];

/** What `[aws-as NAME]` alone may say; beside it, all that a profile may say. */
export const ownSettings: readonly string[] = [
  "access_key_id",
  "account",
  "agents",
  "limits",
  "firefox_containers",
  "mfa_process",
  "mfa_seconds",
  "mfa_serial",
  "protected",
  "protected_minutes",
  "session_name",
  "session_seconds",
];

/** What the sections [aws-as] and [aws-as NAME] say. */
export function* checkSettings(snapshot: Snapshot): Findings {
  const { config } = snapshot;
  const own = [...config.ours.values()];
  yield* unknown(config.settings, "[aws-as]", globalSettings, () => false);
  const known = [...ownSettings, ...identityProperties];
  for (const section of own) yield* unknown(section, `[aws-as ${section.name}]`, known, isAwsKey);
  yield* values(snapshot);
  for (const section of own) yield* orphan(section, snapshot);
  for (const command of snapshot.commands) yield* checkCommand(command, snapshot);
}

function* unknown(
  section: Section | undefined,
  header: string,
  known: readonly string[],
  isOther: (name: string) => boolean,
): Findings {
  for (const [name, { position }] of section?.properties ?? []) {
    if (known.includes(name) || isOther(name)) continue;
    const [says, mend] = ownSettings.includes(name)
      ? [`${quote(name)}, which each identity says for itself`, "write it in a section [aws-as NAME]"]
      : misspelt(name, known);
    yield finding("setting-unknown", {
      what: `${header} says ${says}`,
      why: "it has no effect",
      at: position,
      mend,
    });
  }
}

/** What is wrong with a name that nothing has, and what mends it. */
function misspelt(name: string, known: readonly string[]): [string, string] {
  const close = suggest(name, known)[0];
  // What stands before a `=` may be the end of a secret: only plain words are shown.
  const shown = close !== undefined || /^[a-z]+(?:_[a-z]+)*$/.test(name) ? quote(name) : "a property";
  return close === undefined
    ? [`${shown}, which aws-as does not know`, "take the line out"]
    : [`${shown}, which aws-as does not know; did you mean ${quote(close)}?`, `write ${close} in its place`];
}

function* values({ config }: Snapshot): Findings {
  const bad = ({ position: at }: Property, what: string, mend: string) =>
    finding("setting-bad-value", { what, why: "aws-as refuses to go on with it", at, mend });
  const store = config.settings?.properties.get("store");
  if (store?.value && !(storeKinds as readonly string[]).includes(store.value)) {
    yield bad(store, `store is none of ${storeKinds.join(", ")}`, "aws-as store setup");
  }
  const prefix = config.settings?.properties.get("prefix");
  if (prefix !== undefined && /[^\w.@:/+%-]/.test(prefix.value)) {
    yield bad(prefix, "prefix holds letters that not all clients take in a name", "prefix = as-");
  }
  const accounts = config.settings?.properties.get("accounts");
  if (accounts !== undefined) {
    try {
      accountsOf(config);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      yield bad(accounts, error.what, "accounts = prod=111111111111, dev=222222222222");
    }
  }
  for (const section of [config.settings, ...config.ours.values(), ...config.profiles.values()]) {
    const seconds = section?.properties.get("session_seconds");
    if (seconds?.value && !isSessionSeconds(seconds.value))
      yield bad(seconds, "session_seconds is not a number from 900 to 129600", "session_seconds = 43200");
    const age = section?.properties.get("mfa_seconds");
    if (age?.value && !isMfaSeconds(age.value))
      yield bad(age, "mfa_seconds is not a number from 1 to 129600", "mfa_seconds = 3600");
  }
}

/** A section about a profile that does not exist, and that does not make an identity by itself. */
function* orphan({ name, position, properties }: Section, { config }: Snapshot): Findings {
  if (config.profiles.has(name)) return;
  if (identityProperties.some((property) => property !== "mfa_serial" && properties.has(property))) return;
  const close = suggest(name, [...config.profiles.keys()])[0];
  yield finding("own-section-orphan", {
    what: `[aws-as ${name}] is about a profile that does not exist`,
    why: "what it says has no effect",
    at: position,
    mend: close === undefined ? "take the section out" : `write [aws-as ${close}]`,
  });
}

function* checkCommand(
  { setting, command, program, position }: CommandFacts,
  { stanzas }: Snapshot,
): Findings {
  if (program !== undefined && program.state !== "there") {
    const state = program.state === "missing" ? "is not there" : "may not be executed";
    yield finding("command-missing", {
      what: `${setting} runs ${programShown(program.word)}, which ${state}`,
      why:
        program.state === "missing"
          ? "it is neither a file nor on the PATH of this shell"
          : "it fails each time",
      at: position,
      mend: program.state === "missing" ? "install it, or write its whole path" : "chmod +x its file",
    });
  }
  const profile = stanzas.find((stanza) => usesProfile(command, stanza.profile))?.profile;
  if (profile !== undefined || /(?:^|[\s/|;&])aws-as(?:\.cjs)?\s/.test(command)) {
    const how =
      profile === undefined ? "calls aws-as" : `uses the profile ${quote(profile)}, which aws-as serves`;
    yield finding("command-runs-aws-as", {
      what: `${setting} ${how}`,
      why: "aws-as would start itself for ever, and therefore refuses to run there",
      at: position,
      mend: "give the command credentials of its own",
    });
  }
}

/** The user may have written the secret itself in place of the command that prints it. */
function programShown(word: string): string {
  const isName = /^[a-z][a-z0-9._+-]{0,29}$/.test(word);
  const isPath = /^(?:~|\.{0,2})\/[\w.@+ -]+(?:\/[\w.@+ -]+)*$/.test(word);
  return isName || isPath ? quote(word) : "a program";
}

function usesProfile(command: string, profile: string): boolean {
  const words = command.split(/[\s=]+/);
  return words.some(
    (word, index) => /^(?:--profile|AWS_PROFILE)$/.test(word) && words[index + 1] === profile,
  );
}
