/** Which ids of a request decide about walls. */

/** Ids of a request, from path and query. In the query 0 counts as absent. */
export interface ScopeIds {
  orgId?: number;
  /** `orgId` or `workspaceId` stands in the path: there 0 is an unknown id. */
  inPath?: boolean;
  workspaceId?: number;
  managedIdentityId?: number;
  credentialsId?: string;
  computeEnvId?: string;
  workflowId?: string;
  labelId?: number;
  secretId?: number;
  datasetId?: string;
  pipelineId?: number;
  launchId?: string;
  /** Where a shared pipeline is saved. */
  sourceWorkspaceId?: number;
}
