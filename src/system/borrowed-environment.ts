import type { Environment } from "./environment.ts";

/**
 * Runs `work` while `process.env` is `env`, for libraries that read nothing else. Nobody else can see it, as nothing
 * else runs before `work` returns; a promise that it returns goes on in the real environment.
 */
export function withEnvironment<T>(env: Environment, work: () => T): T {
  const own = process.env;
  process.env = env as NodeJS.ProcessEnv;
  try {
    return work();
  } finally {
    process.env = own;
  }
}
