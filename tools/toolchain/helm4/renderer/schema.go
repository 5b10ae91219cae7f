package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"helm.sh/helm/v4/pkg/chart/common"
	chartv2 "helm.sh/helm/v4/pkg/chart/v2"
)

// What Helm calls a chart's schema.
const urlOfSchema = "file:///values.schema.json"

// compileSchema compiles a chart's values schema once; Helm does so for every rendering, which was 40 % of its time.
// It returns nil where this shortcut does not apply: no schema, subcharts with schemas of their own, or one that does not
// compile, so that Helm says what is wrong with it.
func compileSchema(loaded *chartv2.Chart) *jsonschema.Schema {
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
	return compiled
}

// validate returns nil, the error with which Helm refuses the values, or errLeftToHelm. It follows ToRenderValuesWithSchemaValidation and
// ValidateAgainstSchema of helm.sh/helm/v4/pkg/chart/common/util.
func validate(compiled *jsonschema.Schema, chart string, merged common.Values) (err error) {
	// The library panics on some schemas, which Helm catches and reports.
	defer func() {
		if recover() != nil {
			err = errLeftToHelm
		}
	}()
	unmet := compiled.Validate(merged.AsMap())
	if unmet == nil {
		return nil
	}
	details := strings.TrimPrefix(unmet.Error(), "jsonschema validation failed with '"+urlOfSchema+"#'\n")
	return fmt.Errorf(
		"values don't meet the specifications of the schema(s) in the following chart(s):\n%s:\n%s\n", chart, details)
}
