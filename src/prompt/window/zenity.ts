import { answered, type Dialog, didNotWork, textOf } from "./dialog.ts";

/**
 * GNOME's zenity. Its label reads backslash escapes and takes `_` for the mark of a key, so both are doubled.
 * Exit status: 0 answered, 1 cancelled or closed, 5 its own time limit, others failed (no display: 1 or 255 with words).
 * https://gitlab.gnome.org/GNOME/zenity
 */
export const zenity: Dialog = {
  program: "zenity",
  command: (question) => ({
    words: [
      "--entry",
      "--title=aws-as",
      `--text=${textOf(question).map(plain).join("\\n")}`,
      "--width=420",
      // We end it before that; this is for the window of an aws-as that was killed.
      `--timeout=${Math.ceil(question.timeLimit / 1000) + 1}`,
      ...(question.hidden ? ["--hide-text"] : []),
    ],
  }),
  ending: (status, output, complaint) => {
    if (status === 0) return answered(output);
    if (status === 5) return { kind: "timed-out" };
    // GTK says more than one thing on standard error also when all is well.
    if (status === 1 && !/cannot open display|could not open|failed to open display/i.test(complaint))
      return { kind: "cancelled" };
    return didNotWork("zenity", complaint);
  },
};

const plain = (line: string): string => line.replace(/[\\_]/g, (char) => char + char);
