package main

import (
	"encoding/json"
	"errors"
	"hash/maphash"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig/v3"
	"sigs.k8s.io/yaml"

	"helm.sh/helm/v4/pkg/chart/common"
)

const (
	deepestInclude   = 1000 // Helm's own limit; beyond it Helm words the error
	largestArgument  = 600  // parts of an argument of include that are worth a comparison
	longestCopied    = 1000 // bytes of JSON
	bytesOfOneMemory = 2 << 20
)

// errShared ends a rendering whose templates change a map that others read, too: Helm has to do it.
var errShared = errors.New("a shared map is changed")

// memo replaces template functions by ones that remember. A remembered result is right because a template sees nothing
// but its argument (text/template has no globals) and onlyPure has found no function that answers differently the next time.
// Maps that several results share are known; a template that wants to change one of them ends the rendering with errShared.
type memo struct {
	enabled bool
	depth   int
	seeds   [2]maphash.Seed

	// Of the current rendering: maps that nobody may change, what they hold, and results of include for arguments that hold
	// one of which that cannot be told. The maps are held, so that none is freed and another one made at its address.
	shared  map[uintptr]map[string]any
	content map[uintptr]contentOfShared
	here    map[fingerprintOfCall]string
	// The calls of include under way, innermost last.
	underWay []*call

	// Of all renderings.
	anywhere *generations[fingerprintOfCall, string]
	yamls    *generations[string, string]
	patterns map[string]*regexp.Regexp
}

// contentOfShared is the fingerprint of what a shared map holds; of no use where something in it cannot be compared.
type contentOfShared struct {
	print  fingerprintOfCall
	usable bool
}

// fingerprintOfCall stands for a template's name and its argument: 128 bits, seeded anew in each process.
type fingerprintOfCall [2]uint64

func newMemo() *memo {
	return &memo{
		seeds:    [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()},
		anywhere: newGenerations[fingerprintOfCall, string](bytesOfOneMemory),
		yamls:    newGenerations[string, string](bytesOfOneMemory),
		patterns: map[string]*regexp.Regexp{},
	}
}

func (m *memo) begin(scope map[string]any) {
	m.depth = 0
	m.underWay = m.underWay[:0]
	m.shared = make(map[uintptr]map[string]any, 512)
	m.content = make(map[uintptr]contentOfShared, 64)
	m.here = make(map[fingerprintOfCall]string, 256)
	m.share(scope)
}

func (m *memo) end() {
	m.shared, m.content, m.here = nil, nil, nil
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
	if len(m.underWay) > 0 {
		m.note(into, deep)
	}
	return nil
}

func (m *memo) note(into map[string]any, deep bool) {
	address := reflect.ValueOf(into).Pointer()
	for _, each := range m.underWay {
		each.changes = each.changes || slices.Contains(each.handed, address)
	}
	if !deep {
		return
	}
	for _, below := range into {
		switch below := below.(type) {
		case map[string]any:
			m.note(below, deep)
		case common.Values:
			m.note(below, deep)
		}
	}
}

