import { keysAndProfile, twoProfileVariables, unexpandedPath } from "../../../clients/choices.ts";
import { pathWord } from "../../../config/shown.ts";
import { promptChoices } from "../../../prompt/choose-way.ts";
import { storeKinds } from "../../../store/secret-store.ts";
import { guardVariable } from "../../../system/children/child-environment.ts";
import { printable } from "../../../system/printable.ts";
import { suggest } from "../../../system/suggest.ts";
import { type Findings, finding } from "../finding.ts";
import type { Snapshot } from "../snapshot.ts";

/** The variables of aws-as that mean something: docs/protocol.md and the code; a test compares. */
export const environmentVariables: readonly string[] = [
  "AWS_AS_ACCESS_KEY_ID",
  "AWS_AS_DEBUG",
  "AWS_AS_DIR",
  "AWS_AS_DISABLE_PROMPT",
  "AWS_AS_FUNCTIONS",
  "AWS_AS_GUARD",
  "AWS_AS_IDENTITY",
  "AWS_AS_MARKS",
  "AWS_AS_MEMORY",
  "AWS_AS_MFA_CODE",
  "AWS_AS_MFA_PROCESS",
  "AWS_AS_MFA_SERIAL",
  "AWS_AS_NEW_PASSPHRASE",
  "AWS_AS_PASSPHRASE",
  "AWS_AS_PINENTRY",
  "AWS_AS_PROMPT",
  "AWS_AS_QUIET",
  "AWS_AS_REGION",
  "AWS_AS_RENEW",
  "AWS_AS_STORE",
];

/** The variables of this shell: what beats profiles, what is no longer true, what is misspelt. */
export function* checkEnvironment(snapshot: Snapshot): Findings {
  yield* guard(snapshot);
  yield* credentials(snapshot);
  yield* profiles(snapshot);
  yield* files(snapshot);
  yield* ourVariables(snapshot);
}

function* guard({ env }: Snapshot): Findings {
  if (env[guardVariable] === undefined) return;
  yield finding("env-guard", {
    what: `${guardVariable} is set in this shell`,
    why: "aws-as sets it for commands that it runs itself, and refuses to run under it",
    mend: `unset ${guardVariable}   (or leave the shell that an mfa_process or the like has started)`,
  });
}

function* credentials({ env, now, stanzas }: Snapshot): Findings {
  const key = env["AWS_ACCESS_KEY_ID"];
  const secret = env["AWS_SECRET_ACCESS_KEY"];
  const identity = env["AWS_AS_IDENTITY"];
  const profile = env["AWS_PROFILE"] || env["AWS_DEFAULT_PROFILE"];
  const drop = "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN";
  if (Boolean(key) !== Boolean(secret)) {
    const [there, missing] = key
      ? ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]
      : ["AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"];
    yield finding("env-half-key", {
      what: `${there} is set, and ${missing} is not`,
      why: "botocore stops with PartialCredentialsError, and others pass the half over",
      mend: drop,
    });
    return;
  }
  if (!key) return;
  const isOurs = identity !== undefined && key === env["AWS_AS_ACCESS_KEY_ID"];
  const again = `aws-as ${shownName(identity ?? "")}`;
  if (profile) {
    yield finding("env-keys-and-profile", {
      what: isOurs
        ? `this shell acts as "${shownName(identity)}", and AWS_PROFILE was set since`
        : "both access keys and AWS_PROFILE are set in this shell",
      why: "clients disagree about which of them counts",
      clients: keysAndProfile,
      mend: isOurs ? "unset AWS_PROFILE AWS_DEFAULT_PROFILE" : drop,
    });
  }
  if (isOurs) {
    const end = Date.parse(env["AWS_CREDENTIAL_EXPIRATION"] ?? "");
    if (end <= now) {
      yield finding("env-session-ended", {
        what: `the session of "${shownName(identity)}" in this shell ended at ${new Date(end).toISOString().replace(/\.\d+Z$/, "Z")}`,
        why: "AWS refuses every call of this shell with ExpiredToken",
        mend: again,
      });
    }
    return;
  }
  if (identity !== undefined) {
    yield finding("env-keys-changed", {
      what: `this shell is named "${shownName(identity)}", and its access key is another one`,
      why: "commands here act as the owner of the key, not as the name says",
      mend: again,
    });
  } else if (!profile && stanzas.length > 0) {
    yield finding("env-keys-beat-profiles", {
      what: `access keys that aws-as did not set are in this shell (key …${shownName(key.slice(-4))})`,
      why: "nearly every client prefers them to all profiles, but for one given with --profile or in code",
      mend: drop,
    });
  }
}

