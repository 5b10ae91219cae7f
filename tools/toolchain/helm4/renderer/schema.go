package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"helm.sh/helm/v4/pkg/chart/common"
	chartv2 "helm.sh/helm/v4/pkg/chart/v2"
)

// What Helm calls a chart's schema.
const urlOfSchema = "file:///values.schema.json"

// schemaOfChart is the values schema of a chart, compiled once; Helm does so for every rendering, which was 40 % of its time.
//
// What a schema says of an object it says in parts, and all of them must hold: "properties" is that each property is what a schema of
// its own wants, whatever stands beside it. So values are valid when each section is valid, which is asked once for each content
// of a section, and when they are valid to the schema that has any section as it likes. Helm's words for what is wrong come from the whole.
type schemaOfChart struct {
	whole          *jsonschema.Schema
	sections       map[string]*jsonschema.Schema
	besideSections *jsonschema.Schema
}

// compileSchema returns nil where this shortcut does not apply: no schema, subcharts with schemas of their own, or one that does not
// compile, so that Helm says what is wrong with it.
func compileSchema(loaded *chartv2.Chart) *schemaOfChart {
	if loaded.Schema == nil || len(loaded.Dependencies()) > 0 {
		return nil
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(loaded.Schema))
	if err != nil {
		return nil
	}
	compiler := jsonschema.NewCompiler()
	// No loader: a schema that refers to other documents does not compile here and is left to Helm.
	compiler.UseLoader(jsonschema.SchemeURLLoader{})
	if err := compiler.AddResource(urlOfSchema, document); err != nil {
		return nil
	}
	compiled, err := compiler.Compile(urlOfSchema)
	if err != nil {
		return nil
	}
	made := &schemaOfChart{whole: compiled, besideSections: compiled}
	if refersByWay(document) {
		return made
	}
	yes := true
	anything := &jsonschema.Schema{Bool: &yes}
	beside := *compiled
	beside.Properties = make(map[string]*jsonschema.Schema, len(compiled.Properties))
	for key := range compiled.Properties {
		beside.Properties[key] = anything
	}
	made.sections, made.besideSections = compiled.Properties, &beside
	return made
}

// refersByWay tells whether a schema has references that mean something else where the way to them is another.
func refersByWay(schema any) bool {
	switch schema := schema.(type) {
	case map[string]any:
		for key, below := range schema {
			if key == "$dynamicRef" || key == "$recursiveRef" || refersByWay(below) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(schema, refersByWay)
	}
	return false
}

// takesSection tells whether the value at one key of the top level is what "properties" wants there.
func (s *schemaOfChart) takesSection(key string, value any) bool {
	wanted, has := s.sections[key]
	return !has || takes(wanted, value)
}

// takesBesideSections tells whether values meet everything else that the schema says.
func (s *schemaOfChart) takesBesideSections(values map[string]any) bool {
	return takes(s.besideSections, values)
}

func takes(schema *jsonschema.Schema, value any) (valid bool) {
	// The library panics on some schemas: refuse finds out.
	defer func() {
		if recover() != nil {
			valid = false
		}
	}()
	return schema.Validate(value) == nil
}

// refuse returns the error with which Helm refuses the values, errLeftToHelm, or nil for valid ones. It follows
// ToRenderValuesWithSchemaValidation and ValidateAgainstSchema of helm.sh/helm/v4/pkg/chart/common/util.
func (s *schemaOfChart) refuse(chart string, values common.Values) (err error) {
	// Helm catches and reports what panics.
	defer func() {
		if recover() != nil {
			err = errLeftToHelm
		}
	}()
	unmet := s.whole.Validate(values.AsMap())
	if unmet == nil {
		return nil
	}
	details := strings.TrimPrefix(unmet.Error(), "jsonschema validation failed with '"+urlOfSchema+"#'\n")
	return fmt.Errorf(
		"values don't meet the specifications of the schema(s) in the following chart(s):\n%s:\n%s\n", chart, details)
}
