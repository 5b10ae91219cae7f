package main

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"sort"
	"strings"
	"text/template"
	_ "unsafe" // go:linkname

	"github.com/santhosh-tekuri/jsonschema/v6"

	"helm.sh/helm/v4/pkg/action"
	"helm.sh/helm/v4/pkg/chart"
	"helm.sh/helm/v4/pkg/chart/common"
	chartutil "helm.sh/helm/v4/pkg/chart/common/util"
	chartv2 "helm.sh/helm/v4/pkg/chart/v2"
	chartv2util "helm.sh/helm/v4/pkg/chart/v2/util"
	"helm.sh/helm/v4/pkg/engine"
	release "helm.sh/helm/v4/pkg/release/v1"
	releaseutil "helm.sh/helm/v4/pkg/release/v1/util"
	_ "helm.sh/helm/v4/pkg/storage/driver" // go:linkname
)

// Helm's own functions for templates, its order of kinds, its wording of errors, its form of a stored release. Helm exports
// none of them; it is pinned by go.mod.

//go:linkname initFunMap helm.sh/helm/v4/pkg/engine.Engine.initFunMap
func initFunMap(e engine.Engine, ctx context.Context, t *template.Template)

//go:linkname sortManifestsByKind helm.sh/helm/v4/pkg/release/v1/util.sortManifestsByKind
func sortManifestsByKind(manifests []releaseutil.Manifest, ordering releaseutil.KindSortOrder) []releaseutil.Manifest

//go:linkname sortHooksByKind helm.sh/helm/v4/pkg/release/v1/util.sortHooksByKind
func sortHooksByKind(hooks []*release.Hook, ordering releaseutil.KindSortOrder) []*release.Hook

//go:linkname encodeRelease helm.sh/helm/v4/pkg/storage/driver.encodeRelease
func encodeRelease(rls *release.Release) (string, error)

//go:linkname reformatExecErrorMsg helm.sh/helm/v4/pkg/engine.reformatExecErrorMsg
func reformatExecErrorMsg(filename string, err error) error

// Helm puts it in front of what a template says with fail.
const startOfRefusal = "HELM_ERR_START"

// engineOfChart renders one chart again and again: its templates are parsed once, with Helm's functions, and what was
// computed before from the same input is not computed again. It gives up on everything that is neither success nor a refusal by
// the schema or by fail; then action.Install renders, and words the error.
type engineOfChart struct {
	chart     *chartv2.Chart
	templates *template.Template
	files     []string // names of the templates that print something, in Helm's order
	basePath  string
	schema    *jsonschema.Schema
	memo      *memo
	warnings  *warningHandler
	sorted    *generations[fingerprintOfCall, *sortedFile]
}

// sortedFile is what SortManifests makes of one rendered file.
type sortedFile struct {
	hooks     []*release.Hook
	manifests []releaseutil.Manifest
}

// rendered is one rendering: what `helm template` prints is each document behind a line of three dashes.
type rendered struct {
	documents []string
	notes     string
}

// newEngine returns nil for charts that this shortcut is not made for.
func newEngine(loaded *chartv2.Chart, warnings *warningHandler) *engineOfChart {
	schema := compileSchema(loaded)
	if schema == nil || len(loaded.Metadata.Dependencies) > 0 || len(loaded.Dependencies()) > 0 || loaded.Metadata.Type == "library" {
		return nil
	}
	texts := map[string]string{}
	names := make([]string, 0, len(loaded.Templates))
	for _, file := range loaded.Templates {
		if file == nil {
			return nil
		}
		name := path.Join(loaded.ChartFullPath(), file.Name)
		if _, twice := texts[name]; twice {
			return nil
		}
		texts[name] = string(file.Data)
		names = append(names, name)
	}
	// Helm parses the deepest files first: of two definitions with one name the last counts.
	sort.Slice(names, func(i, j int) bool {
		a, b := strings.Count(names[i], "/"), strings.Count(names[j], "/")
		if a != b {
			return a > b
		}
		return names[i] > names[j]
	})
	all := template.New("gotpl").Option("missingkey=zero")
	memory := newMemo()
	initFunMap(engine.Engine{CustomTemplateFuncs: memory.functions(all)}, context.Background(), all)
	made := &engineOfChart{
		chart:     loaded,
		templates: all,
		basePath:  path.Join(loaded.ChartFullPath(), "templates"),
		schema:    schema,
		memo:      memory,
		warnings:  warnings,
		sorted:    newGenerations[fingerprintOfCall, *sortedFile](4 << 20),
	}
	for _, name := range names {
		if _, err := all.New(name).Parse(texts[name]); err != nil {
			return nil
		}
		if !strings.HasPrefix(path.Base(name), "_") {
			made.files = append(made.files, name)
		}
	}
	memory.enabled = onlyPure(all)
	return made
}

// errLeftToHelm says that the rendering must be done by Helm.
var errLeftToHelm = errors.New("left to Helm")

