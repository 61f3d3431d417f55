import { dirname, join } from "node:path";
import type { Endpoint } from "../../aws/aws.ts";
import { endpointKey } from "../../aws/endpoint.ts";
import { ssoSignInOf, ssoTokenPath } from "../../aws/sso-token.ts";
import { version } from "../../cli/version.ts";
import { readRaw } from "../../clients/raw-file.ts";
import {
  type AwsConfig,
  configFiles,
  mergeDocuments,
  namesEndpoint,
  tildePath,
} from "../../config/aws-config.ts";
import { parseDocument } from "../../config/files/document.ts";
import type { FileKind } from "../../config/files/lines.ts";
import type { Identity } from "../../config/resolve/identity.ts";
import { type IdentityName, identityNames } from "../../config/resolve/identity-list.ts";
import { resolveIdentity } from "../../config/resolve/resolve.ts";
import { isNode, programWords, splitCommand, stanzaIdentity } from "../../config/resolve/stanza.ts";
import { endpointOf, planFromMemory } from "../../credentials/plan-for.ts";
import type { Machine } from "../../machine/machine.ts";
import { programCommand } from "../../profiles/program.ts";
import { stanzas } from "../../profiles/stanzas.ts";
import { isKeyRoot } from "../../session/plan.ts";
import { nodeVersion } from "../../system/environment.ts";
import { failureReason } from "../../system/failure-reason.ts";
import { UserError } from "../../system/user-error.ts";
import { askSts } from "./ask-sts.ts";
import type { Disk } from "./disk.ts";
import { storeFacts } from "./gather-store.ts";
import type {
  BundleFacts,
  CommandFacts,
  DeviceFacts,
  FileError,
  FileFacts,
  IdentityFacts,
  ProgramFacts,
  Snapshot,
  SsoFacts,
  StanzaFacts,
  StsFacts,
} from "./snapshot.ts";

/**
 * Gathers all facts at once, each with a time limit of its own; an error becomes a fact. Writes nothing, asks no
 * question, opens no secret of a store.
 */
export async function gather(machine: Machine, disk: Disk, offline: boolean): Promise<Snapshot> {
  const files = {
    config: await fileFacts("config", machine, disk),
    credentials: await fileFacts("credentials", machine, disk),
  };
  const config = {
    ...mergeDocuments(files.config.document, files.credentials.document),
    elsewhere: namesEndpoint(machine.env),
  };
  const resolved = identityNames(config).map((name) => resolvedSoftly(config, name));
  const [identities, store, sts] = await Promise.all([
    Promise.all(resolved.map((each) => identityFacts(each, config, machine))),
    storeFacts(config, machine),
    offline ? undefined : stsFacts(resolved, config, machine),
  ]);
  const { env, home } = machine;
  const extra = env["NODE_EXTRA_CA_CERTS"];
  const command = await ownCommand(machine);
  return {
    env,
    home,
    platform: machine.platform,
    now: machine.clock.now(),
    nodeVersion: nodeVersion(),
    program: { ...machine.program, version },
    config,
    files,
    folders: foldersOf(files, machine).map((path) => ({
      path,
      shown: tildePath(path, home),
      isOurs: path === machine.directory,
      disk: disk.onDisk(path),
    })),
    stanzas: stanzas(config).map((stanza) => {
      const words = programWords(
        config.profiles.get(stanza.profile)?.properties.get("credential_process")?.value ?? "",
      );
      return { ...stanza, ...stanzaProgram(words, machine, disk) };
    }),
    identities,
    commands: commandsOf(config, env).map((each) => ({ ...each, program: programOf(each, home, disk) })),
    sso: ssoFacts(config, home, disk),
    store,
    sts,
    bundles: bundlesOf(config, env).map(({ path, ...from }) => ({
      ...from,
      trouble: disk.caBundleTrouble(path),
    })),
    extraCaReadable: extra ? disk.canRead(extra) : undefined,
    hasAwsCli: disk.program("aws") === "there",
    ownTarget: machine.realPath(machine.program.script) ?? machine.program.script,
    command,
  };
}

