import type { Environment } from "../environment.ts";

/**
 * Runs `work` while `process.env` is `env`, for libraries that read nothing else. Nobody else can see it, as nothing
 * else runs before `work` returns; a promise that it returns goes on in the real environment.
 */
export function withEnvironment<T>(env: Environment, work: () => T): T {
  const giveBack = borrowEnvironment(env);
  try {
    return work();
  } finally {
    giveBack();
  }
}

/**
 * The same until the promise has settled, for libraries that look at it again later. Only where nothing else of ours
 * runs meanwhile that reads `process.env`; all but main.ts is given the environment.
 */
export async function whileEnvironmentIs<T>(env: Environment, work: () => Promise<T>): Promise<T> {
  const giveBack = borrowEnvironment(env);
  try {
    return await work();
  } finally {
    giveBack();
  }
}

function borrowEnvironment(env: Environment): () => void {
  const own = process.env;
  process.env = env as NodeJS.ProcessEnv;
  return () => {
    process.env = own;
  };
}
