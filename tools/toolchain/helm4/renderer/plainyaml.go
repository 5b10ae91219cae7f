package main

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"sigs.k8s.io/yaml"
)

const (
	longestPlainKey = 200
	deepestPlain    = 100
)

// plainYAML reads the YAML that templates write: mappings and lists by indentation, values of one line, literal texts. It is seven times
// as quick as the library, and reads only what is surely right to it and means the same. On all else it gives up (ok), and the library
// reads: characters beyond ASCII, tabs, anchors, tags, comments behind a value, fractions, keys that are no texts or stand twice.
type plainYAML struct {
	lines []string
	at    int
	depth int
	out   []byte
	ok    bool
}

// One text in so many is read by the library, too, whatever was read of it.
const readTwice = 64

// strictJSON reads a document as strict YAML, with the library that Kubernetes reads it with or as that would, and returns it as JSON;
// nil for what the library refuses.
func strictJSON(text string) []byte {
	plain := plainJSON(text)
	if plain != nil && printOf(text)[0]%readTwice != 0 {
		return plain
	}
	read, err := yaml.YAMLToJSONStrict([]byte(text))
	if plain != nil && (err != nil || !sameJSON(plain, read)) {
		fail("a document is read in two ways", fmt.Errorf("the library: %w %s, here: %s, the document:\n%s", err, read, plain, text))
	}
	if err != nil {
		return nil
	}
	return read
}

func sameJSON(one, other []byte) bool {
	var first, second any
	return json.Unmarshal(one, &first) == nil && json.Unmarshal(other, &second) == nil && reflect.DeepEqual(first, second)
}

// plainJSON returns nil for what is left to the library.
func plainJSON(text string) []byte {
	if !strings.HasSuffix(text, "\n") {
		return nil
	}
	for i := range len(text) {
		if char := text[i]; (char < ' ' && char != '\n') || char > '~' {
			return nil
		}
	}
	reader := plainYAML{
		lines: strings.Split(strings.TrimSuffix(text, "\n"), "\n"),
		out:   make([]byte, 0, len(text)),
		ok:    true,
	}
	indent, found := reader.next()
	if !found || indent != 0 {
		return nil
	}
	if isItem(reader.lines[reader.at]) {
		reader.list(0)
	} else {
		reader.mapping(0)
	}
	if _, more := reader.next(); more || !reader.ok {
		return nil
	}
	return reader.out
}

// next goes to the next line that says something, and tells how far it is indented.
func (r *plainYAML) next() (int, bool) {
	for ; r.at < len(r.lines); r.at++ {
		line := r.lines[r.at]
		said := strings.TrimLeft(line, " ")
		if said != "" && said[0] != '#' {
			return len(line) - len(said), true
		}
	}
	return 0, false
}

func (r *plainYAML) giveUp() { r.ok = false }

// mapping reads a mapping, at whose first line the reader stands; all of its keys are indented alike.
func (r *plainYAML) mapping(indent int) {
	if r.depth++; r.depth > deepestPlain {
		r.giveUp()
		return
	}
	var keys []string
	r.out = append(r.out, '{')
	for {
		key, rest, is := entry(r.lines[r.at][indent:])
		if !is {
			r.giveUp()
			return
		}
		if slices.Contains(keys, key) {
			r.giveUp()
			return
		}
		if len(keys) > 0 {
			r.out = append(r.out, ',')
		}
		keys = append(keys, key)
		r.text(key)
		r.out = append(r.out, ':')
		r.at++
		r.value(rest, indent)
		if !r.ok {
			return
		}
		found, more := r.next()
		if !more || found != indent || isItem(r.lines[r.at][indent:]) {
			break
		}
	}
	r.out = append(r.out, '}')
	r.depth--
}

// list reads a list, at whose first item the reader stands.
func (r *plainYAML) list(indent int) {
	if r.depth++; r.depth > deepestPlain {
		r.giveUp()
		return
	}
	r.out = append(r.out, '[')
	for count := 0; ; count++ {
		if count > 0 {
			r.out = append(r.out, ',')
		}
		line := r.lines[r.at]
		said := strings.TrimLeft(line[indent+1:], " ")
		if said == "" || said[0] == '#' || isItem(said) {
			r.giveUp()
			return
		}
		if _, _, is := entry(said); is {
			// Its first key stands on the line of the dash.
			below := len(line) - len(said)
			r.lines[r.at] = strings.Repeat(" ", below) + said
			r.mapping(below)
		} else {
			r.at++
			r.value(said, indent)
		}
		if !r.ok {
			return
		}
		found, more := r.next()
		if !more || found != indent || !isItem(r.lines[r.at][indent:]) {
			break
		}
	}
	r.out = append(r.out, ']')
	r.depth--
}

func isItem(said string) bool {
	return said == "-" || strings.HasPrefix(said, "- ")
}

