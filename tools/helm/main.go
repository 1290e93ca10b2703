// Renders, lints and validates the chart for tools/test/chart.test.mjs, by Helm's own packages: the whole helm program
// takes minutes to compile. Reads one request (see Request) from stdin and writes one Answer to stdout, both JSON.
package main

import (
	"encoding/json"
	"fmt"
	"os"
)

// Request is all that is to be done, so that schemas are read once.
type Request struct {
	// Chart is the chart's folder.
	Chart string `json:"chart"`
	// OpenAPI lists files of Kubernetes' API description (v3); CRDs lists yaml files of custom resource definitions.
	OpenAPI []string `json:"openapi"`
	CRDs    []string `json:"crds"`
	Renders []Render `json:"renders"`
}

// Render is one `helm template`.
type Render struct {
	Name string `json:"name"`
	// Values are files, later ones win; Set is merged over them.
	Values    []string       `json:"values"`
	Set       map[string]any `json:"set"`
	IsUpgrade bool           `json:"isUpgrade"`
	// APIVersions the cluster is said to have beside Kubernetes' own.
	APIVersions []string `json:"apiVersions"`
}

// Rendered is what became of a Render; Error is set when the chart refused.
type Rendered struct {
	Name    string        `json:"name"`
	Error   string        `json:"error,omitempty"`
	Notes   string        `json:"notes"`
	Objects []Object      `json:"objects"`
	Lint    []LintMessage `json:"lint"`
}

// Object is one rendered object. Problems are violations of its schema; IsUnchecked says that there is none.
type Object struct {
	Template    string         `json:"template"`
	Object      map[string]any `json:"object"`
	Problems    []string       `json:"problems"`
	IsUnchecked bool           `json:"isUnchecked"`
}

// LintMessage is one finding of `helm lint`.
type LintMessage struct {
	Severity string `json:"severity"`
	Path     string `json:"path"`
	Message  string `json:"message"`
}

// Answer to a Request.
type Answer struct {
	Renders []Rendered `json:"renders"`
}

func run() error {
	var request Request
	if err := json.NewDecoder(os.Stdin).Decode(&request); err != nil {
		return fmt.Errorf("the request on stdin: %w", err)
	}
	schemas, err := loadSchemas(request.OpenAPI, request.CRDs)
	if err != nil {
		return err
	}
	answer := Answer{Renders: []Rendered{}}
	for _, render := range request.Renders {
		rendered, err := renderChart(request.Chart, render, schemas)
		if err != nil {
			return fmt.Errorf("%s: %w", render.Name, err)
		}
		answer.Renders = append(answer.Renders, rendered)
	}
	return json.NewEncoder(os.Stdout).Encode(answer)
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
