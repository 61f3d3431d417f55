import type { Plan } from "../../session/plan.ts";
import { timeLeft } from "../../system/clock.ts";
import { UserError } from "../../system/user-error.ts";

/** The session that the console is shown with. */
export type ConsoleSession =
  /** GetFederationToken with the long-term key: the console takes no session of a user that GetSessionToken gave. */
  | { readonly kind: "user"; readonly durationSeconds: number | undefined }
  /** The identity's own. */
  | {
      readonly kind: "own";
      /** Seconds that the role's session shall last, where it is not as long as its profile says. */
      readonly durationSeconds?: number | undefined;
      /** What the console is asked to make of it, where it may be longer than the session that it begins with. */
      readonly sessionSeconds?: number | undefined;
    };

const shortest = 900;
const longest = { user: 129_600, role: 43_200, chained: 3600 };

/**
 * Which session, and how long. The console's may be longer than the one that it is opened with (SessionDuration), but not
 * where that is of a role that was assumed with a session: AWS refuses the wish itself, whatever the number.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-custom-url.html
 *
 * @param plan its device does not matter
 * @param seconds that the console shall stay open; undefined: as AWS has it
 * @throws UserError for a number that AWS would refuse
 */
export function consoleSession(plan: Plan, seconds: number | undefined): ConsoleSession {
  const last = plan.steps.at(-1);
  switch (last?.kind) {
    case undefined:
    case "base-session":
      return { kind: "user", durationSeconds: within(longest.user, seconds) };
    case "source":
      return { kind: "own", sessionSeconds: within(longest.role, seconds) };
    case "limit": {
      const why = `"${plan.identity}" is limited, and its console closes when the session ends that it limits`;
      if (seconds !== undefined) throw new UserError(why, { hints: ["leave --duration out"], exitCode: 2 });
      return { kind: "own" };
    }
    case "role":
      break;
  }
  const isChained = last.with !== "base-session" && last.with !== "long-term-key";
  if (isChained) {
    const why = `"${plan.identity}" is assumed from another role or session, and AWS gives it an hour at most`;
    return { kind: "own", durationSeconds: within(longest.chained, seconds, why) };
  }
  const wanted = within(longest.role, seconds);
  const own = wanted ?? last.hop.durationSeconds;
  // Then the role is assumed with the key itself and a code of its own, so that the console may have the whole time.
  const isDirect = last.with === "long-term-key" || (own !== undefined && own > longest.chained);
  return { kind: "own", durationSeconds: wanted, sessionSeconds: isDirect ? own : undefined };
}

function within(most: number, seconds: number | undefined, why?: string): number | undefined {
  if (seconds === undefined || (seconds >= shortest && seconds <= most)) return seconds;
  throw new UserError(
    why !== undefined && seconds > most
      ? why
      : `a console stays open for ${timeLeft(shortest * 1000)} at least, and ${timeLeft(most * 1000)} at most`,
    { hints: [`--duration ${most / 3600}h, or leave it out`], exitCode: 2 },
  );
}
