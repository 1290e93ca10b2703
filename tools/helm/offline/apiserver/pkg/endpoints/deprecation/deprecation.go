// Package deprecation stands in for that of apiserver: the scheme of this program knows no kind, so it is never asked.
package deprecation

import "k8s.io/apimachinery/pkg/runtime"

// IsDeprecated knows of none.
func IsDeprecated(runtime.Object, int, int) bool { return false }

// WarningMessage has nothing to say.
func WarningMessage(runtime.Object) string { return "" }
