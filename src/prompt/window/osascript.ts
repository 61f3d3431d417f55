import { answered, type Dialog, didNotWork, textOf } from "./dialog.ts";

/**
 * macOS. The texts are arguments of the script and no part of it, so that no name can become code. Written from the
 * documentation and never run yet.
 * https://developer.apple.com/library/archive/documentation/AppleScript/Conceptual/AppleScriptLangGuide/reference/ASLR_cmds.html
 */
export const osascript: Dialog = {
  program: "osascript",
  command: (question) => ({
    words: [
      ...script(question.hidden).flatMap((line) => ["-e", line]),
      textOf(question).join("\n"),
      String(Math.max(1, Math.floor(question.timeLimit / 1000))),
    ],
  }),
  ending: (status, output, complaint) => {
    if (status === 0) return answered(output);
    // -128: the person cancelled. -1712: no answer in time, our number for `gave up`.
    if (complaint.includes("(-128)")) return { kind: "cancelled" };
    if (complaint.includes("(-1712)")) return { kind: "timed-out" };
    return didNotWork("osascript", complaint);
  },
};

const script = (hidden: boolean): string[] => [
  "on run argv",
  `set theAnswer to display dialog (item 1 of argv) with title "aws-as" default answer "" buttons {"Cancel", "OK"} default button "OK" cancel button "Cancel" giving up after ((item 2 of argv) as integer)${hidden ? " with hidden answer" : ""}`,
  'if gave up of theAnswer then error "nobody answered" number -1712',
  "return text returned of theAnswer",
  "end run",
];
