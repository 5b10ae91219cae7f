// Renderer answers render requests for Helm charts over standard input and output, one JSON document per line.
//
// It exists because a `helm template` process spends most of its time starting: this worker pays that once and keeps the
// chart in memory. What it returns is what `helm template` of the same module version prints: either it runs the same
// action (action.Install, client-side dry run) in the same order as Helm's own command, or it takes a shorter way (fast.go)
// made of Helm's own pieces.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"helm.sh/helm/v4/pkg/action"
	"helm.sh/helm/v4/pkg/chart"
	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/loader"
	"helm.sh/helm/v4/pkg/chart/loader/archive"
	chartv2 "helm.sh/helm/v4/pkg/chart/v2"
	loaderv2 "helm.sh/helm/v4/pkg/chart/v2/loader"
	release "helm.sh/helm/v4/pkg/release/v1"
)

// request is one rendering; the names follow the flags of `helm template`.
type request struct {
	Chart       string          `json:"chart"`
	Files       []string        `json:"files"`  // values files, as repeated -f flags
	Values      json.RawMessage `json:"values"` // one more values layer, over the files
	Release     string          `json:"release"`
	Namespace   string          `json:"namespace"`
	Kubernetes  string          `json:"kubernetes"` // empty: Helm's own default
	APIVersions []string        `json:"api_versions"`
	IsUpgrade   bool            `json:"is_upgrade"`
	HelmOnly    bool            `json:"helm_only"`  // no shortcut: to compare with
	Measure     bool            `json:"measure"`    // the reply tells the size of the release; renders with helm_only
	SameChart   bool            `json:"same_chart"` // the chart has not changed since the last request: its files need no look
}

// reply carries either a manifest or an error; warnings are what Helm would have logged to standard error.
//
// A manifest comes as a whole, or as the numbers of its documents in the table of texts (documents.go): texts holds those
// that were not sent before, objects what most of them say, and forget tells that all earlier numbers mean nothing any more.
type reply struct {
	Manifest  string                  `json:"manifest"`
	Documents []int                   `json:"documents"`
	Texts     map[int]string          `json:"texts"`
	Objects   map[int]json.RawMessage `json:"objects"`
	Forget    bool                    `json:"forget"`
	Notes     string                  `json:"notes"`
	Warnings  []string                `json:"warnings"`
	Error     string                  `json:"error"`
	Release   int                     `json:"release"`   // bytes of the release as Helm stores it: base64 of gzip of JSON
	Remembers bool                    `json:"remembers"` // it came the short way, on which what templates have printed is remembered
}

func main() {
	// The heap is small and garbage is plenty: collecting less often trades some MB for speed. What is remembered takes less
	// than half of the limit, beyond which the collector works harder.
	debug.SetGCPercent(300)
	debug.SetMemoryLimit(100 << 20)
	warnings := collectWarnings()
	charts := chartCache{known: map[string]cachedChart{}, warnings: warnings}
	documents := newDocumentTable()
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) && len(line) == 0 {
			return
		}
		if err != nil && !errors.Is(err, io.EOF) {
			fail("cannot read a request", err)
		}
		var req request
		if err := json.Unmarshal(line, &req); err != nil {
			fail("a request is not the expected JSON", err)
		}
		rep, err := render(req, charts, documents)
		if err != nil {
			rep = reply{Error: err.Error()}
		}
		rep.Warnings = warnings.take()
		if err := encoder.Encode(rep); err != nil {
			fail("cannot write a reply", err)
		}
		if err := out.Flush(); err != nil {
			fail("cannot write a reply", err)
		}
	}
}

func fail(what string, err error) {
	fmt.Fprintf(os.Stderr, "renderer: %s: %v\n", what, err)
	os.Exit(2)
}

// What Helm's command adds to an error of the templates.
const adviceToDebug = "\n\nUse --debug flag to render out invalid YAML"

