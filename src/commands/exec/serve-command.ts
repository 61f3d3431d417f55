import { type Acting, actAs, noteHandOut } from "../../credentials/act-as.ts";
import type { Machine } from "../../machine/machine.ts";
import { readConfig } from "../../machine/open.ts";
import { pathOf } from "../../serving/judge.ts";
import { serve } from "../../serving/serve.ts";
import { UserError } from "../../system/user-error.ts";

/** Where a command finds the credentials of its identity. */
export interface Served {
  readonly url: string;
  readonly token: string;
  close(): void;
}

/** Serves a command's identity, and further ones, on a port of this machine. */
export async function serveCommand(
  acting: Acting,
  { more = [], command }: { readonly more?: readonly string[] | undefined; readonly command: string },
  machine: Machine,
  warn: (message: string) => void,
): Promise<Served> {
  const first = new Map([[acting.identity.name, acting]]);
  for (const name of more)
    first.set(name, await actAs({ name, way: "exec", unattended: false }, machine, warn));
  const told = new Set<string>();
  const { token, address, close } = await serve(first, { kind: "port" }, machine, {
    warn,
    log: async ({ status, ...handedOut }) => {
      const { because } = handedOut;
      // Who is at the other end of a port the system does not tell: as far as we know, the command.
      await noteHandOut(acting.config, { ...handedOut, way: "exec", command, by: undefined }, machine);
      // What has no token is somebody else, and may ask a thousand times.
      if (status >= 500 || because === undefined || told.has(because)) return;
      told.add(because);
      warn(`refused a request for credentials: ${because}`);
    },
  });
  if (token === undefined) throw new Error("a port without a token");
  return { url: `http://${address}${pathOf(acting.identity.name)}`, token, close };
}

/** What all AWS clients take before they ask over HTTP. */
const goBefore = [
  "aws_access_key_id",
  "credential_process",
  "role_arn",
  "web_identity_token_file",
  "sso_session",
  "sso_account_id",
  "sso_start_url",
  "login_session",
];

/** The command would act as the default profile, and nobody would notice. */
export async function refuseOtherDefault(machine: Machine): Promise<void> {
  const { profiles } = await readConfig(machine);
  const properties = profiles.get("default")?.properties;
  const [found] = goBefore.flatMap((each) => properties?.get(each) ?? []);
  if (found === undefined) return;
  throw new UserError("AWS clients would take the credentials of [default] before those that are renewed", {
    at: found.position,
    hints: [
      "a profile that aws-as init writes renews as well: run the command with AWS_PROFILE=as-NAME, or give [default] another name",
    ],
  });
}
