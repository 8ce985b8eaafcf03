output "still_missing" {
  description = "Members who have no key on the cluster yet."
  value       = data.latchkey_missing_credentials.cluster.user_names
}

output "line_for_bob" {
  description = "To be added to ~/.ssh/authorized_keys of Bob's account on the cluster."
  value       = latchkey_managed_credentials.bob.authorized_keys_line
}

output "environment" {
  description = "Where runs can be launched now."
  value       = latchkey_compute_env.cluster.compute_env_id
}
