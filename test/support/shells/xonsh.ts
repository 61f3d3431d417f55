import { xonsh } from "../../../src/emit/xonsh/shell.ts";
import type { Shell } from "./shell.ts";

/**
 * What makes the prompt `ready> `, variables that xonsh sets by itself sooner or later, and a function that writes down
 * everything that a session holds, objects by their address. To be put into a start-up file.
 */
export const xonshSettings = `
$PROMPT = "ready> "
$LAST_RETURN_CODE = 0
$XONSH_CAPTURE_ALWAYS = False
$XONSH_APPEND_NEWLINE = True
def write_state(file):
    import builtins
    import signal
    session = __xonsh__
    env = session.env
    events = session.builtins.events
    lines = ["variable " + str(name) + "=" + repr(value) for name, value in env._d.items()]
    lines += ["exported " + name + "=" + repr(value) for name, value in env.detype().items()]
    lines += ["known variable " + str(name) + " " + repr(value) for name, value in env._vars.items()]
    lines += ["prompt field " + name + " " + repr(value) for name, value in env["PROMPT_FIELDS"].items()]
    lines += ["alias " + name + "=" + repr(value) for name, value in session.aliases._raw.items()]
    lines += ["event " + name + " " + repr([*event]) for name, event in vars(events).items()]
    lines += ["name " + name + "=" + repr(value) for name, value in session.ctx.items() if name != "__builtins__"]
    lines += ["builtin " + name for name in vars(builtins)]
    lines += ["completer " + name for name in session.completers]
    lines += [str(each) + " " + repr(signal.getsignal(each)) for each in signal.valid_signals()]
    with open(file, "w") as out:
        out.write("".join(line.replace("\\n", "\\\\n") + "\\n" for line in lines))
`;

/** xonsh with a start-up file that holds the settings, and with the simplest of its line editors. */
export function xonshWith(startFile: string): Shell {
  return {
    name: "xonsh",
    program: "xonsh",
    args: ["--rc", startFile, "-i"],
    env: { SHELL_TYPE: "readline", TERM: "dumb" },
    activate: xonsh.setup[0].line,
    dump: (file) => [`write_state("${file}".replace("~", $HOME))`],
    restless: /^(builtin _$|(variable|exported) LAST_RETURN_CODE=)/,
    statusLine: "aws-as nope; print('status is', __xonsh__.history.last_cmd_rtn)",
    variables: "env -u LAST_RETURN_CODE -0 > ~/variables",
  };
}
