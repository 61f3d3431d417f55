import { bourne } from "../emit/bourne/shell.ts";
import type { Shell } from "../emit/dialect.ts";
import type { ParentProgram } from "../system/children/parent-program.ts";
import { shellOf } from "./which-shell.ts";

/**
 * A hint as the shell that calls understands it. Hints are written in the Bourne family's language; what has no other form
 * there is read alike in every shell. Pure.
 */
export function inCallersShell(hint: string, parent: ParentProgram | undefined): string {
  const shell = shellOf(parent) ?? bourne;
  return shell === bourne ? hint : inShell(hint, shell);
}

/** ssh-agent speaks the Bourne family's language and csh's, which fish reads; any shell can be run beneath it. */
function startOfAgent({ names: [name], programs: [program = name], typed }: Shell): string {
  return name === "fish" || name === "csh"
    ? `${typed.evaluate("ssh-agent -c")}; ssh-add`
    : `ssh-agent ${program}  # a shell beneath it, there: ssh-add`;
}

function inShell(hint: string, shell: Shell): string {
  const { typed, setup } = shell;
  const name = "[A-Z][A-Z0-9_]*";
  return hint
    .replace('eval "$(ssh-agent)" && ssh-add', () => startOfAgent(shell))
    .replace(/eval (?:"\$\(aws-as -s\)"|\$\(aws-as -s\))/g, () => setup[0].line)
    .replace(/eval "\$\(((?:env -u NODE_OPTIONS )?aws-as [^()]*)\)"/g, (_, command: string) =>
      typed.evaluate(command),
    )
    .replace(new RegExp(`\\bunset (${name}(?: ${name})*)`, "g"), (_, names: string) =>
      typed.unset(names.split(" ")),
    )
    .replace(new RegExp(`\\bread -rs (${name}) && export \\1\\b`, "g"), (_, variable: string) =>
      typed.ask(variable),
    )
    .replace(
      new RegExp(`\\bexport (${name})=((?!"\\$\\()"[^"]*"|[^\\s"]+)`, "g"),
      (_, variable: string, value: string) => typed.set(variable, value),
    );
}
