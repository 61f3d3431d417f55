import { filled } from "../filled.ts";
import complete from "./complete.csh";

/** The backslash keeps an alias of that name out, which activation makes. */
export const alone = filled(complete, { PROGRAM: "\\aws-as" });
