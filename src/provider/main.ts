/** The executable: `--as NAME` says under which name it was installed. */
import { createLog } from './log.ts';
import { serve, speaksOurVersion, startedByTerraform } from './protocol/serve.ts';
import { createProvider } from './provider.ts';
import { version } from './version.ts';

const at = process.argv.indexOf('--as');
const name = (at > 0 ? process.argv[at + 1] : undefined) ?? 'latchkey';

const usage = `terraform-provider-${name} ${version}

This is a plugin of Terraform and OpenTofu and is started by them. To use it, name the folder
that it lies in in ~/.terraformrc (or ~/.tofurc):

  provider_installation {
    dev_overrides { "latchkey/${name}" = "<that folder>" }
    direct {}
  }

or install it from the mirror beside it: filesystem_mirror { path = "<that folder>/mirror" }.
`;

if (!startedByTerraform(process.env)) {
  process.stderr.write(usage);
  process.exitCode = 1;
} else if (!speaksOurVersion(process.env)) {
  process.stderr.write(
    `terraform-provider-${name} needs plugin protocol 6: Terraform 1.11 or OpenTofu 1.11\n`,
  );
  process.exitCode = 1;
} else {
  const log = createLog(`provider.${name}`);
  await serve({
    handlers: createProvider({ name, version, log }),
    log,
    exit: (code) => process.exit(code),
  });
}
