variable "server_url" {
  type        = string
  description = "Address of the Latchkey server."
}

variable "org_id" {
  type        = number
  description = "Number of the organisation."
}

variable "workspace_id" {
  type        = number
  description = "Number of the workspace that gets the environment."
}

variable "host_name" {
  type        = string
  description = "Login node of the cluster."
}

variable "port" {
  type        = number
  description = "Its SSH port."
  default     = 22
}

variable "host_key" {
  type        = string
  description = "Its host key, as the centre publishes it: \"ssh-ed25519 AAAA…\"."
}

variable "work_dir" {
  type        = string
  description = "Work directory on the cluster, shared by the members' Linux group."
}

variable "alice" {
  type        = string
  description = "User name of the first member on the server."
}

variable "alice_linux_user" {
  type        = string
  description = "Her account on the cluster."
}

# Ephemeral: in no state and in no plan file.
variable "alice_private_key" {
  type        = string
  description = "Her private key, as text."
  ephemeral   = true
}

variable "alice_key_version" {
  type        = number
  description = "Raised by one whenever her key is another one."
  default     = 1
}

variable "bob" {
  type        = string
  description = "User name of the second member on the server."
}

variable "bob_linux_user" {
  type        = string
  description = "His account on the cluster."
}
