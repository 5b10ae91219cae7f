package main

import (
	"encoding/json"
	"strings"
)

// The reader of the replies has a quicker way with the long values of custom resource definitions.
const longestRead = 10_000

// How much text the table of documents holds before it starts anew.
const bytesOfDocuments = 2 << 20

// document is one document of a rendering.
type document struct {
	kind   string          // as Helm reads it
	text   string          // what `helm template` prints behind a line of three dashes
	object json.RawMessage // what it says, nil where objectOf does not tell
	atEnd  *document       // what becomes of it as the last of the manifests, once that was asked for

	// Its number in the table, and which of the tables that was.
	number, table int
}

func newDocument(kind, name, content string, object json.RawMessage) *document {
	return &document{kind: kind, text: "# Source: " + name + "\n" + content + "\n", object: object}
}

// last is the document as the last of the manifests: Helm cuts the space behind those.
func (d *document) last() *document {
	if d.atEnd == nil {
		text := strings.TrimSpace(d.text) + "\n"
		if text == d.text {
			d.atEnd = d
			return d
		}
		object := d.object
		// Line ends behind a document mean nothing but to a block scalar that keeps them, which a plus sign says.
		if strings.Trim(d.text[len(text)-1:], "\n") != "" || strings.Contains(text, "+") {
			object = objectOf(text)
		}
		d.atEnd = &document{kind: d.kind, text: text, object: object}
	}
	return d.atEnd
}

// documentTable numbers the documents that were sent: most documents of a rendering are those of an earlier one, and need
// neither be sent nor read again.
type documentTable struct {
	numbers map[string]int
	next    int
	bytes   int
	started int // how often it was started anew
}

func newDocumentTable() *documentTable {
	return &documentTable{numbers: map[string]int{}, started: 1}
}

func (t *documentTable) reply(done *rendered) reply {
	answer := reply{
		Notes:     done.notes,
		Documents: make([]int, 0, len(done.documents)),
		Texts:     map[int]string{},
		Objects:   map[int]json.RawMessage{},
	}
	if t.bytes > bytesOfDocuments {
		t.numbers, t.bytes = map[string]int{}, 0
		t.started++
		answer.Forget = true
	}
	for _, each := range done.documents {
		if each.table != t.started {
			number, known := t.numbers[each.text]
			if !known {
				t.next++
				number = t.next
				t.numbers[each.text] = number
				t.bytes += len(each.text)
				answer.Texts[number] = each.text
				if each.object != nil {
					answer.Objects[number] = each.object
				}
			}
			each.number, each.table = number, t.started
		}
		answer.Documents = append(answer.Documents, each.number)
	}
	return answer
}

// objectOf reads a document as Kubernetes does. It returns nil for what is no object or not strict YAML,
// and for what parsers disagree on.
func objectOf(text string) json.RawMessage {
	if len(text) > longestRead || readInSeveralWays(text) {
		return nil
	}
	object := strictJSON(text)
	if object == nil || object[0] != '{' {
		return nil
	}
	return object
}

// readInSeveralWays tells of merge keys, and of a mark behind which the library reads no further and others do.
func readInSeveralWays(text string) bool {
	return strings.Contains(text, "<<") || strings.Contains(text, "\n...")
}
