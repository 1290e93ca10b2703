// Package scheme stands in for client-go's, without any of Kubernetes' Go types.
package scheme

import "k8s.io/apimachinery/pkg/runtime"

// Scheme knows no kind.
var Scheme = runtime.NewScheme()

// AddToScheme adds nothing.
func AddToScheme(*runtime.Scheme) error { return nil }