async function fileFacts(kind: FileKind, machine: Machine, disk: Disk): Promise<FileFacts> {
  const { env, home } = machine;
  const path = configFiles(env, home)[kind];
  const shown = tildePath(path, home);
  const variable = kind === "config" ? "AWS_CONFIG_FILE" : "AWS_SHARED_CREDENTIALS_FILE";
  let bytes: Buffer | undefined;
  let unreadable: string | undefined;
  try {
    bytes = await machine.readFile(path);
  } catch (error) {
    unreadable = failureReason(error);
  }
  const text = bytes ?? Buffer.alloc(0);
  return {
    path,
    shown,
    variable: env[variable] ? variable : undefined,
    disk: disk.onDisk(path),
    unreadable,
    ...readLeniently(text, shown, kind),
  };
}

/** With more errors than this, the file is something else than an AWS file, and nothing in it is believed. */
const maxErrors = 100;

/** What is in a file, and why aws-as refuses it, line by line. */
export function readLeniently(
  bytes: Buffer,
  file: string,
  kind: FileKind,
): Pick<FileFacts, "document" | "errors" | "raw"> {
  const nothing = Buffer.alloc(0);
  try {
    const read = parseDocument(bytes, file, kind);
    const isOther = read.errors.length >= maxErrors;
    return {
      document: isOther ? parseDocument(nothing, file, kind) : read,
      errors: read.errors.slice(0, maxErrors).flatMap(asFact),
      raw: readRaw(bytes, kind, file),
    };
  } catch (error) {
    // In another encoding no line is what it seems.
    if (!(error instanceof UserError)) throw error;
    return {
      document: parseDocument(nothing, file, kind),
      errors: asFact(error),
      raw: readRaw(nothing, kind, file),
    };
  }
}

function asFact({ at, what, hints }: UserError): FileError[] {
  return at === undefined ? [] : [{ line: at.line, message: what, hint: hints[0] }];
}

/** The folder of each file, and ours. */
function foldersOf(files: Snapshot["files"], { directory }: Machine): string[] {
  return [...new Set([dirname(files.config.path), dirname(files.credentials.path), directory])];
}

type Resolved = IdentityName & ({ readonly identity: Identity } | { readonly error: UserError });

