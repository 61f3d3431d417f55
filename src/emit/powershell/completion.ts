import { filled } from "../filled.ts";
import complete from "./complete.ps1";

export const alone = filled(complete, {
  PROGRAM: "(Get-Command aws-as -CommandType Application)[0]",
});
