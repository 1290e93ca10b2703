// Package rest stands in for client-go's: there is no cluster to connect to.
package rest

// Config of a connection that is never made.
type Config struct{}
