/** Environment variables as a value. The real ones are read in main.ts and passed down. */
export type Environment = Readonly<Record<string, string | undefined>>;
