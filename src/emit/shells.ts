import { bourne } from "./bourne/shell.ts";
import { cmd } from "./cmd/shell.ts";
import { csh } from "./csh/shell.ts";
import type { Format, Shell } from "./dialect.ts";
import { elvish } from "./elvish/shell.ts";
import { fish } from "./fish/shell.ts";
import { dotenv } from "./formats/dotenv.ts";
import { json } from "./formats/json.ts";
import { nushell } from "./nushell/shell.ts";
import { powershell } from "./powershell/shell.ts";
import { xonsh } from "./xonsh/shell.ts";

/** All shells, in the order in which help lists them. A new one is a folder and a line here. */
export const shells: readonly Shell[] = [bourne, fish, csh, elvish, xonsh, nushell, powershell, cmd];

/** All data formats. */
export const formats: readonly Format[] = [json, dotenv];

/** The shell that has this name after `--shell`. */
export function shellNamed(name: string): Shell | undefined {
  return shells.find(({ names }) => names.includes(name));
}
