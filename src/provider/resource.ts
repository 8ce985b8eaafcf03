/** What this provider can manage, read and lend: the shape of a definition in `resources`, `data-sources`, `ephemeral`. */
import type { CallAnswer, CallInput } from '#client/client.ts';
import type { Route } from '#contract/route.ts';
import type { Diagnostic, Path } from './diagnostics.ts';
import type { Attributes, Values } from './schema/attribute.ts';
import type { ValueMap } from './values/value.ts';

export interface Person {
  userId: number;
  userName: string;
}

/** What a handler may use. */
export interface Context {
  /** @throws ClientProblem */
  call<const R extends Route>(route: R, input: CallInput<R>): Promise<CallAnswer<R>>;
  /** Whose token it is. */
  me(): Person;
  /** Waits, unless everything is being stopped. @throws ClientProblem `cancelled` */
  pause(milliseconds: number): Promise<void>;
  /** Said beside the result; an error leaves the result standing, for what was done half. */
  say(diagnostic: Diagnostic): void;
}

/** What is meant, what is planned of it, and what there is; `config` alone has what is kept nowhere. */
export interface Change<Fields extends Attributes> {
  config: Values<Fields>;
  planned: Values<Fields>;
  prior: Values<Fields>;
}

/** A plan that a resource may still change: raw, for much of it may be unknown. */
export interface Draft {
  config: ValueMap;
  planned: ValueMap;
  /** Null: something new. */
  prior: ValueMap | null;
}

export interface ImportKey {
  name: string;
  kind: 'number' | 'text';
  required: boolean;
}

interface Described<Fields extends Attributes> {
  /** `managed_identity`; the provider's name stands before it in HCL. */
  noun: string;
  /** Of the documentation's index. */
  section: 'Clusters' | 'People' | 'Workspaces';
  /** Markdown: what it is, and what to know about it. */
  description: string;
  /** HCL for the documentation, with `PREFIX_` for the provider's name. */
  example: string;
  attributes: Fields;
  /** The server's name of a field, without what it lies in → ours, where they differ by more than the way of writing. */
  places?: Readonly<Record<string, Path>>;
  /** Where a missing right is shown: at the first of these that is written. */
  scope?: readonly Path[];
  /** What no single attribute's rule can say. Values may be unknown. */
  check?(config: ValueMap): Diagnostic[];
}

/** Methods, not function properties: so one list holds resources of all shapes. */
export interface Resource<Fields extends Attributes = Attributes> extends Described<Fields> {
  /** Of the schema: counts up when a stored state must be changed to be understood. */
  version: number;
  /** State of an earlier version, or of another provider's resource of this name, as this version writes it. */
  upgrade?(state: ValueMap, version: number): ValueMap;
  /** Other types whose state can become this one's, without their provider's name. */
  movesFrom?: readonly string[];
  importKeys: readonly ImportKey[];
  /** What `terraform import` is shown with in the documentation. */
  importExample: string;
  /** A state with just enough in it to be read. */
  imported(id: ValueMap, context: Context): Promise<Partial<Values<Fields>>> | Partial<Values<Fields>>;
  /** Finds what the server will decide, or what must be done though nothing that is written has changed. */
  plan?(draft: Draft, me: Person | undefined): void;
  create(context: Context, change: Omit<Change<Fields>, 'prior'>): Promise<Values<Fields>>;
  /** Null: it is not there any more. */
  read(context: Context, state: Values<Fields>): Promise<Values<Fields> | null>;
  update(context: Context, change: Change<Fields>): Promise<Values<Fields>>;
  /** Whoever was faster has done what we wanted: not there is no error. */
  remove(context: Context, state: Values<Fields>): Promise<void>;
}

export interface DataSource<Fields extends Attributes = Attributes> extends Described<Fields> {
  read(context: Context, config: Values<Fields>): Promise<Values<Fields>>;
}

export interface Ephemeral<Fields extends Attributes = Attributes> extends Described<Fields> {
  /** `held` comes back when it is to be closed; it is kept in memory alone. */
  open(context: Context, config: Values<Fields>): Promise<{ result: Values<Fields>; held: string }>;
  close(context: Context, held: string): Promise<void>;
}

/** A definition whose handlers are typed by its own attributes; in the catalogue all have one type. */
export const defineResource = <const Fields extends Attributes>(resource: Resource<Fields>): Resource =>
  resource;
/** The same for what is read alone. */
export const defineDataSource = <const Fields extends Attributes>(source: DataSource<Fields>): DataSource =>
  source;
/** The same for what is lent. */
export const defineEphemeral = <const Fields extends Attributes>(ephemeral: Ephemeral<Fields>): Ephemeral =>
  ephemeral;
