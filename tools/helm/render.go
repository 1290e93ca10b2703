package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"sort"
	"strings"

	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"helm.sh/helm/v3/pkg/lint"
	"helm.sh/helm/v3/pkg/lint/support"
	yamlutil "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

const (
	releaseName = "groundswell"
	namespace   = "campaigns"
	// The chart's kubeVersion and the schemas are of this release.
	kubeVersion = "v1.34.0"
)

var severities = map[int]string{support.InfoSev: "info", support.WarningSev: "warning", support.ErrorSev: "error"}

// renderChart does what `helm lint` and `helm template` do. What the chart refuses is in Rendered.Error.
func renderChart(dir string, render Render, schemas *Schemas) (Rendered, error) {
	rendered := Rendered{Name: render.Name, Objects: []Object{}, Lint: []LintMessage{}}
	chart, err := loader.Load(dir)
	if err != nil {
		return rendered, err
	}
	values, err := mergedValues(render)
	if err != nil {
		return rendered, err
	}
	capabilities := chartutil.DefaultCapabilities.Copy()
	capabilities.KubeVersion = chartutil.KubeVersion{Version: kubeVersion, Major: "1", Minor: "34"}
	capabilities.APIVersions = append(capabilities.APIVersions, render.APIVersions...)
	options := chartutil.ReleaseOptions{
		Name: releaseName, Namespace: namespace, Revision: 1, IsInstall: !render.IsUpgrade, IsUpgrade: render.IsUpgrade,
	}
	full, err := chartutil.ToRenderValues(chart, values, options, capabilities)
	if err != nil {
		rendered.Error = err.Error()
		return rendered, nil
	}
	files, err := engine.Engine{Strict: false}.Render(chart, full)
	if err != nil {
		rendered.Error = err.Error()
		return rendered, nil
	}
	for _, message := range lint.AllWithKubeVersion(dir, values, namespace, &capabilities.KubeVersion).Messages {
		rendered.Lint = append(rendered.Lint, LintMessage{severities[message.Severity], message.Path, message.Err.Error()})
	}
	return rendered, addObjects(&rendered, files, schemas)
}

func mergedValues(render Render) (map[string]any, error) {
	values := map[string]any{}
	for _, file := range render.Values {
		own, err := chartutil.ReadValuesFile(file)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		values = chartutil.MergeTables(own.AsMap(), values)
	}
	if render.Set != nil {
		values = chartutil.MergeTables(render.Set, values)
	}
	return values, nil
}

func addObjects(rendered *Rendered, files map[string]string, schemas *Schemas) error {
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		base := filepath.Base(name)
		if base == "NOTES.txt" {
			rendered.Notes = files[name]
		}
		if base == "NOTES.txt" || strings.HasPrefix(base, "_") {
			continue
		}
		documents, err := splitYAML([]byte(files[name]))
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		for _, object := range documents {
			problems, isKnown := schemas.problemsOf(object)
			rendered.Objects = append(rendered.Objects, Object{name, object, problems, !isKnown})
		}
	}
	return nil
}

// splitYAML reads documents strictly: a key that is there twice is an error, as it is for `kubectl --validate=strict`.
func splitYAML(text []byte) ([]map[string]any, error) {
	reader := yamlutil.NewYAMLReader(bufio.NewReader(bytes.NewReader(text)))
	var objects []map[string]any
	for {
		document, err := reader.Read()
		if err == io.EOF {
			return objects, nil
		}
		if err != nil {
			return nil, err
		}
		var object map[string]any
		if err := yaml.UnmarshalStrict(document, &object); err != nil {
			return nil, fmt.Errorf("%w in:\n%s", err, bytes.TrimSpace(document))
		}
		if object != nil {
			objects = append(objects, object)
		}
	}
}
