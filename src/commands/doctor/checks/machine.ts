import { proxyFor } from "../../../aws/proxy.ts";
import { clockSkewError } from "../../../aws/skew.ts";
import { twoProxyVariables } from "../../../clients/choices.ts";
import { printable } from "../../../system/printable.ts";
import { UserError } from "../../../system/user-error.ts";
import { type Findings, finding } from "../finding.ts";
import type { Snapshot, StsFacts } from "../snapshot.ts";

/** How far the clock may be off until AWS refuses signatures; and until codes that a program makes are refused. */
const refusedMs = 5 * 60_000;
const noticeableMs = 25_000;

/** The first major version of Node.js that aws-as runs on; package.json says so too. */
const leastNode = 20;

/** Clock, proxies, certificates. */
export function* checkNetwork(snapshot: Snapshot): Findings {
  const settings = [...proxySettings(snapshot), ...certificates(snapshot)];
  // A setting that cannot be used is why there was no answer.
  const isKnown = settings.some(({ severity }) => severity === "broken");
  yield* settings;
  for (const facts of snapshot.sts ?? []) {
    if (!(isKnown && facts.outcome.kind === "failure")) yield* checkAnswer(facts, snapshot);
  }
}

function* checkAnswer({ host, outcome }: StsFacts, { now, platform }: Snapshot): Findings {
  if (outcome.kind === "failure") {
    yield finding("sts-unreachable", {
      what: outcome.message,
      why: "new sessions cannot be had; those in the store go on to their end",
      mend: outcome.hints[0] ?? `curl -v https://${host}`,
    });
    return;
  }
  const off = Math.abs(outcome.ahead);
  if (off < noticeableMs) return;
  const date = new Date(now - outcome.ahead).toUTCString();
  const error = clockSkewError(
    host,
    { statusCode: 0, headers: { date }, body: new Uint8Array() },
    now,
    platform,
  );
  if (off >= refusedMs) {
    yield finding("clock-skew", {
      what: error.message,
      why: "AWS refuses signatures of such a time, and sessions seem to end too late or too early",
      mend: error.hints[0] ?? "set the clock",
    });
    return;
  }
  yield finding("clock-drift", {
    what: `this machine's clock is ${Math.round(off / 1000)} s ${outcome.ahead > 0 ? "ahead of" : "behind"} AWS's`,
    why: "codes that a program on this machine makes (mfa_process) are refused",
    mend: error.hints[0] ?? "set the clock",
  });
}

function* proxySettings({ env, sts }: Snapshot): Findings {
  for (const scheme of ["https", "http"]) {
    try {
      proxyFor(new URL(`${scheme}://sts.amazonaws.com/`), env);
    } catch (error) {
      // http alone is used where an endpoint says so, as in tests.
      if (!(error instanceof UserError) || (scheme === "http" && !usesHttp(sts))) continue;
      yield finding("proxy-unusable", {
        what: error.message,
        why: "no call reaches AWS",
        mend: error.hints[0] ?? "write it as http://HOST:PORT",
      });
    }
  }
  for (const name of ["https_proxy", "http_proxy", "no_proxy"]) {
    const [lower, upper] = [env[name], env[name.toUpperCase()]];
    if (!lower || !upper || lower === upper) continue;
    yield finding("proxy-variables-differ", {
      what: `${name} and ${name.toUpperCase()} are both set, and differ`,
      why: "clients go different ways",
      clients: twoProxyVariables,
      mend: `unset ${name}`,
    });
  }
}

function usesHttp(sts: Snapshot["sts"]): boolean {
  return (sts ?? []).some(({ host }) => /:\d+$/.test(host));
}

function* certificates({ bundles, extraCaReadable }: Snapshot): Findings {
  for (const { from, position, trouble } of bundles) {
    if (trouble === undefined) continue;
    yield finding("ca-bundle-unusable", {
      what: `${from}: ${trouble.message}`,
      why: "no call of aws-as or aws-cli reaches AWS",
      at: position,
      mend:
        position === undefined
          ? `unset ${from}   (or name a PEM file)`
          : "name a PEM file, or take the line out",
    });
  }
  if (extraCaReadable === false) {
    yield finding("extra-ca-missing", {
      what: "NODE_EXTRA_CA_CERTS names a file that cannot be read",
      why: "Node.js goes on without it, and trusts no certificate of your company",
      mend: "unset NODE_EXTRA_CA_CERTS   (or name a PEM file)",
    });
  }
}

/** This machine and this shell. */
export function* checkMachine({ nodeVersion, hasAwsCli, env, program }: Snapshot): Findings {
  if (Number.parseInt(nodeVersion, 10) < leastNode) {
    yield finding("node-too-old", {
      what: `this Node.js is ${nodeVersion}`,
      why: `aws-as needs version ${leastNode} or later`,
      mend: "install a newer Node.js, then: aws-as init",
    });
  }
  const functions = env["AWS_AS_FUNCTIONS"];
  if (functions !== undefined && functions !== program.version) {
    yield finding("shell-functions-old", {
      what: `the functions in this shell are of version ${printable(functions).slice(0, 20)}, and the program of ${program.version}`,
      why: "commands that are new since do not work here, and a switch may fail",
      mend: "eval $(aws-as -s)   (or open a new shell)",
    });
  }
  if (!hasAwsCli) {
    yield finding("aws-cli-missing", {
      what: "aws-cli is not on the PATH",
      why: "aws-as does not need it; sign-in to SSO does",
      mend: "https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html",
    });
  }
}
