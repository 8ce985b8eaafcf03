/** One configuration and its state, driven by Terraform, by OpenTofu or, where neither is there, over gRPC. */

/** What a command came to. */
export interface Outcome {
  ok: boolean;
  /** All that was said, without colours. */
  output: string;
}

export interface PlanOutcome extends Outcome {
  /** Whether anything is to be done. */
  changes: boolean;
}

export interface ResourceState {
  values: Record<string, unknown>;
  tainted: boolean;
}

export interface Stack {
  dir: string;
  /** Files of the configuration, beside those that are there. */
  write(files: Record<string, string>): Promise<void>;
  plan(): Promise<PlanOutcome>;
  apply(): Promise<Outcome>;
  destroy(): Promise<Outcome>;
  validate(): Promise<Outcome>;
  import(address: string, id: string): Promise<Outcome>;
  /** By address: `seqera_managed_credentials.alice`. */
  state(): Promise<Record<string, ResourceState>>;
  outputs(): Promise<Record<string, unknown>>;
  /** An apply that is interrupted as soon as `when` resolves. */
  interruptedApply(when: Promise<unknown>): Promise<Outcome>;
  /** Everything that was written to disk or said so far: state, plans (`planFiles`), logs at their most talkative. */
  traces(): Promise<string>;
  /** The log alone. */
  log(): Promise<string>;
  remove(): Promise<void>;
}

export interface StackOptions {
  /** `latchkey` or `seqera`. */
  provider: string;
  /** Where it was built. */
  providerDir: string;
  /** Of whoever runs it: server address and token. */
  environment: Record<string, string>;
  /** Values of variables. */
  variables?: Record<string, string | number>;
  /** Each apply plans into a file first, where the driver has such files: for `traces`, at half a second each. */
  planFiles?: true;
}
