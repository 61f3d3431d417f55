/** Items by a key of each, in their order. */
export function groupedBy<T, K>(items: Iterable<T>, keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const same = groups.get(keyOf(item));
    if (same === undefined) groups.set(keyOf(item), [item]);
    else same.push(item);
  }
  return groups;
}
