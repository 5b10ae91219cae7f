package main

import (
	"encoding/json"
	"strings"

	"sigs.k8s.io/yaml"
)

// The reader of the replies has a quicker way with the long values of custom resource definitions.
const longestRead = 10_000

// How much text the table of documents holds before it starts anew.
const bytesOfDocuments = 2 << 20

// documentTable numbers the documents that were sent: most documents of a rendering are those of an earlier one, and need
// neither be sent nor read again.
type documentTable struct {
	numbers map[string]int
	next    int
	bytes   int
}

func newDocumentTable() *documentTable {
	return &documentTable{numbers: map[string]int{}}
}

func (t *documentTable) reply(done *rendered) reply {
	answer := reply{Notes: done.notes, Documents: make([]int, 0, len(done.documents)), Texts: map[int]string{}, Objects: map[int]json.RawMessage{}}
	if t.bytes > bytesOfDocuments {
		t.numbers, t.bytes = map[string]int{}, 0
		answer.Forget = true
	}
	for _, text := range done.documents {
		number, known := t.numbers[text]
		if !known {
			t.next++
			number = t.next
			t.numbers[text] = number
			t.bytes += len(text)
			answer.Texts[number] = text
			if object := objectOf(text); object != nil {
				answer.Objects[number] = object
			}
		}
		answer.Documents = append(answer.Documents, number)
	}
	return answer
}

// objectOf reads a document with the library that Kubernetes reads it with. It returns nil for what is no object or not strict YAML,
// and for merge keys, on which parsers disagree.
func objectOf(text string) json.RawMessage {
	if len(text) > longestRead || strings.Contains(text, "<<") {
		return nil
	}
	object, err := yaml.YAMLToJSONStrict([]byte(text))
	if err != nil || !strings.HasPrefix(string(object), "{") {
		return nil
	}
	return object
}
