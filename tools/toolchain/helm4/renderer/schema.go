package main

import (
	"bytes"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"helm.sh/helm/v4/pkg/chart/common"
	chartv2 "helm.sh/helm/v4/pkg/chart/v2"
)

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
	if err := compiler.AddResource("file:///values.schema.json", document); err != nil {
		return nil
	}
	compiled, err := compiler.Compile("file:///values.schema.json")
	if err != nil {
		return nil
	}
	return compiled
}

// meetsSchema tells whether Helm's own validation would pass. A false sends the request through it, for its error text.
func meetsSchema(compiled *jsonschema.Schema, merged common.Values) (meets bool) {
	// The library panics on some schemas, which Helm catches and reports.
	defer func() {
		if recover() != nil {
			meets = false
		}
	}()
	return compiled.Validate(merged.AsMap()) == nil
}
