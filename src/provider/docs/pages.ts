/** The documentation pages, in the layout that registries show: from the definitions, so that they cannot go stale. */
import { dataSources, ephemerals, resources } from '../catalogue.ts';
import type { DataSource, Ephemeral, Resource } from '../resource.ts';
import { type Attribute, type Attributes, isComputed, isNested, type Nested } from '../schema/attribute.ts';
import { settingsAttributes } from '../settings.ts';

const name = 'latchkey';
type Definition = Resource | DataSource | Ephemeral;

const types = {
  text: 'String',
  number: 'Number',
  flag: 'Boolean',
  texts: 'List of String',
  objects: 'Attributes List',
};
const writeOnlyLink =
  'https://developer.hashicorp.com/terraform/language/resources/ephemeral#write-only-arguments';

const traitsOf = (attribute: Attribute): string =>
  [
    types[attribute.kind],
    ...(attribute.sensitive || attribute.writeOnly ? ['Sensitive'] : []),
    ...(attribute.writeOnly ? [`[Write-only](${writeOnlyLink})`] : []),
  ].join(', ');

const line = (key: string, attribute: Attribute, anchor: string): string => {
  const words =
    'oneOf' in attribute && attribute.oneOf
      ? ` One of ${attribute.oneOf.map((word) => `\`${word}\``).join(', ')}.`
      : '';
  const replaced = attribute.replaces ? ' Another value replaces the resource.' : '';
  const below = isNested(attribute) ? ` (see [below for nested schema](#nestedatt--${anchor}))` : '';
  return `- \`${key}\` (${traitsOf(attribute)}) ${attribute.description}${words}${replaced}${below}`;
};

type Group = 'Required' | 'Optional' | 'Read-Only';
const groupOf = (attribute: Attribute): Group => {
  if (attribute.required) return 'Required';
  return attribute.optional || !isComputed(attribute) ? 'Optional' : 'Read-Only';
};

const groups = (attributes: Attributes, heading: (group: Group) => string, outer: string): string =>
  (['Required', 'Optional', 'Read-Only'] as const)
    .map((group) => {
      const lines = Object.entries(attributes)
        .filter(([, attribute]) => groupOf(attribute) === group)
        .map(([key, attribute]) => line(key, attribute, `${outer}${key}`));
      return lines.length === 0 ? '' : `${heading(group)}\n\n${lines.join('\n')}\n`;
    })
    .filter((part) => part !== '')
    .join('\n');

const nestedSchema = (key: string, { attributes }: Nested): string =>
  `<a id="nestedatt--${key}"></a>\n### Nested Schema for \`${key}\`\n\n${groups(attributes, (group) => `${group}:`, `${key}--`)}`;

const schema = (attributes: Attributes): string => {
  const nested = Object.entries(attributes).flatMap(([key, attribute]) =>
    isNested(attribute) ? [nestedSchema(key, attribute)] : [],
  );
  return ['## Schema\n', groups(attributes, (group) => `### ${group}`, ''), ...nested].join('\n');
};

const indented = (text: string): string =>
  text
    .split('\n')
    .map((one) => (one === '' ? '' : `  ${one}`))
    .join('\n');

const frontMatter = (title: string, section: string, description: string): string =>
  `---\npage_title: "${title} - terraform-provider-${name}"\nsubcategory: "${section}"\ndescription: |-\n${indented(description)}\n---\n`;

const example = (text: string): string =>
  `## Example Usage\n\n\`\`\`terraform\n${text.replaceAll('PREFIX_', `${name}_`)}\n\`\`\`\n`;

/** `{"a": 0, "b": 0}` as the language writes it. */
const asObject = (json: string): string => {
  const fields = Object.entries(JSON.parse(json) as Record<string, unknown>);
  const width = Math.max(...fields.map(([key]) => key.length));
  return fields.map(([key, value]) => `    ${key.padEnd(width)} = ${JSON.stringify(value)}`).join('\n');
};

const importing = (type: string, { importExample, importKeys }: Resource): string => {
  const more = importKeys.filter(({ required }) => !required).map((key) => `\`${key.name}\``);
  const optional = more.length === 0 ? '' : `\n${more.join(', ')} may be given too, or left out.\n`;
  return `## Import

With an [\`import\` block](https://developer.hashicorp.com/terraform/language/import):

\`\`\`terraform
import {
  to = ${type}.example
  id = jsonencode({
${asObject(importExample)}
  })
}
\`\`\`

With the [\`terraform import\` command](https://developer.hashicorp.com/terraform/cli/commands/import):

\`\`\`shell
terraform import ${type}.example '${importExample}'
\`\`\`
${optional}`;
};

const page = (kind: string, definition: Definition): string => {
  const type = `${name}_${definition.noun}`;
  const [first = ''] = definition.description.split('\n');
  return [
    frontMatter(`${type} (${kind})`, definition.section, first),
    `# ${type} (${kind})\n\n${definition.description}\n`,
    example(definition.example),
    schema(definition.attributes),
    ...('importExample' in definition ? [importing(type, definition)] : []),
  ].join('\n');
};

const index = `${frontMatter('Latchkey Provider', '', 'Clusters and members’ SSH keys of a Latchkey server, as code.').replace(` - terraform-provider-${name}`, '')}
# Latchkey Provider

Registers HPC clusters with a Latchkey server and gives each member of an organisation their own SSH key there, so that
pipelines run under each member's own Linux account. No secret is kept in state, plan or log: keys are write-only, or are made on
the server and never leave it.

There is one provider under two names: \`latchkey\`, whose types are \`latchkey_*\`, and \`seqera\`, whose types are \`seqera_*\`, so that
existing configurations go on as they are. To move from the second to the first, write a \`moved\` block for each resource.

It needs Terraform 1.11 or OpenTofu 1.11, for write-only attributes, and Node 24 on the machine that runs it.

## Example Usage

\`\`\`terraform
terraform {
  required_providers {
    latchkey = {
      source = "latchkey/latchkey"
    }
  }
}

provider "latchkey" {
  server_url = "https://latchkey.example.org"
  # The token comes from LATCHKEY_TOKEN.
}
\`\`\`

## Installing it

\`npm run provider:build -- --out DIR\` makes it. Either name the folder while you try things out,

\`\`\`terraform
provider_installation {
  dev_overrides {
    "latchkey/latchkey" = "DIR"
  }
  direct {}
}
\`\`\`

or let \`terraform init\` take it from the mirror:

\`\`\`terraform
provider_installation {
  filesystem_mirror {
    path    = "DIR/mirror"
    include = ["latchkey/*", "seqeralabs/*"]
  }
  direct {
    exclude = ["latchkey/*", "seqeralabs/*"]
  }
}
\`\`\`

The folder may be moved. With \`--with-node\` it brings its own Node along.

## When something goes wrong

Refusals come with the server's own sentence, at the attribute that they are about. Where the server is busy (429, 503) the provider waits and
tries again, for three minutes at most. \`TF_LOG=debug\` tells each request by method, address, status and the server's request id, never
what was in it.

${schema(settingsAttributes)}`;

/** All pages by their path below the documentation's folder. */
export const pages = (): ReadonlyMap<string, string> => {
  const of = (folder: string, kind: string, all: Iterable<Definition>): [string, string][] =>
    [...all].map((definition) => [`${folder}/${definition.noun}.md`, page(kind, definition)]);
  return new Map([
    ['index.md', index],
    ...of('resources', 'Resource', resources.values()),
    ...of('data-sources', 'Data Source', dataSources.values()),
    ...of('ephemeral-resources', 'Ephemeral Resource', ephemerals.values()),
  ]);
};
