import { expect, test } from 'vitest';
import { drivers } from '../drivers.ts';
import { jobName } from './run-files.ts';

test('jobs of a run’s tasks are known by their names: none of another run, of its head or of anybody else', () => {
  for (const driver of drivers.values()) {
    const run = 'Ab12Cd34Ef56';
    const name = driver.executor === 'pbspro' ? `t${run}-7` : `nf-${run}-7-0123ab`;
    expect(driver.isTask(run, name), driver.executor).toBe(true);
    for (const other of [name.replace('Ef56', 'Ef57'), jobName(run), `nf-${run}7-1`, `x${name}`, 'nf-', ''])
      expect(driver.isTask(run, other), `${driver.executor}: ${other}`).toBe(false);
  }
});
