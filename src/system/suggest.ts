/**
 * Up to three names that may have been meant, nearest first: names that begin with what was typed, or that are at most two
 * typing errors away (a swap of neighbours is one). Short names must be closer.
 */
export function suggest(typed: string, names: readonly string[]): string[] {
  const found: { name: string; distance: number }[] = [];
  for (const name of names) {
    if (name === typed) continue;
    if (typed.length > 1 && name.startsWith(typed)) {
      found.push({ name, distance: 1 });
    } else if (Math.abs(name.length - typed.length) <= 2) {
      const distance = typingErrors(typed, name);
      if (distance <= Math.min(2, Math.max(typed.length, name.length) / 2)) found.push({ name, distance });
    }
  }
  return found
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ name }) => name);
}

/** The Damerau-Levenshtein distance (each part changed once: "optimal string alignment"). */
function typingErrors(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, at(before, j - 2) + 1);
      }
      row.push(cost);
    }
    before = last;
    last = row;
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
