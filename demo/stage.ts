import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startFakeAws } from "../test/support/aws/fake-aws.ts";
import { one, worldOfOne } from "../test/support/aws/world-of-one.ts";
import { program } from "../test/support/home.ts";
import { colored } from "./telling.ts";

/** Where the demo plays: a home folder of its own, and an AWS of its own. */
export type Stage = Awaited<ReturnType<typeof makeStage>>;

/** A user with an access key and an MFA device, and two roles that nobody may assume without MFA. */
const config = `\
[profile my-user1-dev]
region = eu-west-1

[profile my-role1-dev]
region = eu-west-1
role_arn = ${one.role1}
source_profile = my-user1-dev

[profile my-role2-dev]
region = eu-west-1
role_arn = ${one.role2}
source_profile = my-user1-dev

# Where sessions rest. Without this it is the keychain of the system.
[aws-as]
store = file
passphrase_process = cat ~/passphrase
`;

const credentials = `\
[my-user1-dev]
aws_access_key_id = ${one.accessKeyId}
aws_secret_access_key = ${one.secretAccessKey}
`;

// aws-as warns of a program in /tmp, since init writes its path down. A person's own would not be there.
const lasting = existsSync("/var/tmp") ? "/var/tmp" : tmpdir();

/** Starts the fake AWS and furnishes the home folder. `clear` must be called in the end. */
export async function makeStage() {
  const controlToken = randomBytes(16).toString("hex");
  // `code` moves the fake's clock on when it runs out of codes, which real signatures would not survive for long.
  const rules = { skewSeconds: Number.POSITIVE_INFINITY };
  const aws = await startFakeAws({ world: worldOfOne(), controlToken, rules });
  const home = mkdtempSync(join(lasting, "aws-as-demo-"));
  const bin = join(home, "bin");
  for (const folder of [bin, join(home, ".aws")]) mkdirSync(folder, { mode: 0o700 });
  const write = (name: string, text: string, mode = 0o600) => writeFileSync(join(home, name), text, { mode });
  write(".aws/config", config);
  write(".aws/credentials", credentials);
  write("passphrase", `${randomBytes(16).toString("hex")}\n`);
  symlinkSync(program, join(bin, "aws-as"));
  // The Node that the demo runs on, wherever it is.
  symlinkSync(process.execPath, join(bin, "node"));
  symlinkSync(join(import.meta.dirname, "whoami.js"), join(home, "whoami.js"));
  const words = [
    process.execPath,
    join(import.meta.dirname, "code.js"),
    aws.url,
    controlToken,
    one.mfaSerial,
  ];
  write("bin/code", `#!/bin/sh\nexec ${words.map(quoted).join(" ")}\n`, 0o700);

  return {
    aws,
    home,
    /** The whole environment of what plays here: no key and no profile of the person's own gets in. */
    env: {
      PATH: `${bin}:${process.env["PATH"] ?? "/usr/bin:/bin"}`,
      HOME: home,
      AWS_ENDPOINT_URL: aws.url,
      // aws-cli v2 shows each answer in it.
      PAGER: "cat",
      ...(colored ? {} : { NO_COLOR: "1" }),
      ...kept("TERM", "COLORTERM", "LANG", "LC_ALL", "LC_CTYPE", "USER", "LOGNAME"),
    } as Readonly<Record<string, string>>,
    /** A code that the person's device shows and that was not used yet. */
    code: () => aws.code(one.mfaSerial),
    /** Takes everything away. The fake ends with this process. */
    clear: () => rmSync(home, { recursive: true, force: true, maxRetries: 5 }),
  };
}

function kept(...names: string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

const quoted = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;
