package main

import (
	"context"
	"maps"
	"slices"
	"text/template"

	"helm.sh/helm/v4/pkg/chart"
	"helm.sh/helm/v4/pkg/chart/common"
	chartutil "helm.sh/helm/v4/pkg/chart/common/util"
	chartv2 "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/engine"
)

// scopeOfChart is what "." is in the templates of a chart, but for what is another in each rendering.
type scopeOfChart struct {
	same map[string]any
}

// newScope lets Helm make it, for the chart with nothing but a template that hands it out. It returns nil for another scope than the
// one that is known here.
func newScope(loaded *chartv2.Chart, warnings *warningHandler) *scopeOfChart {
	var caught map[string]any
	catching := engine.Engine{CustomTemplateFuncs: template.FuncMap{"catchScope": func(scope map[string]any) string {
		caught = scope
		return ""
	}}}
	shell := *loaded
	shell.Templates = []*common.File{{Name: "templates/catch.yaml", Data: []byte("{{ catchScope . }}")}}
	logged := len(*warnings.lines)
	_, err := catching.RenderWithContext(context.Background(), chart.Charter(&shell), common.Values{"Values": common.Values{}})
	if logged < len(*warnings.lines) {
		*warnings.lines = (*warnings.lines)[:logged]
		return nil
	}
	known := []string{"Capabilities", "Chart", "Files", "Release", "Subcharts", "Template", "Values"}
	if err != nil || !slices.Equal(slices.Sorted(maps.Keys(caught)), known) {
		return nil
	}
	return &scopeOfChart{caught}
}

// of is the scope of one rendering.
func (s *scopeOfChart) of(
	options common.ReleaseOptions, values map[string]any, capabilities *common.Capabilities,
) (map[string]any, error) {
	// Helm makes these of a chart, its values and the options; here of an empty chart.
	empty := &chartv2.Chart{Metadata: &chartv2.Metadata{}}
	top, err := chartutil.ToRenderValuesWithSchemaValidation(empty, nil, options, capabilities, true)
	if err != nil {
		return nil, errLeftToHelm
	}
	scope := maps.Clone(s.same)
	scope["Release"], scope["Capabilities"], scope["Values"] = top["Release"], top["Capabilities"], common.Values(values)
	return scope, nil
}