function resolvedSoftly(config: AwsConfig, name: IdentityName): Resolved {
  try {
    return { ...name, identity: resolveIdentity(config, name.name) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { ...name, error };
  }
}

async function identityFacts(each: Resolved, config: AwsConfig, machine: Machine): Promise<IdentityFacts> {
  const { name, kind, position } = each;
  if ("error" in each) {
    return { name, kind, position, error: each.error };
  }
  const { root } = each.identity;
  try {
    const made = await planFromMemory(each.identity, config, machine);
    if (!isKeyRoot(root) || "sessionToken" in root) return { name, kind, position };
    const device: DeviceFacts =
      made === undefined
        ? "unknown"
        : (made.steps.map(deviceOf).find((serial) => serial !== undefined) ?? "none");
    // The user has said that there is none.
    if (device === "none" && root.mfaSerial === "none") return { name, kind, position };
    return { name, kind, position, device, root: root.profile };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { name, kind, position, error };
  }
}

function deviceOf(step: object): { serial: string } | undefined {
  const serial = "device" in step ? step.device : undefined;
  return typeof serial === "string" ? { serial } : undefined;
}

/** The endpoints that the identities use: what differs in address or trust, a few at most. */
async function stsFacts(
  resolved: readonly Resolved[],
  config: AwsConfig,
  machine: Machine,
): Promise<readonly StsFacts[]> {
  const endpoints = new Map<string, Endpoint>();
  const add = (make: () => Endpoint) => {
    try {
      const endpoint = make();
      const key = `${endpointKey(endpoint)} ${endpoint.caBundle ?? ""}`;
      // The first region of a partition speaks for the others: a session is good in all of them.
      if (!endpoints.has(key)) endpoints.set(key, endpoint);
    } catch (error) {
      // A region or URL that cannot be used is the finding of its identity.
      if (!(error instanceof UserError)) throw error;
    }
  };
  for (const each of resolved) {
    if (!("identity" in each)) continue;
    const { settings, hops } = each.identity;
    add(() => endpointOf(settings, hops.at(-1)?.roleArn, config, machine));
  }
  if (endpoints.size === 0) add(() => endpointOf(new Map(), undefined, config, machine));
  return await Promise.all([...endpoints.values()].slice(0, 3).map((endpoint) => askSts(endpoint, machine)));
}

function stanzaProgram(
  words: readonly string[],
  machine: Machine,
  disk: Disk,
): Pick<StanzaFacts, "program" | "script" | "target"> {
  const [word = "", second = ""] = words;
  const program: ProgramFacts = { word, state: disk.program(word) };
  const path = isNode(word) ? second : word;
  const real = machine.realPath(path);
  return {
    program,
    script: isNode(word) ? { path, readable: disk.canRead(path) } : undefined,
    target: real === undefined ? undefined : { path: real, version: disk.versionAt(real) },
  };
}

function commandsOf(config: AwsConfig, env: Machine["env"]): CommandFacts[] {
  const found: CommandFacts[] = [];
  const variable = env["AWS_AS_MFA_PROCESS"];
  if (variable) found.push({ setting: "AWS_AS_MFA_PROCESS", command: variable });
  const sections = [config.settings, ...config.ours.values(), ...config.profiles.values()];
  for (const section of sections) {
    for (const setting of ["mfa_process", "passphrase_process", "credential_process"]) {
      const said = section?.properties.get(setting);
      if (!said?.value || stanzaIdentity(said.value) !== undefined) continue;
      found.push({ setting, command: said.value, position: said.position });
    }
  }
  return found;
}

/** What only a shell knows, and no file on the PATH need be. */
const builtins =
  /^(?:[.:[]|cd|command|echo|eval|exec|export|false|if|for|printf|read|set|source|test|true|while|\{|\()$/;

/** The program that a command line begins with; undefined where only a shell could tell. */
function programOf({ command }: CommandFacts, home: string, disk: Disk): ProgramFacts | undefined {
  const [word = ""] = splitCommand(command);
  if (!/^[\w./~@+:\\ -]+$/.test(word) || builtins.test(word)) return undefined;
  const path = word.startsWith("~/") ? join(home, word.slice(2)) : word;
  return { word, state: disk.program(path) };
}

function ssoFacts(config: AwsConfig, home: string, disk: Disk): SsoFacts[] {
  return [...config.ssoSessions.values()].map(({ name, position }) => {
    return { session: name, position, ...ssoSignInOf(disk.text(ssoTokenPath(home, name))) };
  });
}

function bundlesOf(config: AwsConfig, env: Machine["env"]): (BundleFacts & { path: string })[] {
  const found = new Map<string, BundleFacts & { path: string }>();
  const variable = env["AWS_CA_BUNDLE"];
  if (variable) found.set(variable, { path: variable, from: "AWS_CA_BUNDLE" });
  for (const { properties } of [...config.profiles.values(), ...config.ours.values()]) {
    const said = properties.get("ca_bundle");
    if (said?.value && !found.has(said.value)) {
      found.set(said.value, { path: said.value, from: "ca_bundle", position: said.position });
    }
  }
  return [...found.values()];
}

async function ownCommand(machine: Machine): Promise<Snapshot["command"]> {
  try {
    const { command, warnings } = await programCommand({
      ...machine.program,
      platform: machine.platform,
      home: machine.home,
      realPath: machine.realPath,
      shortPath: machine.shortPath,
    });
    return { text: command, warnings };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return undefined;
  }
}