// functions are those that take the place of Helm's and sprig's in the templates of all.
func (m *memo) functions(all *template.Template) template.FuncMap {
	original := sprig.TxtFuncMap()
	replaced := template.FuncMap{
		"include":       m.include(all),
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
	execute := func(name string, data any) (string, error) {
		if m.depth >= deepestInclude {
			return "", errors.New("too deep")
		}
		m.depth++
		defer func() { m.depth-- }()
		var out strings.Builder
		err := all.ExecuteTemplate(&out, name, data)
		return out.String(), err
	}
	return func(name string, data any) (string, error) {
		if !m.enabled {
			return execute(name, data)
		}
		call := call{memo: m}
		call.text(name)
		if !call.add(data) {
			return execute(name, data)
		}
		if text, known := m.here[call.print]; known {
			return text, nil
		}
		if !call.local {
			if text, known := m.anywhere.get(call.print); known {
				return text, nil
			}
		}
		m.underWay = append(m.underWay, &call)
		text, err := execute(name, data)
		m.underWay = m.underWay[:len(m.underWay)-1]
		if err != nil || call.changes {
			return text, err
		}
		if call.local {
			m.here[call.print] = text
		} else {
			m.anywhere.put(call.print, text, len(text)+64)
		}
		return text, nil
	}
}

// call computes the fingerprint of one call. local: it holds the address of a shared map, and means nothing in another rendering.
// handed are the addresses of the maps in the argument that are not shared; changes: one of them was changed.
type call struct {
	memo    *memo
	print   fingerprintOfCall
	local   bool
	parts   int
	handed  []uintptr
	changes bool
}

func (c *call) mix(first, second uint64) {
	// Multiplication by odd constants and a rotation, so that order counts.
	c.print[0] = (c.print[0]<<7|c.print[0]>>57)*0x9e3779b97f4a7c15 + first
	c.print[1] = (c.print[1]<<11|c.print[1]>>53)*0xc2b2ae3d27d4eb4f + second
}

func (c *call) text(text string) {
	c.mix(maphash.String(c.memo.seeds[0], text), maphash.String(c.memo.seeds[1], text))
}

func (c *call) number(kind byte, bits uint64) {
	number := [9]byte{kind}
	for i := range 8 {
		number[i+1] = byte(bits >> (8 * i))
	}
	c.mix(maphash.Bytes(c.memo.seeds[0], number[:]), maphash.Bytes(c.memo.seeds[1], number[:]))
}

// add returns false for what cannot be compared, and for what is so large that a comparison is not worth it.
func (c *call) add(value any) bool {
	c.parts++
	if c.parts > largestArgument {
		return false
	}
	switch value := value.(type) {
	case nil:
		c.number('0', 0)
	case string:
		c.number('s', uint64(len(value)))
		c.text(value)
	case bool:
		bits := uint64(0)
		if value {
			bits = 1
		}
		c.number('b', bits)
	case float64:
		c.number('f', math.Float64bits(value))
	case int:
		c.number('i', uint64(value))
	case int64:
		c.number('l', uint64(value))
	case map[string]any:
		return c.mapping('m', value)
	case common.Values:
		return c.mapping('v', value)
	case []any:
		c.number('a', uint64(len(value)))
		for _, below := range value {
			if !c.add(below) {
				return false
			}
		}
	default:
		return false
	}
	return true
}

func (c *call) mapping(kind byte, value map[string]any) bool {
	address := reflect.ValueOf(value).Pointer()
	if c.memo.isShared(value) {
		// Another kind than that of a map that may be changed: a template that does so must not be answered from here.
		if content := c.memo.contentOf(address); content.usable {
			c.number(kind+1, uint64(len(value)))
			c.mix(content.print[0], content.print[1])
			return true
		}
		c.local = true
		c.number(kind+2, uint64(address))
		return true
	}
	c.handed = append(c.handed, address)
	c.number(kind, uint64(len(value)))
	return c.entries(value)
}

// entries adds what a map holds. A map has no order: the sum of its entries has none either.
func (c *call) entries(value map[string]any) bool {
	var sum fingerprintOfCall
	for key, below := range value {
		entry := call{memo: c.memo, parts: c.parts, handed: c.handed}
		entry.text(key)
		if !entry.add(below) {
			return false
		}
		entry.number('e', 0)
		c.parts, c.handed = entry.parts, entry.handed
		c.local = c.local || entry.local
		sum[0] += entry.print[0]
		sum[1] += entry.print[1]
	}
	c.mix(sum[0], sum[1])
	return true
}

// contentOf computes what a shared map holds, once in each rendering, however large it is: most of its parts are asked for, too.
func (m *memo) contentOf(address uintptr) contentOfShared {
	known, found := m.content[address]
	if !found {
		whole := call{memo: m, parts: math.MinInt32}
		usable := whole.entries(m.shared[address])
		known = contentOfShared{whole.print, usable && !whole.local}
		m.content[address] = known
	}
	return known
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

func fromYAML(text []byte, into any) error {
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
