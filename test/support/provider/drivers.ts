/** Who can drive the provider on this machine, said loudly; and stacks that are gone with their test. */
import { execFileSync } from 'node:child_process';
import { afterEach, describe, expect, test } from 'vitest';
import { createGrpcStack } from './grpc-stack.ts';
import type { Stack, StackOptions } from './stack.ts';
import { createTerraformStack } from './terraform.ts';

type DriverName = 'Terraform' | 'OpenTofu' | 'gRPC client';

/** Where a program is, and which version; undefined where it is not installed. */
const versionOf = (program: string): string | undefined => {
  try {
    return execFileSync(program, ['version'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).match(/^\w+ v\S+/m)?.[0];
  } catch {
    return undefined;
  }
};

const programs = {
  Terraform: process.env['LATCHKEY_TERRAFORM'] ?? 'terraform',
  OpenTofu: process.env['LATCHKEY_TOFU'] ?? 'tofu',
} as const;

const versions = { Terraform: versionOf(programs.Terraform), OpenTofu: versionOf(programs.OpenTofu) };

/** Those that are installed here. */
const real = (['Terraform', 'OpenTofu'] as const).filter((name) => versions[name] !== undefined);

const long = Boolean(process.env['LATCHKEY_TEST_LONG']);

/** Said by every file that uses them: what ran, and what could not. Where nothing real is there, a test counts as skipped. */
const announce = (file: string, client: string): void => {
  const told = (['Terraform', 'OpenTofu'] as const).map(
    (name) => versions[name] ?? `${name} IS NOT INSTALLED`,
  );
  console.warn(`${file}: the provider is driven by ${client}: ${told.join('; ')}`);
  test.runIf(real.length > 0)(`${file}: by Terraform or OpenTofu, where one is installed`, () => {
    // Write-only attributes came with 1.11.
    for (const name of real) expect(versions[name]).toMatch(/ v1\.(1[1-9]|[2-9]\d)/);
  });
};

/** Tests that only the real programs can do. */
export const withEachProgram = (file: string, tests: (program: string) => void): void => {
  announce(file, 'what is installed');
  describe.each(real)('%s', (name) => {
    tests(programs[name]);
  });
};

/**
 * The same tests for each of them. Without Terraform nothing is skipped, for the gRPC client runs them all; beside it the
 * client runs those for which `always` says so, and the others in the long form.
 * `stack` makes a configuration that goes away with its test.
 */
export const withEachDriver = (
  about: string | { file: string; always: true },
  tests: (driver: DriverName, stack: (options: StackOptions) => Promise<Stack>) => void,
): void => {
  const { file, always } = typeof about === 'string' ? { file: about, always: false } : about;
  const client = always || long || real.length === 0;
  announce(file, client ? 'a gRPC client and by' : 'what is installed');
  describe.each<DriverName>([...(client ? ['gRPC client' as const] : []), ...real])('%s', (driver) => {
    const made: Stack[] = [];
    afterEach(async () => {
      for (const stack of made.splice(0)) await stack.remove();
    });
    tests(driver, async (options) => {
      const stack = await (driver === 'gRPC client'
        ? createGrpcStack(options)
        : createTerraformStack(programs[driver], options));
      made.push(stack);
      return stack;
    });
  });
};