function* profiles({ env, config, identities }: Snapshot): Findings {
  for (const variable of ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"]) {
    const name = env[variable];
    if (!name || config.profiles.has(name)) continue;
    const isOwn = identities.some((identity) => identity.name === name);
    const close = suggest(name, [...config.profiles.keys()])[0];
    yield finding("env-profile-missing", {
      what: isOwn
        ? `${variable} is "${shownName(name)}", which only an [aws-as] section describes`
        : `${variable} is "${shownName(name)}", and there is no such profile`,
      why: "aws-cli and most SDKs stop with an error, or act as nobody",
      mend: isOwn
        ? `aws-as init ${shownName(name)}`
        : close === undefined
          ? `unset ${variable}`
          : `export ${variable}=${close}`,
    });
  }
  const [one, other] = [env["AWS_PROFILE"], env["AWS_DEFAULT_PROFILE"]];
  if (one && other && one !== other) {
    yield finding("env-two-profiles", {
      what: `AWS_PROFILE is "${shownName(one)}", and AWS_DEFAULT_PROFILE is "${shownName(other)}"`,
      why: "clients disagree about which of them counts",
      clients: twoProfileVariables,
      mend: "unset AWS_DEFAULT_PROFILE",
    });
  }
  const old = env["AWS_SECURITY_TOKEN"];
  if (old && old !== env["AWS_SESSION_TOKEN"]) {
    yield finding("env-security-token", {
      what: "AWS_SECURITY_TOKEN is set, and is not AWS_SESSION_TOKEN",
      why: "old versions of botocore prefer it, and AWS then refuses the keys",
      mend: "unset AWS_SECURITY_TOKEN",
    });
  }
  if (env["AWS_WEB_IDENTITY_TOKEN_FILE"] && env["AWS_ROLE_ARN"]) {
    yield finding("env-web-identity", {
      what: "AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN are set in this shell",
      why: "clients that were not given a profile assume that role, before the default profile",
      mend: "unset AWS_WEB_IDENTITY_TOKEN_FILE AWS_ROLE_ARN   (unless this machine is meant to act so)",
    });
  }
}

function* files({ env, files, platform }: Snapshot): Findings {
  for (const { variable, disk, path, shown } of [files.config, files.credentials]) {
    if (variable === undefined) continue;
    const value = env[variable] ?? "";
    if (platform !== "win32" && /^[A-Za-z]:[\\/]|\\/.test(value)) {
      yield finding("env-windows-path", {
        what: `${variable} is a path of Windows`,
        why: "on this side of WSL there is no such file: every profile in it is missing",
        mend: `export ${variable}="$(wslpath "$${variable}")"   (and WSLENV=${variable}/p where Windows sets it)`,
      });
      continue;
    }
    const unset = /\$\{?\w+\}?/.exec(path)?.[0];
    if (/^~|\$/.test(value) && unset === undefined) {
      yield finding("env-file-unexpanded", {
        what: `${variable} holds ~ or a variable, which no shell has replaced`,
        why: "other clients look for a file of that very name, and find nothing",
        clients: unexpandedPath,
        mend: `export ${variable}=${pathWord(shown)}`,
      });
    } else if (!/^(?:[/~$]|[A-Za-z]:[\\/]|\\\\)/.test(value)) {
      yield finding("env-file-relative", {
        what: `${variable} is a relative path`,
        why: "which file is read depends on the folder that each program runs in",
        mend: `export ${variable}="$PWD/${printable(value).replace(/^\.\//, "")}"   (from the right folder)`,
      });
    }
    if (disk === undefined) {
      yield finding("env-file-missing", {
        what:
          unset === undefined
            ? `${variable} names "${printable(path)}", which does not exist`
            : `${variable} names "${printable(path)}", and ${unset} is not set`,
        why: "clients read an empty file in its place, and say that profiles are missing",
        mend: `unset ${variable}`,
      });
    }
  }
}

function* ourVariables({ env }: Snapshot): Findings {
  for (const name of Object.keys(env)) {
    if (!name.startsWith("AWS_AS_") || environmentVariables.includes(name)) continue;
    const close = suggest(name, environmentVariables)[0];
    const hint = close === undefined ? "" : `; did you mean ${close}?`;
    yield finding("env-unknown-variable", {
      what: `aws-as knows no variable ${shownName(name)}${hint}`,
      why: "it has no effect",
      mend: `unset ${shownName(name)}`,
    });
  }
  const choices = { AWS_AS_STORE: storeKinds, AWS_AS_PROMPT: promptChoices };
  for (const [name, values] of Object.entries(choices) as [string, readonly string[]][]) {
    const value = env[name];
    if (!value || values.includes(value)) continue;
    yield finding("env-bad-value", {
      what: `${name} is "${shownName(value)}", which is none of ${values.join(", ")}`,
      why: "aws-as refuses to go on with it",
      mend: `unset ${name}`,
    });
  }
}

/** Values of variables may hold anything. */
function shownName(text: string): string {
  return printable(text).slice(0, 80);
}