// render returns errLeftToHelm, or the error with which the schema or a template refuses the values.
func (e *engineOfChart) render(install *action.Install, values map[string]any) (*rendered, error) {
	if chartv2util.ValidateReleaseName(install.ReleaseName) != nil {
		return nil, errLeftToHelm
	}
	capabilities := common.DefaultCapabilities.Copy()
	if install.KubeVersion != nil {
		capabilities.KubeVersion = *install.KubeVersion
	}
	capabilities.APIVersions = append(capabilities.APIVersions, install.APIVersions...)
	if wanted := e.chart.Metadata.KubeVersion; wanted != "" {
		if !chartv2util.IsCompatibleRange(wanted, capabilities.KubeVersion.String()) {
			return nil, errLeftToHelm
		}
	}
	scope, err := e.scope(common.ReleaseOptions{
		Name:      install.ReleaseName,
		Namespace: install.Namespace,
		Revision:  1,
		IsInstall: !install.IsUpgrade,
		IsUpgrade: install.IsUpgrade,
	}, values, capabilities)
	if err != nil {
		return nil, err
	}
	texts, err := e.execute(scope)
	if err != nil {
		return nil, err
	}
	if done, ok := e.assemble(texts); ok {
		return done, nil
	}
	return nil, errLeftToHelm
}

// scope is what "." is in a template: Helm makes it, for a chart with nothing but a template that hands it out.
func (e *engineOfChart) scope(
	options common.ReleaseOptions, values map[string]any, capabilities *common.Capabilities,
) (map[string]any, error) {
	top, err := chartutil.ToRenderValuesWithSchemaValidation(e.chart, values, options, capabilities, true)
	if err != nil {
		return nil, errLeftToHelm
	}
	merged, ok := top["Values"].(common.Values)
	if !ok {
		return nil, errLeftToHelm
	}
	if err := validate(e.schema, e.chart.Name(), merged); err != nil {
		return nil, err
	}
	var caught map[string]any
	catching := engine.Engine{CustomTemplateFuncs: template.FuncMap{"catchScope": func(scope map[string]any) string {
		caught = scope
		return ""
	}}}
	shell := *e.chart
	shell.Templates = []*common.File{{Name: "templates/catch.yaml", Data: []byte("{{ catchScope . }}")}}
	if _, err := catching.RenderWithContext(context.Background(), chart.Charter(&shell), top); err != nil || caught == nil {
		return nil, errLeftToHelm
	}
	return caught, nil
}

func (e *engineOfChart) execute(scope map[string]any) (texts map[string]string, err error) {
	// Helm catches what panics in a template, and so must this: the caller then leaves the rendering to Helm.
	defer func() {
		if recover() != nil {
			err = errLeftToHelm
		}
	}()
	e.memo.begin(scope)
	defer e.memo.end()
	texts = make(map[string]string, len(e.files))
	var out strings.Builder
	for _, name := range e.files {
		scope["Template"] = common.Values{"Name": name, "BasePath": e.basePath}
		out.Reset()
		if err := e.templates.ExecuteTemplate(&out, name, common.Values(scope)); err != nil {
			if strings.Contains(err.Error(), startOfRefusal) {
				return nil, fmt.Errorf("%w%s", reformatExecErrorMsg(name, err), adviceToDebug)
			}
			return nil, errLeftToHelm
		}
		// As Helm does: text/template prints this for a missing value whatever its options are.
		texts[name] = strings.ReplaceAll(out.String(), "<no value>", "")
	}
	return texts, nil
}

// assemble orders the documents as Helm does. SortManifests reads each document as YAML to learn its kind and its hooks,
// file by file: what a text was found to hold is remembered.
func (e *engineOfChart) assemble(texts map[string]string) (*rendered, bool) {
	notes := ""
	names := make([]string, 0, len(texts))
	for name, text := range texts {
		if strings.HasSuffix(name, "NOTES.txt") {
			if name == path.Join(e.chart.Name(), "templates", "NOTES.txt") {
				notes = text
			}
			continue
		}
		if strings.TrimSpace(text) != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var hooks []*release.Hook
	var manifests []releaseutil.Manifest
	for _, name := range names {
		text := texts[name]
		print := call{memo: e.memo}
		print.text(name)
		print.text(text)
		file, known := e.sorted.get(print.print)
		if !known {
			logged := len(*e.warnings.lines)
			found, listed, err := releaseutil.SortManifests(
				map[string]string{name: text}, nil, releaseutil.InstallOrder)
			if err != nil {
				return nil, false
			}
			file = &sortedFile{found, listed}
			// What Helm logs meanwhile it has to log the next time, too.
			if logged == len(*e.warnings.lines) {
				e.sorted.put(print.print, file, len(text))
			}
		}
		hooks = append(hooks, file.hooks...)
		manifests = append(manifests, file.manifests...)
	}
	if len(manifests) == 0 {
		return nil, false
	}
	manifests = sortManifestsByKind(manifests, releaseutil.InstallOrder)
	hooks = sortHooksByKind(hooks, releaseutil.InstallOrder)
	documents := make([]string, 0, len(manifests)+len(hooks))
	for _, manifest := range manifests {
		documents = append(documents, "# Source: "+manifest.Name+"\n"+manifest.Content+"\n")
	}
	last := len(documents) - 1
	documents[last] = strings.TrimSpace(documents[last]) + "\n"
	for _, hook := range hooks {
		documents = append(documents, "# Source: "+hook.Path+"\n"+hook.Manifest+"\n")
	}
	return &rendered{documents, notes}, true
}
