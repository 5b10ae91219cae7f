package main

import (
	"crypto/rand"
	"encoding/json"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

const (
	longLine    = 1000
	bytesOfRead = 1 << 20
)

// longLines knows lines of the form `key: {...}` that were read before: nearly all of a custom resource definition is one. Where
// such a line is an entry of a document's top level, the document is read with a stand-in for what is behind the key.
type longLines struct {
	read    *generations[fingerprintOfText, struct{}]
	standIn string
}

func newLongLines() *longLines {
	return &longLines{
		read: newGenerations[fingerprintOfText, struct{}](bytesOfRead),
		// Nobody can have written it.
		standIn: "read-before-" + rand.Text(),
	}
}

// toJSON reads a document as strict YAML. It returns nil for what is none; of a document with long lines it tells everything but them.
func (l *longLines) toJSON(content string) []byte {
	if len(content) > longestRead {
		if read := l.withStandIns(content); read != nil {
			return read
		}
	}
	return strictJSON(content)
}

func (l *longLines) withStandIns(content string) []byte {
	var shortened strings.Builder
	var keys []string
	for line := range strings.Lines(content) {
		if key, is := l.entry(line); is {
			keys = append(keys, key)
			shortened.WriteString(key + ": " + l.standIn + "\n")
		} else {
			shortened.WriteString(line)
		}
	}
	if len(keys) == 0 {
		return nil
	}
	read := strictJSON(shortened.String())
	if read == nil {
		return nil
	}
	// Up to a line the reader has seen the same text. It took the line for an entry, and so it would have taken the whole one: JSON on
	// one line means the same wherever a value may stand.
	var entries map[string]json.RawMessage
	if json.Unmarshal(read, &entries) != nil {
		return nil
	}
	for _, key := range keys {
		if string(entries[key]) != `"`+l.standIn+`"` {
			return nil
		}
	}
	return read
}

// entry returns the key of a long line that YAML's reader takes, and JSON's, too.
func (l *longLines) entry(line string) (string, bool) {
	if len(line) < longLine {
		return "", false
	}
	key, value, _ := strings.Cut(line, ": ")
	if strings.Trim(key, "abcdefghijklmnopqrstuvwxyz") != "" || !strings.HasPrefix(value, "{") || !strings.HasSuffix(value, "}\n") {
		return "", false
	}
	// The head of a document is read as a whole; Helm does not care for capitals in its keys.
	if slices.Contains([]string{"", "apiversion", "kind", "metadata"}, key) {
		return "", false
	}
	print := printOf(line)
	if _, known := l.read.get(print); !known {
		if _, err := yaml.YAMLToJSONStrict([]byte(line)); err != nil || !json.Valid([]byte(value)) {
			return "", false
		}
		l.read.put(print, struct{}{}, 64)
	}
	return key, true
}
