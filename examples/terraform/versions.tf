terraform {
  required_version = ">= 1.11"

  required_providers {
    latchkey = {
      source = "latchkey/latchkey"
    }
  }
}

# The token comes from LATCHKEY_TOKEN.
provider "latchkey" {
  server_url = var.server_url
}
