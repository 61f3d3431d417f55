import { answered, type Dialog, didNotWork, textOf } from "./dialog.ts";

/**
 * KDE's kdialog. A text with tags is taken for rich text, and `\n` for a new line, so what begins either is shown as
 * something that looks like it. Exit status: 0 answered, 1 cancelled; without a display Qt aborts.
 * https://develop.kde.org/docs/administration/kdialog/
 */
export const kdialog: Dialog = {
  program: "kdialog",
  command: (question) => ({
    words: [
      "--title",
      "aws-as",
      question.hidden ? "--password" : "--inputbox",
      textOf(question).map(plain).join("\n"),
    ],
  }),
  ending: (status, output, complaint) => {
    if (status === 0) return answered(output);
    return status === 1 ? { kind: "cancelled" } : didNotWork("kdialog", complaint);
  },
};

const plain = (line: string): string => line.replaceAll("<", "‹").replaceAll("&", "＆").replaceAll("\\", "∖");
