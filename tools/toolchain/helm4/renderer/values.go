package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"unicode/utf8"

	loaderv2 "helm.sh/helm/v4/pkg/chart/v2/loader"
)

// Helm's YAML reader takes keys of up to 1024 characters.
const longestKey = 900

// requestedValues are the values of a request, by section: a section is what stands at one key of the top level, as JSON.
type requestedValues struct {
	sections map[string]json.RawMessage
	request  request
	merged   map[string]any
}

// valuesOf returns the error with which Helm refuses to read the values.
func valuesOf(req request) (*requestedValues, error) {
	values := &requestedValues{request: req}
	if len(req.Files) == 0 && !req.HelmOnly && readAlike(req.Values) {
		if json.Unmarshal(req.Values, &values.sections) == nil {
			return values, nil
		}
	}
	merged, err := values.whole()
	if err != nil {
		return nil, err
	}
	values.sections = make(map[string]json.RawMessage, len(merged))
	for key, section := range merged {
		if values.sections[key], err = json.Marshal(section); err != nil {
			return nil, err
		}
	}
	return values, nil
}

// whole reads and merges the values as Helm's command does.
func (v *requestedValues) whole() (map[string]any, error) {
	if v.merged != nil {
		return v.merged, nil
	}
	merged := map[string]any{}
	for _, path := range v.request.Files {
		raw, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		layer, err := loaderv2.LoadValues(bytes.NewReader(raw))
		if err != nil {
			return nil, fmt.Errorf("failed to parse %s: %w", path, err)
		}
		merged = loaderv2.MergeMaps(merged, layer)
	}
	if text := v.request.Values; len(text) > 0 && string(text) != "null" {
		layer, err := loaderv2.LoadValues(bytes.NewReader(text))
		if err != nil {
			return nil, fmt.Errorf("failed to parse values: %w", err)
		}
		merged = loaderv2.MergeMaps(merged, layer)
	}
	v.merged = merged
	return merged, nil
}

// readAlike tells whether a text, if it is JSON, says the same as JSON as it does to Helm, which reads YAML, writes JSON of it and
// reads that. Numbers do: whatever YAML makes of one, it is written and read again as the float nearest to it. Not so the integer
// -0, which has no sign in YAML, and what YAML's reader takes as a line end, does not take or does not unescape.
func readAlike(text []byte) bool {
	for at := 0; at < len(text); {
		switch char := text[at]; {
		case char == '"':
			end, ok := endOfString(text, at)
			if !ok {
				return false
			}
			if end-at > longestKey && bytes.HasPrefix(bytes.TrimLeft(text[end:], " "), []byte(":")) {
				return false
			}
			at = end
			continue
		case char == '-' && at+1 < len(text) && text[at+1] == '0':
			if at+2 == len(text) || (text[at+2] != '.' && text[at+2] != 'e' && text[at+2] != 'E') {
				return false
			}
		case char < ' ' || char > '~':
			return false
		}
		at++
	}
	return true
}

// endOfString tells where a string ends that begins at start; false when it holds what YAML reads in another way.
func endOfString(text []byte, start int) (int, bool) {
	for at := start + 1; at < len(text); {
		switch char := text[at]; {
		case char == '"':
			return at + 1, true
		case char == '\\':
			if at+2 >= len(text) || !bytes.ContainsRune([]byte(`"\bfnrtu`), rune(text[at+1])) {
				return 0, false
			}
			// Half of a character beyond 16 bits.
			if text[at+1] == 'u' && (text[at+2] == 'd' || text[at+2] == 'D') {
				return 0, false
			}
			at += 2
		case char < ' ' || char == 0x7f:
			return 0, false
		case char < utf8.RuneSelf:
			at++
		default:
			read, width := utf8.DecodeRune(text[at:])
			switch {
			case read == utf8.RuneError && width == 1, read < 0xa0, read == 0x2028, read == 0x2029, read == 0xfeff, read == 0xfffe, read == 0xffff:
				return 0, false
			}
			at += width
		}
	}
	return 0, false
}
