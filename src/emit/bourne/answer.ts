import { type Answer, fitting, lines } from "../answer.ts";
import { inBash, readBashLine } from "./bash-line.ts";

/** bash neither reads words for us nor quotes what it puts in. */
export const answerBash: Answer = ([text = "", breaks = ""], find) => {
  const line = readBashLine(text, breaks);
  return lines(fitting(line.words, find).map(({ word }) => inBash(word, line)));
};

/** `_describe` takes a colon for the start of the description. */
export const answerZsh: Answer = (words, find) =>
  lines(
    find(words).map(({ word, description }) => {
      const plain = word.replace(/[\\:]/g, "\\$&");
      return description === "" ? plain : `${plain}:${description}`;
    }),
  );
