/** A row of a tree: what stands before it shows what it hangs from. */
export interface Row<T> {
  readonly item: T;
  readonly prefix: string;
}

export interface Strokes {
  readonly branch: string;
  readonly lastBranch: string;
  readonly trunk: string;
  readonly gap: string;
}

/**
 * Puts items below the one that they name as their parent, else at the top, each group in the order given. A circle of
 * parents (two profiles may each be the other's source, by their keys) is opened at its first item. Pure.
 */
export function treeOf<T extends { readonly name: string; readonly source?: string | undefined }>(
  items: readonly T[],
  { branch, lastBranch, trunk, gap }: Strokes,
): Row<T>[] {
  const names = new Set(items.map(({ name }) => name));
  const below = new Map<string | undefined, T[]>();
  for (const item of items) {
    const parent = item.source !== undefined && names.has(item.source) ? item.source : undefined;
    const siblings = below.get(parent);
    if (siblings === undefined) below.set(parent, [item]);
    else siblings.push(item);
  }
  const rows: Row<T>[] = [];
  const seen = new Set<string>();
  const grow = (item: T, prefix: string, further: string) => {
    seen.add(item.name);
    rows.push({ item, prefix });
    const children = (below.get(item.name) ?? []).filter(({ name }) => !seen.has(name));
    for (const [index, child] of children.entries()) {
      const isLast = index === children.length - 1;
      grow(child, further + (isLast ? lastBranch : branch), further + (isLast ? gap : trunk));
    }
  };
  for (const top of below.get(undefined) ?? []) grow(top, "", "");
  for (const item of items) if (!seen.has(item.name)) grow(item, "", "");
  return rows;
}
