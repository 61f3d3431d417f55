/**
 * How a document lies in a keychain whose items are limited in length.
 *
 * The first part alone says whether there are more, so that the usual item costs one read:
 *
 *     aws-as 1                                  \n document
 *     aws-as 1 <further parts> <set> <sha256>   \n beginning of the document
 *     aws-as 1 <set> <number>                   \n a further part, under a name of its own set
 *
 * Every write makes a new set, and its first part is written last. A reader therefore sees one whole document,
 * or a first part whose set is gone; two writers never mix.
 */

/** Begins every part. */
export const magic = "aws-as 1";

/** What the first part says. */
export type FirstPart =
  | { readonly kind: "whole"; readonly value: string }
  | {
      readonly kind: "split";
      readonly set: string;
      /** How many further parts. */
      readonly further: number;
      readonly sha256: string;
      readonly beginning: string;
    };

/** The name of a further part; they count from 1. */
export const partName = (name: string, set: string, number: number): string => `${name}#${set}.${number}`;

/** Reads a first part; undefined when it is not one of ours, or of a version that is not known here. */
export function readFirstPart(text: string): FirstPart | undefined {
  const end = text.indexOf("\n");
  if (end < 0) return undefined;
  const header = text.slice(0, end);
  const value = text.slice(end + 1);
  if (header === magic) return { kind: "whole", value };
  const match = /^aws-as 1 (\d{6}) ([0-9a-f]{16}) ([\w-]{43})$/.exec(header);
  if (!match) return undefined;
  const [, further = "", set = "", hash = ""] = match;
  return { kind: "split", set, further: Number(further), sha256: hash, beginning: value };
}

/** True when a later version wrote it, in a way that is not known here. */
export const isOfNewerFormat = (text: string): boolean => Number(/^aws-as (\d+)\b/.exec(text)?.[1]) > 1;
