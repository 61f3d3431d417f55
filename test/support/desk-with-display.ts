import type { TestContext } from "node:test";
import { one } from "./aws/world-of-one.ts";
import { type Desk, type DeskOptions, makeDesk } from "./desk.ts";
import { type Display, startDisplay } from "./display.ts";
import { installed } from "./installed.ts";

export interface DeskWithDisplay extends Desk {
  readonly display: Display;
  /** The code of now. */
  code(): string;
}

/** A desk with a screen, and one program for windows or several to ask by. Undefined where a program is missing. */
export async function deskWithDisplay(
  t: TestContext,
  prompt?: string,
  options: DeskOptions = {},
): Promise<DeskWithDisplay | undefined> {
  for (const program of ["Xvfb", "xdotool", "zenity", "pinentry-gtk-2"])
    if (!installed(program, t)) return undefined;
  const display = await startDisplay(t);
  const env = {
    DISPLAY: display.name,
    AWS_AS_PINENTRY: "pinentry-gtk-2",
    // GTK would start a bus for screen readers, which outlives its windows.
    NO_AT_BRIDGE: "1",
    ...(prompt === undefined ? {} : { AWS_AS_PROMPT: prompt }),
    ...options.env,
  };
  const desk = await makeDesk(t, { ...options, env });
  return { ...desk, display, code: () => desk.fake.code(one.mfaSerial) };
}
