// Suites runs helm-unittest suites and renders values for one chart in memory, over standard input and output, one JSON
// document per line.
//
// It exists for tools.coverage and tools.mutants: a helm-unittest process loads the chart and compiles its values schema
// for each test, which is most of its time, and neither tells which branches of the templates a test reached. The tests
// themselves are run by helm-unittest's own library, the rendering is Helm's own engine.
package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime/debug"
	"slices"
	"sort"
	"text/template/parse"
	_ "unsafe" // for go:linkname

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"

	"github.com/Masterminds/sprig/v3"
	"github.com/helm-unittest/helm-unittest/pkg/unittest"
	"github.com/helm-unittest/helm-unittest/pkg/unittest/results"
	"github.com/helm-unittest/helm-unittest/pkg/unittest/snapshot"
	"github.com/sirupsen/logrus"
)

// request does one thing: load a chart folder, change files of the loaded chart, run suites, or render values.
type request struct {
	Load   string `json:"load"`
	Schema bool   `json:"schema"` // keep the values schema, which helm-unittest compiles for each test

	// Patch replaces files (name below the chart -> text) until the next patch, which starts from the loaded chart again.
	Patch map[string]string `json:"patch"`

	Suites   []suite `json:"suites"`
	FailFast bool    `json:"fail_fast"` // stop after the first test that fails

	Render *rendering `json:"render"`

	Parse string `json:"parse"` // the text of a template, for its blocks by Go's own parser
}

type suite struct {
	File  string   `json:"file"`
	Tests []string `json:"tests"` // null: all
}

type rendering struct {
	Values     json.RawMessage `json:"values"`
	Release    string          `json:"release"`
	Namespace  string          `json:"namespace"`
	Kubernetes string          `json:"kubernetes"`
}

// reply: Error tells why a request could not be done at all; a chart that refuses values is Refused.
type reply struct {
	Error    string    `json:"error"`
	Outcomes []outcome `json:"outcomes,omitempty"`
	Digest   string    `json:"digest,omitempty"`
	Refused  string    `json:"refused,omitempty"`
	Covered  []string  `json:"covered,omitempty"`
	Blocks   []block   `json:"blocks,omitempty"`
}

// block is an if, with or range: the line of its condition, from 1, and whether an else follows. Or it is a define, with its
// name and without a line, which Go does not keep.
type block struct {
	Keyword string `json:"keyword"`
	Line    int    `json:"line"`
	Else    bool   `json:"else"`
}

type outcome struct {
	File    string   `json:"file"`
	Test    string   `json:"test"`
	Passed  bool     `json:"passed"`
	Covered []string `json:"covered"`
}

// sprigFunctions is the map that Helm copies its template functions from. Helm takes no functions from outside, so this is
// the only place where a probe can be added without changing its engine.
//
//go:linkname sprigFunctions github.com/Masterminds/sprig/v3.genericMap
var sprigFunctions map[string]any

// probes are the ids that templates passed to `covered` since the last take.
type probes map[string]bool

func (seen probes) take() []string {
	ids := make([]string, 0, len(seen))
	for id := range seen {
		ids = append(ids, id)
	}
	clear(seen)
	sort.Strings(ids)
	return ids
}

// covered stands in templates as {{ covered "id" }}, which prints nothing, or as a step of a pipeline, which changes nothing.
func (seen probes) covered(id string, value ...any) any {
	seen[id] = true
	if len(value) == 1 {
		return value[0]
	}
	return ""
}

type worker struct {
	loaded  *chart.Chart
	patched *chart.Chart
	seen    probes
}

func main() {
	debug.SetGCPercent(400)
	logrus.SetLevel(logrus.ErrorLevel)
	w := worker{seen: probes{}}
	sprigFunctions["covered"] = w.seen.covered
	if _, ok := sprig.TxtFuncMap()["covered"]; !ok {
		fail("sprig keeps its functions elsewhere", errors.New("no probe can be added"))
	}
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
		rep, err := w.answer(req)
		if err != nil {
			rep.Error = err.Error()
		}
		if err := encoder.Encode(rep); err != nil {
			fail("cannot write a reply", err)
		}
		if err := out.Flush(); err != nil {
			fail("cannot write a reply", err)
		}
	}
}

func fail(what string, err error) {
	fmt.Fprintf(os.Stderr, "suite-runner: %s: %v\n", what, err)
	os.Exit(2)
}

func (w *worker) answer(req request) (rep reply, err error) {
	// helm-unittest and template functions panic on some broken templates: that is an answer, not an end.
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v", cause)
		}
	}()
	if req.Load != "" {
		w.loaded, err = load(req.Load, req.Schema)
		w.patched = w.loaded
		return rep, err
	}
	if req.Parse != "" {
		rep.Blocks, err = blocks(req.Parse)
		return rep, err
	}
	if w.loaded == nil {
		return rep, errors.New("no chart is loaded")
	}
	if req.Patch != nil {
		w.patched, err = patch(w.loaded, req.Patch)
		return rep, err
	}
	if req.Render != nil {
		clear(w.seen)
		rep.Digest, rep.Refused, err = render(w.patched, *req.Render)
		rep.Covered = w.seen.take()
		return rep, err
	}
	rep.Outcomes, err = w.run(req.Suites, req.FailFast)
	return rep, err
}

