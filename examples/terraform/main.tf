# A cluster, two members with keys of their own, and an environment for their workspace.

resource "latchkey_managed_identity" "cluster" {
  org_id        = var.org_id
  name          = "example-cluster"
  platform      = "slurm-platform"
  host_name     = var.host_name
  port          = var.port
  work_dir      = var.work_dir
  head_queue    = "head"
  compute_queue = "compute"

  # Pinned at once: no key is offered to a host that shows another one.
  host_keys = [var.host_key]
}

resource "latchkey_member" "alice" {
  org_id = var.org_id
  user   = var.alice
}

resource "latchkey_member" "bob" {
  org_id = var.org_id
  user   = var.bob
}

resource "latchkey_participant" "alice" {
  org_id       = var.org_id
  workspace_id = var.workspace_id
  member_id    = latchkey_member.alice.member_id
  role         = "maintain"
}

resource "latchkey_participant" "bob" {
  org_id       = var.org_id
  workspace_id = var.workspace_id
  member_id    = latchkey_member.bob.member_id
  role         = "launch"
}

# Alice has a key already. It proves itself on the cluster before it is stored.
resource "latchkey_managed_credentials" "alice" {
  managed_identity_id    = latchkey_managed_identity.cluster.managed_identity_id
  org_id                 = var.org_id
  user_id                = latchkey_member.alice.user_id
  linux_user_name        = var.alice_linux_user
  private_key_wo         = var.alice_private_key
  private_key_wo_version = var.alice_key_version
  checked                = true
}

# Bob's is made on the server and never leaves it. The line below lets it in.
resource "latchkey_managed_credentials" "bob" {
  managed_identity_id = latchkey_managed_identity.cluster.managed_identity_id
  org_id              = var.org_id
  user_id             = latchkey_member.bob.user_id
  linux_user_name     = var.bob_linux_user
  generate            = "ed25519"
  checked             = true
}

resource "latchkey_compute_env" "cluster" {
  workspace_id        = var.workspace_id
  name                = "example-environment"
  platform            = "slurm-platform"
  managed_identity_id = latchkey_managed_identity.cluster.managed_identity_id
}

data "latchkey_missing_credentials" "cluster" {
  org_id              = var.org_id
  managed_identity_id = latchkey_managed_identity.cluster.managed_identity_id

  # Asked once those above have theirs.
  depends_on = [latchkey_managed_credentials.alice, latchkey_managed_credentials.bob]
}
