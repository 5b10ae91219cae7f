package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"sort"
	"strings"
	"text/template"
	_ "unsafe" // go:linkname

	"helm.sh/helm/v4/pkg/action"
	"helm.sh/helm/v4/pkg/chart/common"
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
	schema    *schemaOfChart
	values    *valuesOfChart
	scope     *scopeOfChart
	memo      *memo
	reader    *manifestReader
	kinds     *orderOfKinds
}

// rendered is one rendering: what `helm template` prints is each document behind a line of three dashes.
type rendered struct {
	documents []*document
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
	scope := newScope(loaded, warnings)
	values := newValues(loaded, schema, warnings)
	if scope == nil || values == nil {
		return nil
	}
	all := template.New("gotpl").Option("missingkey=zero")
	memory := newMemo()
	initFunMap(engine.Engine{CustomTemplateFuncs: memory.functions(all)}, context.Background(), all)
	made := &engineOfChart{
		chart:     loaded,
		templates: all,
		basePath:  path.Join(loaded.ChartFullPath(), "templates"),
		schema:    schema,
		values:    values,
		scope:     scope,
		memo:      memory,
		reader:    newManifestReader(warnings),
		kinds:     newOrderOfKinds(),
	}
	for _, name := range names {
		if _, err := all.New(name).Parse(texts[name]); err != nil {
			return nil
		}
		if !strings.HasPrefix(path.Base(name), "_") {
			made.files = append(made.files, name)
		}
	}
	memory.enabled = onlyPure(all) && memory.watched(all)
	return made
}

// errLeftToHelm says that the rendering must be done by Helm.
var errLeftToHelm = errors.New("left to Helm")

// render returns errLeftToHelm, or the error with which the schema or a template refuses the values.
func (e *engineOfChart) render(install *action.Install, sections map[string]json.RawMessage) (*rendered, error) {
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
	values, valid, err := e.values.merge(sections)
	if err != nil {
		return nil, err
	}
	if !valid {
		if err := e.schema.refuse(e.chart.Name(), values); err != nil {
			return nil, err
		}
	}
	scope, err := e.scope.of(common.ReleaseOptions{
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

func (e *engineOfChart) execute(scope map[string]any) (texts map[string]string, err error) {
	// Helm catches what panics in a template, and so must this: the caller then leaves the rendering to Helm.
	defer func() {
		if recover() != nil {
			err = errLeftToHelm
		}
	}()
	e.memo.beginRendering(scope)
	defer e.memo.endRendering()
	texts = make(map[string]string, len(e.files))
	var out strings.Builder
	for _, name := range e.files {
		scope["Template"] = common.Values{"Name": name, "BasePath": e.basePath}
		text, err := e.memo.remember("file "+name, common.Values(scope), func() (string, error) {
			out.Reset()
			err := e.templates.ExecuteTemplate(&out, name, common.Values(scope))
			return out.String(), err
		})
		if err != nil {
			if strings.Contains(err.Error(), startOfRefusal) {
				return nil, fmt.Errorf("%w%s", reformatExecErrorMsg(name, err), adviceToDebug)
			}
			return nil, errLeftToHelm
		}
		// As Helm does: text/template prints this for a missing value whatever its options are.
		texts[name] = strings.ReplaceAll(text, "<no value>", "")
	}
	return texts, nil
}

// assemble orders the documents as Helm does.
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
	var hooks, manifests []*document
	for _, name := range names {
		file := e.reader.read(name, texts[name])
		if file == nil {
			return nil, false
		}
		hooks = append(hooks, file.hooks...)
		manifests = append(manifests, file.manifests...)
	}
	if len(manifests) == 0 {
		return nil, false
	}
	e.kinds.sort(manifests)
	e.kinds.sort(hooks)
	end := len(manifests) - 1
	manifests[end] = manifests[end].last()
	return &rendered{append(manifests, hooks...), notes}, true
}
