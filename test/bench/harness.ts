/** Benchmarks: rivals take turns within one run, for the machine is shared and its speed wanders; ratios are what counts. */
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Rival {
  name: string;
  /** Does the work `count` times in a row and returns what each took, in milliseconds. */
  run(count: number): Promise<number[]>;
}

export interface Row {
  name: string;
  /** Milliseconds. */
  p50: number;
  p99: number;
  /** Of the median round: what work that is put off costs in the end is in it. */
  mean: number;
  /** Median over the rounds of the work done per second. */
  perSecond: number;
  errors: number;
}

const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;

const median = (values: readonly number[]): number =>
  quantile(
    values.toSorted((a, b) => a - b),
    0.5,
  );

/** Measures `work`, `count` times in a row. */
export const repeat = async (count: number, work: () => Promise<unknown>): Promise<number[]> => {
  const times: number[] = [];
  for (let i = 0; i < count; i += 1) {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  return times;
};

/** Lets the rivals take turns. A rival whose work fails gets an error counted and no time. */
export const compare = async (rivals: readonly Rival[], rounds: number, count: number): Promise<Row[]> => {
  const taken = rivals.map(() => ({
    times: [] as number[],
    rates: [] as number[],
    means: [] as number[],
    errors: 0,
  }));
  for (let round = 0; round <= rounds; round += 1) {
    for (const [index, rival] of rivals.entries()) {
      const mine = taken[index];
      if (!mine) continue;
      try {
        const start = performance.now();
        const times = await rival.run(round === 0 ? Math.ceil(count / 5) : count);
        const rate = (times.length * 1000) / (performance.now() - start);
        // The first round warms caches and connections up.
        if (round > 0) {
          mine.times.push(...times);
          mine.rates.push(rate);
          mine.means.push(times.reduce((sum, time) => sum + time, 0) / times.length);
        }
      } catch (error) {
        mine.errors += 1;
        console.error(`${rival.name}: ${String(error)}`);
      }
    }
  }
  return rivals.map(({ name }, index) => {
    const { times = [], rates = [], means = [], errors = 0 } = taken[index] ?? {};
    const sorted = times.toSorted((a, b) => a - b);
    return {
      name,
      p50: quantile(sorted, 0.5),
      p99: quantile(sorted, 0.99),
      mean: median(means),
      perSecond: median(rates),
      errors,
    };
  });
};

/** Prints a table; ratios to the first row: of the medians (0.5 takes twice as long), and of what was done per second. */
export const printTable = (title: string, rows: readonly Row[]): void => {
  const first = rows[0]?.p50 ?? Number.NaN;
  const firstRate = rows[0]?.perSecond ?? Number.NaN;
  console.log(`\n${title}`);
  console.log(
    `${'rival'.padEnd(28)}${'p50 ms'.padStart(10)}${'p99 ms'.padStart(10)}${'per s'.padStart(10)}${'ratio'.padStart(8)}${'of rate'.padStart(8)}${'errors'.padStart(8)}`,
  );
  for (const { name, p50, p99, perSecond, errors } of rows) {
    const cells = [
      p50.toFixed(2).padStart(10),
      p99.toFixed(2).padStart(10),
      perSecond.toFixed(1).padStart(10),
    ];
    console.log(
      `${name.padEnd(28)}${cells.join('')}${(first / p50).toFixed(2).padStart(8)}${(perSecond / firstRate).toFixed(2).padStart(8)}${String(errors).padStart(8)}`,
    );
  }
};

/** CPU seconds so far of a process and of the children it has waited for. */
export const cpuOf = (pid: number): number => {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ');
    return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100;
  } catch {
    return 0;
  }
};

/** Writes `bench-results/<name>.json`. */
export const writeResults = async (name: string, results: unknown): Promise<void> => {
  await mkdir('bench-results', { recursive: true });
  await writeFile(
    join('bench-results', `${name}.json`),
    `${JSON.stringify({ at: new Date().toISOString(), results }, null, 2)}\n`,
  );
};
