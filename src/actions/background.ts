/** Work that nobody waits for: one after another where it has the same name, and awaited at shutdown. */

export interface Background {
  run(name: string, work: () => Promise<unknown>): void;
  /** Resolves when nothing is going on any more. */
  idle(): Promise<void>;
}

/** @param failed what is logged of work that fails */
export const createBackground = (
  log: { error(fields: object, message: string): void },
  failed: string,
): Background => {
  const running = new Map<string, Promise<void>>();
  return {
    run: (name, work) => {
      const next = (running.get(name) ?? Promise.resolve())
        .then(work)
        .then(() => undefined)
        .catch((error: unknown) => log.error({ work: name, error }, failed))
        .finally(() => {
          if (running.get(name) === next) running.delete(name);
        });
      running.set(name, next);
    },
    idle: async () => {
      while (running.size > 0) await Promise.all(running.values());
    },
  };
};
