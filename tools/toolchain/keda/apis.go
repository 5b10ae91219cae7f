// Package keda keeps the pinned KEDA module's API packages in this module's go.mod and go.sum: controller-gen reads
// the CRDs from them. Nothing here is compiled into a program.
package keda

import (
	_ "github.com/kedacore/keda/v2/apis/eventing/v1alpha1"
	_ "github.com/kedacore/keda/v2/apis/keda/v1alpha1"
)
