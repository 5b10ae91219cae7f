# Recipe: Terraform. KEDA as a helm_release, with a certificate mode and an environment of this repository.
#
#   terraform -chdir=values-examples/recipes/terraform init
#   terraform -chdir=values-examples/recipes/terraform apply
#
# The path leads to a clone of this repository. A chart in a registry has repository = "oci://..." and a version instead.
# Values stay files: `set` blocks make strings of what they are given, and the values schema refuses "true" for true.

terraform {
  required_version = ">= 1.5"
  required_providers {
    helm = {
      source  = "hashicorp/helm"
      version = ">= 3.0"
    }
  }
}

provider "helm" {
  kubernetes = {
    config_path = "~/.kube/config"
  }
}

locals {
  examples = "${path.module}/../.."
}

resource "helm_release" "keda" {
  name             = "keda"
  namespace        = "keda"
  create_namespace = true
  chart            = "${path.module}/../../../charts/keda"

  # Back to what ran before when pods do not become ready.
  atomic  = true
  timeout = 300

  # Later ones win. The first is the certificate mode; the last is for what Terraform knows.
  values = [
    file("${local.examples}/cert-manager-generated-ca.yaml"),
    file("${local.examples}/environments/production.yaml"),
    yamlencode({
      clusterName = "production"
      operator = {
        replicaCount = 2
      }
    }),
  ]
}
