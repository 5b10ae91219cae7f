package main

import (
	"encoding/json"
	"errors"
	"hash/maphash"
	"reflect"
	"regexp"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig/v3"
	"sigs.k8s.io/yaml"

	"helm.sh/helm/v4/pkg/chart/common"
)

const (
	deepestInclude   = 1000 // Helm's own limit; beyond it Helm words the error
	longestCopied    = 1000 // bytes of JSON
	bytesOfOneMemory = 2 << 20
	bytesOfTexts     = 6 << 20
	bytesOfQuestions = 16 << 20
	bytesOfQuestion  = 32
	mostPlaces       = 50_000
	mostInVain       = 60 // executions of a template that was never recalled before it is no longer tried
)

// errShared ends a rendering whose templates change a map that others read, too: Helm has to do it.
var errShared = errors.New("a shared map is changed")

// memo replaces template functions by ones that remember. A remembered text is right because a template sees nothing but its
// argument (text/template has no globals), onlyPure has found no function that answers differently the next time, and all that it
// has read of its argument is the same. Maps that several results share are known; a template that wants to change one of them
// ends the rendering with errShared.
type memo struct {
	enabled  bool
	depth    int
	sites    []site
	contents *printer
	// Of the current rendering: maps that nobody may change, held, so that none is freed and another one made at its address; the scope.
	shared map[uintptr]map[string]any
	scope  uintptr
	// The calls under way, innermost last, and ones to be used again.
	underWay, idle []*call
	asked          []answered

	// How often a template was recalled, and how often not.
	tallies map[string]*tally

	// Of all renderings. What was asked first and then goes on from each answer, and where nothing is left to ask: the text.
	places *places
	next   *generations[print, question]
	texts  *generations[print, string]

	yamls    *generations[string, string]
	patterns map[string]*regexp.Regexp
}

type tally struct{ recalled, executed int }

// No question is left.
const nothing question = -1

func newMemo() *memo {
	made := &memo{
		yamls:    newGenerations[string, string](bytesOfOneMemory),
		patterns: map[string]*regexp.Regexp{},
		tallies:  map[string]*tally{},
	}
	made.contents = &printer{seed: maphash.MakeSeed(), shared: made.isShared}
	made.forget()
	return made
}

func (m *memo) forget() {
	m.places = newPlaces()
	m.next = newGenerations[print, question](bytesOfQuestions)
	m.texts = newGenerations[print, string](bytesOfTexts)
}

// beginRendering is called with what "." is in the files.
func (m *memo) beginRendering(scope map[string]any) {
	m.depth = 0
	m.underWay = m.underWay[:0]
	m.shared = make(map[uintptr]map[string]any, 512)
	m.contents.known = make(map[uintptr]print, 256)
	m.scope = reflect.ValueOf(scope).Pointer()
	m.share(scope)
	if len(m.places.all) > mostPlaces {
		m.forget()
	}
}

func (m *memo) endRendering() {
	m.shared, m.contents.known = nil, nil
}

func (m *memo) isScope(value map[string]any) bool {
	return reflect.ValueOf(value).Pointer() == m.scope
}

// remember returns what an execution of a template prints, from memory if it can.
func (m *memo) remember(name string, argument any, execute func() (string, error)) (string, error) {
	if !m.enabled {
		return execute()
	}
	start, comparable := m.contents.start(name, argument)
	if !comparable {
		return execute()
	}
	so := m.tallies[name]
	if so == nil {
		so = &tally{}
		m.tallies[name] = so
	}
	if so.recalled == 0 && so.executed > mostInVain {
		// What it learns is learnt by the call around it.
		return execute()
	}
	if text, known := m.recall(start, argument); known {
		so.recalled++
		return text, nil
	}
	so.executed++
	m.begin(argument)
	text, err := execute()
	learnt, rememberable := m.end()
	if err == nil && rememberable {
		m.keep(start, learnt, text)
	}
	return text, err
}

// recall asks what was asked before, and goes where the answers lead.
func (m *memo) recall(start print, argument any) (string, bool) {
	m.places.resolve(argument)
	m.asked = m.asked[:0]
	for state := start; ; {
		next, known := m.next.get(state)
		if !known {
			return "", false
		}
		if next == nothing {
			text, known := m.texts.get(state)
			if known {
				m.pass(m.asked)
			}
			return text, known
		}
		at, asked := m.places.asked(next)
		value, found := m.places.look(at)
		answer, comparable := m.contents.answer(value, found, asked)
		if !comparable {
			return "", false
		}
		m.asked = append(m.asked, answered{next, answer})
		state = state.and(uint64(next)).and(uint64(answer))
	}
}

