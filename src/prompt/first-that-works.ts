/**
 * Tries one way after the other as long as they turn out not to work. An answer, a no and the end of time are all
 * outcomes; only where no way works are the reasons told, all of them.
 */
export async function firstThatWorks<Way, Outcome extends { readonly kind: string }>(
  ways: readonly Way[],
  go: (way: Way) => Promise<Outcome | CannotAsk>,
): Promise<Outcome | CannotAsk> {
  const reasons: string[] = [];
  for (const way of ways) {
    const outcome = await go(way);
    if (!isCannotAsk(outcome)) return outcome;
    reasons.push(outcome.because);
  }
  return { kind: "cannot-ask", because: reasons.join("; ") };
}

interface CannotAsk {
  readonly kind: "cannot-ask";
  readonly because: string;
}

function isCannotAsk(outcome: { readonly kind: string }): outcome is CannotAsk {
  return outcome.kind === "cannot-ask";
}
