package main

import (
	"encoding/json"

	chartutil "helm.sh/helm/v4/pkg/chart/common/util"
	chartv2 "helm.sh/helm/v4/pkg/chart/v2"
)

const (
	bytesOfSections = 8 << 20
	// About how much more memory a value takes than its JSON.
	unfolded = 8
)

// valuesOfChart merges values with the defaults of a chart without dependencies, section by section: Helm treats each key of the top
// level by itself then, and so does the schema (schema.go). What came of a section is remembered, and shared by renderings: memo
// lets no template change it.
type valuesOfChart struct {
	chart    *chartv2.Chart
	schema   *schemaOfChart
	warnings *warningHandler
	absent   map[string]*section // what comes of the chart's sections where the values have none
	sizes    map[string]int      // of the chart's sections, as JSON
	known    *generations[fingerprintOfText, *section]
}

// section is what came of one section.
type section struct {
	value any
	kept  bool // null removes a section
	valid bool // whether it is what the schema wants
}

// newValues returns nil for charts that this is not made for.
func newValues(chart *chartv2.Chart, schema *schemaOfChart, warnings *warningHandler) *valuesOfChart {
	made := &valuesOfChart{
		chart:    chart,
		schema:   schema,
		warnings: warnings,
		absent:   map[string]*section{},
		sizes:    map[string]int{},
		known:    newGenerations[fingerprintOfText, *section](bytesOfSections),
	}
	logged := len(*warnings.lines)
	for key, value := range chart.Values {
		text, err := json.Marshal(value)
		if err != nil {
			return nil
		}
		made.sizes[key] = len(text)
		if made.absent[key], err = made.merged(key, map[string]any{}); err != nil {
			return nil
		}
	}
	if logged < len(*warnings.lines) {
		*warnings.lines = (*warnings.lines)[:logged]
		return nil
	}
	return made
}

// merge returns what .Values is in a template, and whether the schema takes it.
func (v *valuesOfChart) merge(sections map[string]json.RawMessage) (map[string]any, bool, error) {
	values := make(map[string]any, len(v.absent)+len(sections))
	valid := true
	add := func(key string, found *section) {
		if found.kept {
			values[key] = found.value
			valid = valid && found.valid
		}
	}
	for key, found := range v.absent {
		if _, given := sections[key]; !given {
			add(key, found)
		}
	}
	for key, text := range sections {
		found, err := v.section(key, text)
		if err != nil {
			return nil, false, err
		}
		add(key, found)
	}
	return values, valid && v.schema.takesBesideSections(values), nil
}

func (v *valuesOfChart) section(key string, text json.RawMessage) (*section, error) {
	print := printOf(key, string(text))
	if known, found := v.known.get(print); found {
		return known, nil
	}
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		return nil, errLeftToHelm
	}
	logged := len(*v.warnings.lines)
	made, err := v.merged(key, map[string]any{key: value})
	if err != nil {
		return nil, err
	}
	// What Helm logs meanwhile it has to log the next time, too.
	if logged == len(*v.warnings.lines) {
		v.known.put(print, made, unfolded*(len(text)+v.sizes[key]))
	}
	return made, nil
}

// merged lets Helm merge values that have one section or none with a chart that has that section alone.
func (v *valuesOfChart) merged(key string, values map[string]any) (*section, error) {
	alone := *v.chart
	alone.Values = map[string]any{}
	if value, has := v.chart.Values[key]; has {
		alone.Values[key] = value
	}
	coalesced, err := chartutil.CoalesceValues(&alone, values)
	if err != nil {
		return nil, errLeftToHelm
	}
	value, kept := coalesced[key]
	return &section{value: value, kept: kept, valid: kept && v.schema.takesSection(key, value)}, nil
}
