/** What the audit log records. Secrets never enter it; large or sensitive values appear as hashes. */

export type AuditEventName =
  | `organization_${'created' | 'updated' | 'deleted'}`
  | `team_${'created' | 'updated' | 'deleted' | 'member_added' | 'member_removed'}`
  | `role_${'created' | 'updated' | 'deleted'}`
  | `workspace_${'created' | 'updated' | 'deleted'}`
  | `member_${'added' | 'removed' | 'updated'}`
  | `participant_${'added' | 'removed' | 'updated'}`
  | `user_${'created' | 'updated' | 'deleted' | 'signed_in' | 'sign_in_refused' | 'signed_out' | 'password_link_created'}`
  | `access_token_${'created' | 'deleted'}`
  | `credentials_${'created' | 'updated' | 'deleted' | 'used'}`
  | `managed_identity_${'created' | 'edited' | 'deleted' | 'suspended' | 'resumed'}`
  | `managed_credentials_${'created' | 'updated' | 'deleted' | 'used' | 'verified' | 'refused'}`
  | `status_reader_${'created' | 'updated' | 'deleted' | 'verified' | 'refused' | 'view_changed'}`
  | `host_key_${'seen' | 'confirmed' | 'changed'}`
  | `compute_environment_${'created' | 'updated' | 'deleted' | 'checked'}`
  | `pipeline_${'created' | 'updated' | 'deleted' | 'version_updated'}`
  | `label_${'created' | 'updated' | 'deleted'}`
  | `${'pipeline' | 'workflow'}_labels_changed`
  | `workflow_${'launched' | 'submitted' | 'completed' | 'cancelled' | 'updated' | 'deleted' | 'starred' | 'unstarred' | 'files_removed'}`
  | `pipeline_secret_${'created' | 'updated' | 'deleted'}`
  | `dataset_${'created' | 'updated' | 'deleted' | 'content_uploaded' | 'content_downloaded'}`;

export interface AuditActor {
  type: 'user' | 'system';
  userId: number | null;
  userName: string | null;
  email: string | null;
}

export interface AuditEvent {
  event: AuditEventName;
  correlationId: string;
  actor: AuditActor;
  client: { ip: string | null; userAgent: string | null; accessTokenId: number | null };
  target: {
    type: string;
    id: string;
    name: string | null;
    organisationId: number | null;
    workspaceId: number | null;
    userId: number | null;
  };
  state: { previousState?: unknown; newState?: unknown; metadata?: Record<string, unknown> };
}

export interface AuditRecord extends AuditEvent {
  id: number;
  /** Epoch milliseconds. */
  timestamp: number;
}
