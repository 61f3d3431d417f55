/** The time that the fake lives in. It flows from wherever it was set, unless it was stopped. Milliseconds since 1970. */
export class FakeClock {
  #offset = 0;
  #stoppedAt: number | undefined;

  readonly now = (): number => this.#stoppedAt ?? Date.now() + this.#offset;

  /** Sets the time; without one, goes back to the machine's. */
  set(milliseconds?: number, options: { stopped?: boolean } = {}): void {
    this.#offset = milliseconds === undefined ? 0 : milliseconds - Date.now();
    this.#stoppedAt = options.stopped ? (milliseconds ?? Date.now()) : undefined;
  }

  advance(milliseconds: number): void {
    this.#offset += milliseconds;
    if (this.#stoppedAt !== undefined) this.#stoppedAt += milliseconds;
  }
}