// entry splits a line that begins with a key.
func entry(said string) (key, rest string, is bool) {
	end := 0
	if said[0] == '"' || said[0] == '\'' {
		end = strings.IndexByte(said[1:], said[0]) + 1
		if end < 1 {
			return "", "", false
		}
		if key = said[1:end]; strings.ContainsRune(key, '\\') {
			return "", "", false
		}
		end++
		// Two in a row are one of them.
		if end < len(said) && said[end] == said[0] {
			return "", "", false
		}
	} else {
		if key = plainKey(said); key == "" {
			return "", "", false
		}
		end = len(key)
	}
	if len(key) > longestPlainKey || end == len(said) || said[end] != ':' || isAlikeInHead(key) {
		return "", "", false
	}
	if rest = said[end+1:]; rest != "" && rest[0] != ' ' {
		return "", "", false
	}
	return key, strings.Trim(rest, " "), true
}

func isLetter(char byte) bool {
	return char|0x20 >= 'a' && char|0x20 <= 'z'
}

func isOfPlainKey(char byte) bool {
	return isLetter(char) || char >= '0' && char <= '9' || char == '-' || char == '_' || char == '.' || char == '/'
}

// plainKey is the key without quotes that a text begins with; empty where there is none that is read here.
func plainKey(said string) string {
	end := 0
	for end < len(said) && isOfPlainKey(said[end]) {
		end++
	}
	if key := said[:end]; key != "" && isLetter(key[0]) && !isWord(key) {
		return key
	}
	return ""
}

// isAlikeInHead tells of keys that Helm takes for those of a document's head, although they are written otherwise.
func isAlikeInHead(key string) bool {
	for _, of := range []string{"apiVersion", "kind", "metadata", "name", "annotations"} {
		if len(key) == len(of) && key != of && strings.EqualFold(key, of) {
			return true
		}
	}
	return false
}

// value reads what stands behind a key or a dash; the reader stands at the line below. indent is that of the key or of the dash.
func (r *plainYAML) value(said string, indent int) {
	switch {
	case said == "" || said[0] == '#':
		r.below(indent)
		return
	case said == "|" || said == "|-":
		r.literal(indent, said == "|")
		return
	}
	said = strings.TrimRight(said, " ")
	last := said[len(said)-1]
	switch first := said[0]; {
	case first == '[' || first == '{':
		if r.flow(said) != "" {
			r.giveUp()
			return
		}
	case first == '"':
		end, ok := endOfString([]byte(said), 0)
		if !ok || end != len(said) || strings.Contains(said, `\u`) {
			r.giveUp()
			return
		}
		r.out = append(r.out, said...)
	case first == '\'':
		if len(said) < 2 || last != '\'' || strings.ContainsRune(said[1:len(said)-1], '\'') {
			r.giveUp()
			return
		}
		r.text(said[1 : len(said)-1])
	default:
		r.scalar(said)
	}
	// A text goes on in lines that are indented more.
	if found, more := r.next(); more && found > indent {
		r.giveUp()
	}
}

// below reads what stands in the lines below a key; nothing is null.
func (r *plainYAML) below(indent int) {
	found, more := r.next()
	switch {
	case more && found >= indent && isItem(r.lines[r.at][found:]):
		r.list(found)
	case more && found > indent:
		r.mapping(found)
	default:
		r.out = append(r.out, "null"...)
	}
}

// literal reads a text whose lines count as they are.
func (r *plainYAML) literal(indent int, lineEnd bool) {
	if r.at == len(r.lines) {
		r.giveUp()
		return
	}
	first := r.lines[r.at]
	own := len(first) - len(strings.TrimLeft(first, " "))
	if own <= indent || own == len(first) {
		r.giveUp()
		return
	}
	var text []string
	for ; r.at < len(r.lines); r.at++ {
		line := r.lines[r.at]
		said := strings.TrimLeft(line, " ")
		if said == "" {
			if len(line) > own {
				r.giveUp()
				return
			}
			text = append(text, "")
			continue
		}
		if found := len(line) - len(said); found < own {
			if found > indent {
				r.giveUp()
				return
			}
			break
		}
		text = append(text, line[own:])
	}
	for text[len(text)-1] == "" {
		text = text[:len(text)-1]
	}
	r.out = append(r.out, '"')
	for i, line := range text {
		if i > 0 {
			r.out = append(r.out, '\\', 'n')
		}
		r.characters(line)
	}
	if lineEnd {
		r.out = append(r.out, '\\', 'n')
	}
	r.out = append(r.out, '"')
}

