import { printable } from "../../../system/printable.ts";
import { type Finding, finding } from "../finding.ts";
import type { Snapshot } from "../snapshot.ts";

/** The first major version of Node.js that aws-as runs on; package.json says so too. */
const leastNode = 20;

/** This machine and this shell. */
export function checkMachine({ nodeVersion, hasAwsCli, env, program }: Snapshot): Finding[] {
  const found: Finding[] = [];
  if (Number.parseInt(nodeVersion, 10) < leastNode) {
    found.push(
      finding("node-too-old", {
        what: `this Node.js is ${nodeVersion}`,
        why: `aws-as needs version ${leastNode} or later`,
        mend: "install a newer Node.js, then: aws-as init",
      }),
    );
  }
  const functions = env["AWS_AS_FUNCTIONS"];
  if (functions !== undefined && functions !== program.version) {
    found.push(
      finding("shell-functions-old", {
        what: `the functions in this shell are of version ${printable(functions).slice(0, 20)}, and the program of ${program.version}`,
        why: "commands that are new since do not work here, and a switch may fail",
        mend: "eval $(aws-as -s)   (or open a new shell)",
      }),
    );
  }
  if (!hasAwsCli) {
    found.push(
      finding("aws-cli-missing", {
        what: "aws-cli is not on the PATH",
        why: "aws-as does not need it; sign-in to SSO does",
        mend: "https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html",
      }),
    );
  }
  return found;
}
