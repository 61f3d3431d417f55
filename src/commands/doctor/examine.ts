import { checkEnvironment } from "./checks/environment.ts";
import { checkFiles } from "./checks/files.ts";
import { checkIdentities } from "./checks/identities.ts";
import { checkMachine, checkNetwork } from "./checks/machine.ts";
import { checkSettings } from "./checks/settings.ts";
import { checkStanzas } from "./checks/stanzas.ts";
import { checkStore } from "./checks/store.ts";
import { type Finding, type Findings, finding, severityOrder } from "./finding.ts";
import type { Snapshot } from "./snapshot.ts";

/** The parts of the examination; the report names what each looks at. */
const checks: readonly { readonly name: string; readonly run: (snapshot: Snapshot) => Findings }[] = [
  { name: "this shell's variables", run: checkEnvironment },
  { name: "the AWS files", run: checkFiles },
  { name: "profiles that run aws-as", run: checkStanzas },
  { name: "identities and their MFA devices", run: checkIdentities },
  { name: "settings of aws-as", run: checkSettings },
  { name: "the store", run: checkStore },
  { name: "clock, proxies and certificates", run: checkNetwork },
  { name: "this machine", run: checkMachine },
];

export interface Examination {
  /** Broken ones first; within a severity in the order of the checks. */
  readonly findings: readonly Finding[];
  readonly checked: readonly string[];
}

/** Runs all checks. Pure. A check that fails becomes a finding, and the others go on: doctor is for machines in disorder. */
export function examine(snapshot: Snapshot): Examination {
  const found = checks.flatMap(({ name, run }) => {
    try {
      return [...run(snapshot)];
    } catch (error) {
      return [
        finding("not-checked", {
          what: `${name} could not be looked at (${error instanceof Error ? error.name : "unknown error"})`,
          why: "this is a bug of aws-as",
          mend: "please report it with the output of: AWS_AS_DEBUG=1 aws-as doctor",
        }),
      ];
    }
  });
  if (snapshot.sts === undefined) {
    found.push(
      finding("not-checked", {
        what: "the way to AWS and the clock were not looked at",
        why: "--offline was given",
        mend: "aws-as doctor",
      }),
    );
  }
  const findings = severityOrder.flatMap((severity) => found.filter((each) => each.severity === severity));
  return { findings, checked: checks.map(({ name }) => name) };
}
