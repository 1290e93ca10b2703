package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sort"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"sigs.k8s.io/yaml"
)

// Schemas of kinds, by "apiVersion/kind".
type Schemas struct {
	compiler *jsonschema.Compiler
	places   map[string]string
	compiled map[string]*jsonschema.Schema
}

func loadSchemas(openAPI, crds []string) (*Schemas, error) {
	schemas := &Schemas{jsonschema.NewCompiler(), map[string]string{}, map[string]*jsonschema.Schema{}}
	schemas.compiler.DefaultDraft(jsonschema.Draft2020)
	for _, file := range openAPI {
		if err := schemas.addOpenAPI(file); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	for _, file := range crds {
		if err := schemas.addCRD(file); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	return schemas, nil
}

type groupVersionKind struct{ Group, Version, Kind string }

func (one groupVersionKind) key() string {
	if one.Group == "" {
		return one.Version + "/" + one.Kind
	}
	return one.Group + "/" + one.Version + "/" + one.Kind
}

// addOpenAPI takes the kinds of one of the files under api/openapi-spec/v3 of Kubernetes.
func (schemas *Schemas) addOpenAPI(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return err
	}
	var described struct {
		Components struct {
			Schemas map[string]struct {
				Kinds []groupVersionKind `json:"x-kubernetes-group-version-kind"`
			} `json:"schemas"`
		} `json:"components"`
	}
	if err := json.Unmarshal(text, &described); err != nil {
		return err
	}
	components := document.(map[string]any)["components"].(map[string]any)["schemas"]
	closeObjects(components)
	place := "file://" + file
	if err := schemas.compiler.AddResource(place, document); err != nil {
		return err
	}
	for name, schema := range described.Components.Schemas {
		// Kinds every group takes (DeleteOptions) name many.
		if len(schema.Kinds) == 1 {
			schemas.places[schema.Kinds[0].key()] = place + "#/components/schemas/" + name
		}
	}
	return nil
}

// addCRD takes all versions that a custom resource definition serves.
func (schemas *Schemas) addCRD(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var definition struct {
		Spec struct {
			Group    string
			Names    struct{ Kind string }
			Versions []struct {
				Name   string
				Schema struct {
					OpenAPIV3Schema map[string]any `json:"openAPIV3Schema"`
				}
			}
		}
	}
	if err := yaml.Unmarshal(text, &definition); err != nil {
		return err
	}
	for _, version := range definition.Spec.Versions {
		schema, err := asJSON(version.Schema.OpenAPIV3Schema)
		if err != nil {
			return err
		}
		closeObjects(schema)
		place := "file://" + file + "/" + version.Name
		if err := schemas.compiler.AddResource(place, schema); err != nil {
			return err
		}
		kind := groupVersionKind{definition.Spec.Group, version.Name, definition.Spec.Names.Kind}
		schemas.places[kind.key()] = place
	}
	return nil
}

// closeObjects makes a description strict, as the API server is with `fieldValidation=Strict`: what is not described is wrong.
// It also says in JSON Schema's words what OpenAPI calls nullable.
func closeObjects(node any) {
	switch value := node.(type) {
	case []any:
		for _, item := range value {
			closeObjects(item)
		}
	case map[string]any:
		for _, item := range value {
			closeObjects(item)
		}
		_, hasProperties := value["properties"].(map[string]any)
		_, isOpen := value["additionalProperties"]
		if hasProperties && !isOpen && value["x-kubernetes-preserve-unknown-fields"] != true {
			value["additionalProperties"] = false
		}
		if kind, isText := value["type"].(string); isText && value["nullable"] == true {
			value["type"] = []any{kind, "null"}
		}
	}
}

// problemsOf says what is wrong with an object; false when its kind is not known.
func (schemas *Schemas) problemsOf(object map[string]any) ([]string, bool) {
	key := fmt.Sprintf("%v/%v", object["apiVersion"], object["kind"])
	place, isKnown := schemas.places[key]
	if !isKnown {
		return []string{}, false
	}
	schema := schemas.compiled[key]
	if schema == nil {
		var err error
		if schema, err = schemas.compiler.Compile(place); err != nil {
			return []string{fmt.Sprintf("schema of %s: %v", key, err)}, true
		}
		schemas.compiled[key] = schema
	}
	plain, err := asJSON(object)
	if err != nil {
		return []string{err.Error()}, true
	}
	var invalid *jsonschema.ValidationError
	if err := schema.Validate(plain); errors.As(err, &invalid) {
		return leaves(invalid), true
	}
	return []string{}, true
}

// leaves are the violations themselves, each with the place in the object.
func leaves(invalid *jsonschema.ValidationError) []string {
	if len(invalid.Causes) == 0 {
		text := strings.TrimSpace(invalid.Error())
		return []string{"/" + strings.Join(invalid.InstanceLocation, "/") + ": " + text[strings.LastIndex(text, "\n")+1:]}
	}
	problems := []string{}
	for _, cause := range invalid.Causes {
		problems = append(problems, leaves(cause)...)
	}
	sort.Strings(problems)
	return problems
}

// asJSON is the value as this library wants it: numbers in their own type.
func asJSON(value any) (any, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	return jsonschema.UnmarshalJSON(bytes.NewReader(text))
}
