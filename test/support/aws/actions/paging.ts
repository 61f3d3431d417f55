import { type Parameters, shapes } from "../parameters.ts";
import { validationError } from "../refusal.ts";

/** What a request says about the part of a list that it wants. */
export interface Page {
  readonly marker: string | undefined;
  readonly maxItems: number | undefined;
}

/** Reads both parameters; their shapes are reported with all the others. */
export function readPage(parameters: Parameters): Page {
  const maxItems = parameters.integer("MaxItems", { min: 1, max: 1000 });
  return { maxItems, marker: parameters.text("Marker", shapes.marker) };
}

/** The items of the page, and the two elements that tell of the next one. */
export function cut<T>(all: readonly T[], { marker, maxItems }: Page, pageSize: number) {
  const start = marker === undefined ? 0 : readMarker(marker);
  const end = start + Math.min(maxItems ?? 1000, pageSize);
  const isTruncated = end < all.length;
  return {
    items: all.slice(start, end),
    rest: { IsTruncated: isTruncated, Marker: isTruncated ? writeMarker(end) : undefined },
  };
}

/** Markers are opaque to clients, so they are not made of plain numbers here either. */
function writeMarker(index: number): string {
  return Buffer.from(`next+${index}/page`).toString("base64");
}

function readMarker(marker: string): number {
  const index = /^next\+(\d+)\/page$/.exec(Buffer.from(marker, "base64").toString())?.[1];
  if (index === undefined) throw validationError("Invalid Marker.");
  return Number(index);
}