// load reads a chart folder and keeps what rendering needs.
func load(path string, schema bool) (*chart.Chart, error) {
	read, err := loader.LoadDir(path)
	if err != nil {
		return nil, err
	}
	read.Raw = nil
	read.Files = nil
	if !schema {
		read.Schema = nil
	}
	return read, nil
}

func patch(from *chart.Chart, files map[string]string) (*chart.Chart, error) {
	changed := *from
	changed.Templates = slices.Clone(from.Templates)
	for name, text := range files {
		if name == chartutil.ValuesfileName {
			values, err := chartutil.ReadValues([]byte(text))
			if err != nil {
				return nil, err
			}
			changed.Values = values
			continue
		}
		index := slices.IndexFunc(changed.Templates, func(file *chart.File) bool { return file.Name == name })
		if index < 0 {
			return nil, fmt.Errorf("the chart has no %s", name)
		}
		changed.Templates[index] = &chart.File{Name: name, Data: []byte(text)}
	}
	return &changed, nil
}

func (w *worker) run(suites []suite, failFast bool) ([]outcome, error) {
	var outcomes []outcome
	for _, wanted := range suites {
		parsed, err := unittest.ParseTestSuiteFile(wanted.File, w.patched.Name(), true, nil)
		if err != nil {
			return outcomes, fmt.Errorf("%s: %w", wanted.File, err)
		}
		for _, found := range parsed {
			for _, test := range found.Tests {
				if wanted.Tests != nil && !slices.Contains(wanted.Tests, test.Name) {
					continue
				}
				// One at a time, so that the probes belong to one test.
				single := *found
				single.Tests = []*unittest.TestJob{test}
				clear(w.seen)
				passed := w.runOne(&single)
				outcomes = append(outcomes, outcome{wanted.File, test.Name, passed, w.seen.take()})
				if failFast && !passed {
					return outcomes, nil
				}
			}
		}
	}
	return outcomes, nil
}

// runOne is false, too, when the library panics.
func (w *worker) runOne(single *unittest.TestSuite) (passed bool) {
	defer func() {
		if recover() != nil {
			passed = false
		}
	}()
	cache, err := snapshot.CreateSnapshotOfSuite(single.SnapshotFileUrl(), false)
	if err != nil {
		return false
	}
	return single.RunV3(w.patched, cache, true, "", &results.TestSuiteResult{}).Passed
}

// blocks parses a template without knowing its functions.
func blocks(text string) ([]block, error) {
	var found []block
	tree := parse.New("template")
	tree.Mode = parse.SkipFuncCheck
	named := map[string]*parse.Tree{}
	if _, err := tree.Parse(text, "", "", named); err != nil {
		return nil, err
	}
	var walk func(node parse.Node)
	branch := func(keyword string, node *parse.BranchNode) {
		found = append(found, block{keyword, node.Line, node.ElseList != nil})
		walk(node.List)
		if node.ElseList != nil {
			walk(node.ElseList)
		}
	}
	walk = func(node parse.Node) {
		switch node := node.(type) {
		case *parse.ListNode:
			for _, child := range node.Nodes {
				walk(child)
			}
		case *parse.IfNode:
			branch("if", &node.BranchNode)
		case *parse.WithNode:
			branch("with", &node.BranchNode)
		case *parse.RangeNode:
			branch("range", &node.BranchNode)
		}
	}
	for name, part := range named {
		if name != "template" {
			found = append(found, block{"define " + name, 0, false})
		}
		walk(part.Root)
	}
	return found, nil
}

// Places in error texts: a template with a line less is not another refusal.
var place = regexp.MustCompile(`:\d+(:\d+)?`)

// render returns a digest of all that the templates print, or the error with which they refuse.
func render(of *chart.Chart, what rendering) (digest, refused string, err error) {
	values, err := chartutil.ReadValues(what.Values)
	if err != nil {
		return "", "", err
	}
	version, err := chartutil.ParseKubeVersion(what.Kubernetes)
	if err != nil {
		return "", "", err
	}
	capabilities := chartutil.DefaultCapabilities.Copy()
	capabilities.KubeVersion = *version
	options := chartutil.ReleaseOptions{Name: what.Release, Namespace: what.Namespace, Revision: 1, IsInstall: true}
	complete, err := chartutil.ToRenderValuesWithSchemaValidation(of, values, options, capabilities, true)
	if err != nil {
		return "", "", err
	}
	files, err := engine.Render(of, complete)
	if err != nil {
		text := place.ReplaceAllString(err.Error(), "")
		sum := sha256.Sum256([]byte(text))
		return hex.EncodeToString(sum[:8]), text, nil
	}
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	sort.Strings(names)
	hash := sha256.New()
	for _, name := range names {
		// Templates that print nothing but white space make no object.
		if text := bytes.TrimSpace([]byte(files[name])); len(text) > 0 {
			fmt.Fprintf(hash, "%s %d\n", name, len(text))
			hash.Write(text)
		}
	}
	return hex.EncodeToString(hash.Sum(nil)[:8]), "", nil
}