func (m *memo) keep(start print, learnt []answered, text string) {
	state := start
	for _, each := range learnt {
		m.next.put(state, each.question, bytesOfQuestion)
		state = state.and(uint64(each.question)).and(uint64(each.print))
	}
	m.next.put(state, nothing, bytesOfQuestion)
	m.texts.put(state, text, len(text)+64)
}

// share marks all maps in value. Lists need no mark: no template function changes one.
func (m *memo) share(value any) {
	switch value := value.(type) {
	case map[string]any:
		address := reflect.ValueOf(value).Pointer()
		if _, known := m.shared[address]; known {
			return
		}
		m.shared[address] = value
		for _, below := range value {
			m.share(below)
		}
	case common.Values:
		m.share(map[string]any(value))
	case []any:
		for _, below := range value {
			m.share(below)
		}
	}
}

func (m *memo) isShared(value map[string]any) bool {
	_, shared := m.shared[reflect.ValueOf(value).Pointer()]
	return shared
}

// reachesShared tells whether a map or one below it is shared: merging writes into those, too.
func (m *memo) reachesShared(value any) bool {
	switch value := value.(type) {
	case map[string]any:
		if m.isShared(value) {
			return true
		}
		for _, below := range value {
			if m.reachesShared(below) {
				return true
			}
		}
	case common.Values:
		return m.reachesShared(map[string]any(value))
	}
	return false
}

// change notes that into is about to be changed, and the maps below it too if deep is set: a call that was handed one of them does
// more than return a text, and is not remembered. The error says that others read the map.
func (m *memo) change(into map[string]any, deep bool) error {
	if m.isShared(into) || (deep && m.reachesShared(into)) {
		return errShared
	}
	m.changed(into, deep)
	return nil
}

// functions are those that take the place of Helm's and sprig's in the templates of all.
func (m *memo) functions(all *template.Template) template.FuncMap {
	original := sprig.TxtFuncMap()
	replaced := template.FuncMap{
		"include":       m.include(all),
		reading:         m.read,
		"index":         m.index,
		"get":           m.get,
		"hasKey":        m.hasKey,
		"fromJson":      m.readObject(json.Unmarshal),
		"fromJsonArray": m.readList(json.Unmarshal),
		"fromYaml":      m.readObject(fromYAML),
		"fromYamlArray": m.readList(fromYAML),
		"toYaml":        m.toYAML,
		"regexMatch": func(pattern, text string) bool {
			compiled := m.pattern(pattern)
			return compiled != nil && compiled.MatchString(text)
		},
		"regexFind": func(pattern, text string) (string, error) {
			compiled := m.pattern(pattern)
			if compiled == nil {
				return "", errors.New("bad pattern")
			}
			return compiled.FindString(text), nil
		},
		"regexFindAll": func(pattern, text string, most int) ([]string, error) {
			compiled := m.pattern(pattern)
			if compiled == nil {
				return nil, errors.New("bad pattern")
			}
			return compiled.FindAllString(text, most), nil
		},
		"regexReplaceAll": func(pattern, text, by string) (string, error) {
			compiled := m.pattern(pattern)
			if compiled == nil {
				return "", errors.New("bad pattern")
			}
			return compiled.ReplaceAllString(text, by), nil
		},
		"set": func(into map[string]any, key string, value any) (map[string]any, error) {
			if err := m.change(into, false); err != nil {
				return nil, err
			}
			into[key] = value
			return into, nil
		},
		"unset": func(from map[string]any, key string) (map[string]any, error) {
			if err := m.change(from, false); err != nil {
				return nil, err
			}
			delete(from, key)
			return from, nil
		},
	}
	for _, name := range []string{"merge", "mergeOverwrite"} {
		merge, _ := original[name].(func(map[string]any, ...map[string]any) any)
		replaced[name] = func(into map[string]any, from ...map[string]any) (any, error) {
			// Merging puts maps of one into the other, so that a later merge would write into both.
			if err := m.change(into, true); err != nil {
				return nil, err
			}
			return merge(into, from...), nil
		}
	}
	for _, name := range []string{"mustMerge", "mustMergeOverwrite"} {
		merge, _ := original[name].(func(map[string]any, ...map[string]any) (any, error))
		replaced[name] = func(into map[string]any, from ...map[string]any) (any, error) {
			if err := m.change(into, true); err != nil {
				return nil, err
			}
			return merge(into, from...)
		}
	}
	return replaced
}

func (m *memo) include(all *template.Template) func(string, any) (string, error) {
	return func(name string, data any) (string, error) {
		return m.remember(name, data, func() (string, error) {
			if m.depth >= deepestInclude {
				return "", errors.New("too deep")
			}
			m.depth++
			defer func() { m.depth-- }()
			var out strings.Builder
			err := all.ExecuteTemplate(&out, name, data)
			return out.String(), err
		})
	}
}