// render follows newTemplateCmd and runInstall of helm.sh/helm/v4/pkg/cmd step by step, so that errors come in Helm's order.
func render(req request, charts chartCache, documents *documentTable) (reply, error) {
	configuration := action.NewConfiguration()
	install := action.NewInstall(configuration)
	if req.Kubernetes != "" {
		version, err := common.ParseKubeVersion(req.Kubernetes)
		if err != nil {
			return reply{}, fmt.Errorf("invalid kube version '%s': %w", req.Kubernetes, err)
		}
		install.KubeVersion = version
	}
	install.DryRunStrategy = action.DryRunClient
	install.Replace = true
	install.APIVersions = req.APIVersions
	install.IsUpgrade = req.IsUpgrade
	install.ReleaseName = req.Release
	install.Namespace = req.Namespace

	values, err := valuesOf(req)
	if err != nil {
		return reply{}, err
	}
	requested, fast, err := charts.load(req.Chart, req.SameChart)
	if err != nil {
		return reply{}, err
	}
	if err := installable(requested); err != nil {
		return reply{}, err
	}
	if fast != nil && !req.HelmOnly && !req.Measure {
		done, err := fast.render(install, values.sections)
		if err == nil {
			answer := documents.reply(done)
			answer.Remembers = fast.memo.enabled
			return answer, nil
		}
		if !errors.Is(err, errLeftToHelm) {
			return reply{}, err
		}
		// Helm logs it all again.
		charts.warnings.take()
	}
	merged, err := values.whole()
	if err != nil {
		return reply{}, err
	}
	answer, err := install.Run(requested, merged)
	// The type switch also covers a nil interface, which Helm returns together with most errors.
	rel, _ := answer.(*release.Release)
	if err != nil {
		if rel != nil {
			return reply{}, fmt.Errorf("%w%s", err, adviceToDebug)
		}
		return reply{}, err
	}
	if rel == nil {
		return reply{}, fmt.Errorf("unexpected release type %T", answer)
	}
	var text strings.Builder
	fmt.Fprintln(&text, strings.TrimSpace(rel.Manifest))
	for _, hook := range rel.Hooks {
		fmt.Fprintf(&text, "---\n# Source: %s\n%s\n", hook.Path, hook.Manifest)
	}
	answered := reply{Manifest: text.String(), Notes: rel.Info.Notes}
	if req.Measure {
		stored, err := encodeRelease(rel)
		if err != nil {
			return reply{}, err
		}
		answered.Release = len(stored)
	}
	return answered, nil
}

func installable(requested *chartv2.Chart) error {
	accessor, err := chart.NewAccessor(requested)
	if err != nil {
		return err
	}
	switch requested.Metadata.Type {
	case "", "application":
	default:
		return fmt.Errorf("%s charts are not installable", requested.Metadata.Type)
	}
	if wanted := accessor.MetaDependencies(); len(wanted) > 0 {
		if err := action.CheckDependencies(requested, wanted); err != nil {
			return fmt.Errorf("an error occurred while checking for chart dependencies. "+
				"You may need to run 'helm dependency build' to fetch missing dependencies: %w", err)
		}
	}
	return nil
}

// chartCache holds each chart folder that was asked for, with a fingerprint of its files.
type chartCache struct {
	known    map[string]cachedChart
	warnings *warningHandler
}

type cachedChart struct {
	fingerprint string
	chart       *chartv2.Chart
	engine      *engineOfChart
}

func (charts chartCache) load(path string, same bool) (*chartv2.Chart, *engineOfChart, error) {
	if cached, ok := charts.known[path]; same && ok && cached.fingerprint != "" && cached.engine != nil {
		return cached.chart, cached.engine, nil
	}
	found := fingerprint(path)
	if cached, ok := charts.known[path]; ok && found != "" && cached.fingerprint == found {
		if len(cached.chart.Metadata.Dependencies) == 0 {
			return cached.chart, cached.engine, nil
		}
		// Helm writes enabled dependencies, aliases and imported values into the chart: those need a fresh one each time.
		files := make([]*archive.BufferedFile, 0, len(cached.chart.Raw))
		for _, file := range cached.chart.Raw {
			files = append(files, &archive.BufferedFile{Name: file.Name, ModTime: file.ModTime, Data: file.Data})
		}
		fresh, err := loaderv2.LoadFiles(files)
		return fresh, nil, err
	}
	if _, err := os.Stat(path); err != nil {
		return nil, nil, fmt.Errorf("path %q not found", path)
	}
	loaded, err := loader.Load(path)
	if err != nil {
		return nil, nil, err
	}
	v2, ok := loaded.(*chartv2.Chart)
	if !ok {
		return nil, nil, fmt.Errorf("charts of type %T are not supported by this renderer", loaded)
	}
	fast := newEngine(v2, charts.warnings)
	charts.known[path] = cachedChart{fingerprint: found, chart: v2, engine: fast}
	return v2, fast, nil
}

// fingerprint changes when a file is added, removed or written. It is empty (never cached) when it cannot tell: a
// link may point to files that this walk does not see.
func fingerprint(root string) string {
	var text strings.Builder
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.Type()&fs.ModeSymlink != 0 {
			return errors.New("link")
		}
		if entry.IsDir() {
			return nil
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		fmt.Fprintf(&text, "%s %d %d\n", path, info.Size(), info.ModTime().UnixNano())
		return nil
	})
	if err != nil {
		return ""
	}
	return text.String()
}