// flow reads a list or a mapping in brackets, at whose beginning said stands, and returns what is behind it.
func (r *plainYAML) flow(said string) string {
	if r.depth++; r.depth > deepestPlain {
		r.giveUp()
		return ""
	}
	end := said[0] + 2 // of both kinds of brackets
	isMapping := end == '}'
	r.out = append(r.out, said[0])
	var keys []string
	said = strings.TrimLeft(said[1:], " ")
	for count := 0; r.ok && (count > 0 || !startsWith(said, end)); count++ {
		if count > 0 {
			if !startsWith(said, ',') {
				break
			}
			r.out = append(r.out, ',')
			said = strings.TrimLeft(said[1:], " ")
		}
		if isMapping {
			key, rest := flowKey(said)
			if key == "" || slices.Contains(keys, key) {
				r.giveUp()
				return ""
			}
			keys = append(keys, key)
			r.text(key)
			r.out = append(r.out, ':')
			said = rest
		}
		said = strings.TrimLeft(r.flowValue(said), " ")
	}
	if !r.ok || !startsWith(said, end) {
		r.giveUp()
		return ""
	}
	r.out = append(r.out, end)
	r.depth--
	return said[1:]
}

func startsWith(said string, char byte) bool {
	return said != "" && said[0] == char
}

// flowKey returns no key where none is that is read here.
func flowKey(said string) (key, rest string) {
	colon := ": "
	if startsWith(said, '"') {
		key, rest, _ = strings.Cut(said[1:], `"`)
		// Behind quotes it needs no space.
		colon = ":"
		if strings.Contains(key, `\`) {
			return "", ""
		}
	} else {
		if key = plainKey(said); key == "" {
			return "", ""
		}
		rest = said[len(key):]
	}
	if len(key) > longestPlainKey || isAlikeInHead(key) || !strings.HasPrefix(rest, colon) {
		return "", ""
	}
	return key, strings.TrimLeft(rest[1:], " ")
}

func (r *plainYAML) flowValue(said string) string {
	if said == "" {
		r.giveUp()
		return ""
	}
	switch first := said[0]; {
	case first == '[' || first == '{':
		return r.flow(said)
	case first == '"':
		end, ok := endOfString([]byte(said), 0)
		if !ok || strings.Contains(said[:end], `\u`) {
			break
		}
		r.out = append(r.out, said[:end]...)
		return said[end:]
	case isOfPlainKey(first):
		end := 1
		for end < len(said) && isOfPlainKey(said[end]) {
			end++
		}
		r.scalar(said[:end])
		return said[end:]
	}
	r.giveUp()
	return ""
}

var (
	plainInteger = regexp.MustCompile(`^(0|-?[1-9][0-9]{0,17})$`)
	// As the library finds them.
	fraction = regexp.MustCompile(`^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`)
)

// scalar reads a value without quotes, as resolve of go.yaml.in/yaml/v2 does.
func (r *plainYAML) scalar(said string) {
	if strings.Contains(said, ": ") || strings.Contains(said, " #") || strings.HasSuffix(said, ":") {
		r.giveUp()
		return
	}
	switch first := said[0]; {
	case isLetter(first):
		if word, is := words[said]; is {
			r.out = append(r.out, word...)
			return
		}
	case first == '/' || first == '$' || first == '(' || first == '_':
	case first == '.':
		if _, err := strconv.ParseFloat(said, 64); err == nil || strings.EqualFold(said, ".inf") || strings.EqualFold(said, ".nan") {
			r.giveUp()
			return
		}
	case first >= '0' && first <= '9', first == '-' && len(said) > 1 && said[1] != ' ':
		if plainInteger.MatchString(said) {
			r.out = append(r.out, said...)
			return
		}
		number := strings.ReplaceAll(said, "_", "")
		_, signed := strconv.ParseInt(number, 0, 64)
		_, unsigned := strconv.ParseUint(number, 0, 64)
		if signed == nil || unsigned == nil || fraction.MatchString(number) || strings.HasPrefix(strings.TrimPrefix(number, "-"), "0b") {
			r.giveUp()
			return
		}
	default:
		r.giveUp()
		return
	}
	r.text(said)
}

// words are those that mean something else than their letters.
var words = func() map[string]string {
	found := map[string]string{}
	for meaning, spelled := range map[string]string{
		"true":  "y Y yes Yes YES true True TRUE on On ON",
		"false": "n N no No NO false False FALSE off Off OFF",
		"null":  "null Null NULL",
	} {
		for _, word := range strings.Fields(spelled) {
			found[word] = meaning
		}
	}
	return found
}()

func isWord(text string) bool {
	_, is := words[text]
	return is
}

func (r *plainYAML) text(text string) {
	r.out = append(r.out, '"')
	r.characters(text)
	r.out = append(r.out, '"')
}

func (r *plainYAML) characters(text string) {
	for i := range len(text) {
		if char := text[i]; char == '"' || char == '\\' {
			r.out = append(r.out, '\\')
		}
		r.out = append(r.out, text[i])
	}
}
