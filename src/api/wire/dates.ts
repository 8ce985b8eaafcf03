/** Moments leave as ISO 8601 with `Z`: one client refuses a list for a single date without an offset. */

export const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();

export const isoOrAbsent = (milliseconds: number | null): string | undefined =>
  milliseconds === null ? undefined : iso(milliseconds);