// read stands in the templates where the chart has a chain of fields (watch.go).
func (m *memo) read(number int, base reflect.Value) any {
	at := &m.sites[number]
	if !base.IsValid() {
		// Of an untyped nil text/template reads any field as nil.
		return nil
	}
	found, _ := m.innermost().follow(base.Interface(), at.steps, at.asked)
	return found
}

// index is text/template's.
func (m *memo) index(of reflect.Value, by ...reflect.Value) reflect.Value {
	for _, each := range by {
		of, each = bare(of), bare(each)
		next := step{}
		switch each.Kind() {
		case reflect.Int:
			next = step{index: int(each.Int()), item: true}
		case reflect.String:
			next = step{key: each.String()}
		default:
			panic(errLeftToHelm)
		}
		switch of.Kind() {
		case reflect.Map:
			found, _ := m.innermost().follow(of.Interface(), []step{next}, reached)
			of = reflect.ValueOf(found)
		case reflect.Slice, reflect.String:
			if !next.item || next.index < 0 || next.index >= of.Len() {
				panic(errLeftToHelm)
			}
			of = of.Index(next.index)
		default:
			panic(errLeftToHelm)
		}
	}
	return of
}

func bare(value reflect.Value) reflect.Value {
	if value.Kind() == reflect.Interface {
		return value.Elem()
	}
	return value
}

// get is sprig's, which answers an unknown key with an empty text.
func (m *memo) get(from map[string]any, key string) any {
	value, found := m.innermost().follow(from, []step{{key: key}}, reached)
	if found == absent {
		return ""
	}
	return value
}

func (m *memo) hasKey(of map[string]any, key string) bool {
	_, found := m.innermost().follow(of, []step{{key: key}}, presence)
	return found == here
}

// readObject is Helm's fromJson or fromYaml, with the object of a text that was read before. A small one is copied. Of a large
// one the first level is the caller's own, because templates like to set something there, and what is below is shared.
func (m *memo) readObject(unmarshal func([]byte, any) error) func(string) map[string]any {
	objects := newGenerations[string, map[string]any](bytesOfOneMemory)
	return func(text string) map[string]any {
		known, found := objects.get(text)
		if !found {
			known = map[string]any{}
			if err := unmarshal([]byte(text), &known); err != nil {
				known["Error"] = err.Error()
				return known
			}
			objects.put(text, known, 8*len(text))
		}
		if known == nil { // the text was null
			return nil
		}
		own := make(map[string]any, len(known))
		for key, below := range known {
			own[key] = m.hand(below, text)
		}
		return own
	}
}

// readList is Helm's fromJsonArray or fromYamlArray, in the same way.
func (m *memo) readList(unmarshal func([]byte, any) error) func(string) []any {
	lists := newGenerations[string, []any](bytesOfOneMemory)
	return func(text string) []any {
		known, found := lists.get(text)
		if !found {
			known = []any{}
			if err := unmarshal([]byte(text), &known); err != nil {
				return []any{err.Error()}
			}
			lists.put(text, known, 8*len(text))
		}
		if known == nil {
			return nil
		}
		own := make([]any, len(known))
		for i, below := range known {
			own[i] = m.hand(below, text)
		}
		return own
	}
}

// fromYAML is Helm's, with the quick reader. The library has the words for what is not what was asked for.
func fromYAML(text []byte, into any) error {
	if read := plainJSON(string(text) + "\n"); read != nil && json.Unmarshal(read, into) == nil {
		return nil
	}
	return yaml.Unmarshal(text, into)
}

// hand gives out a part of what was read from a text: a copy or, of a large text, the part itself as a shared one.
func (m *memo) hand(part any, text string) any {
	if len(text) > longestCopied {
		m.share(part)
		return part
	}
	switch part := part.(type) {
	case map[string]any:
		own := make(map[string]any, len(part))
		for key, below := range part {
			own[key] = m.hand(below, text)
		}
		return own
	case []any:
		own := make([]any, len(part))
		for i, below := range part {
			own[i] = m.hand(below, text)
		}
		return own
	}
	return part
}

// toYAML is Helm's, which writes JSON first and makes YAML of that: the second step is remembered.
func (m *memo) toYAML(value any) string {
	asJSON, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	key := string(asJSON)
	if known, found := m.yamls.get(key); found {
		return known
	}
	asYAML, err := yaml.JSONToYAML(asJSON)
	if err != nil {
		return ""
	}
	text := strings.TrimSuffix(string(asYAML), "\n")
	m.yamls.put(key, text, len(key)+len(text))
	return text
}

// pattern compiles each regular expression once; sprig does so for each call. nil for one that does not compile.
func (m *memo) pattern(text string) *regexp.Regexp {
	compiled, known := m.patterns[text]
	if !known {
		compiled, _ = regexp.Compile(text)
		if len(m.patterns) > 1000 {
			clear(m.patterns)
		}
		m.patterns[text] = compiled
	}
	return compiled
}
